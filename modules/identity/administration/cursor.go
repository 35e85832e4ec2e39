package administration

import (
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cursor"
)

func writeCursor(at time.Time, id string) string {
	return cursor.Encode(cursor.Position{At: at, ID: id})
}

// readCursor fails with ErrInvalidCursor.
func readCursor(s string) (time.Time, string, error) { return readCursorOf(s, cursor.UUIDs) }

// readCursorOf is readCursor for ids of another form.
func readCursorOf(s string, ids cursor.IDs) (time.Time, string, error) {
	after, ok := cursor.Decode(s, ids)
	if !ok {
		return time.Time{}, "", identity.ErrInvalidCursor
	}
	return after.At, after.ID, nil
}
