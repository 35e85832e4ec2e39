package administration

import (
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cursor"
)

// readCursor fails with ErrInvalidCursor.
func readCursor(s string, ids cursor.IDs) (cursor.Position, error) {
	after, ok := cursor.Decode(s, ids)
	if !ok {
		return cursor.Position{}, identity.ErrInvalidCursor
	}
	return after, nil
}
