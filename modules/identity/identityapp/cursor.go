package identityapp

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// A cursor is the position after which a page begins: microseconds since 1970 and
// an id, in base64url. It holds nothing that the page did not show.
var (
	numberPattern = regexp.MustCompile(`^[1-9][0-9]{0,18}$`)
	idPattern     = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	lastCursor    = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMicro()
)

func writeCursor(at time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at.UnixMicro(), 10) + "." + id))
}

// readCursor accepts what writeCursor wrote, and nothing for the beginning. It
// fails with ErrInvalidCursor.
func readCursor(s string) (time.Time, string, error) { return readCursorOf(s, idPattern) }

// readCursorOf is readCursor for ids of another pattern.
func readCursorOf(s string, ids *regexp.Regexp) (time.Time, string, error) {
	if s == "" {
		return time.Time{}, "", nil
	}
	if len(s) > 100 {
		return time.Time{}, "", identity.ErrInvalidCursor
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return time.Time{}, "", identity.ErrInvalidCursor
	}
	number, id, found := strings.Cut(string(raw), ".")
	micros, err := strconv.ParseInt(number, 10, 64)
	if !found || err != nil || micros < 0 || micros > lastCursor || !ids.MatchString(id) {
		return time.Time{}, "", identity.ErrInvalidCursor
	}
	at := time.UnixMicro(micros).UTC()
	if writeCursor(at, id) != s {
		return time.Time{}, "", identity.ErrInvalidCursor // "+1" and "01" are numbers too
	}
	return at, id, nil
}
