package contentapp

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
)

// A cursor is the position after which a page begins: microseconds since 1970 and
// a post's id, in base64url.
var (
	idPattern  = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	lastCursor = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMicro()
)

func writeCursor(p content.Position) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.At.UnixMicro(), 10) + "." + string(p.ID)))
}

// readCursor accepts what writeCursor wrote, and nothing for the beginning.
func readCursor(s string) (content.Position, error) {
	if s == "" {
		return content.Position{}, nil
	}
	if len(s) > 100 {
		return content.Position{}, content.ErrInvalidCursor
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return content.Position{}, content.ErrInvalidCursor
	}
	at, id, found := strings.Cut(string(raw), ".")
	micros, err := strconv.ParseInt(at, 10, 64)
	if !found || err != nil || micros < 0 || micros > lastCursor || !idPattern.MatchString(id) {
		return content.Position{}, content.ErrInvalidCursor
	}
	p := content.Position{At: time.UnixMicro(micros).UTC(), ID: content.PostID(id)}
	if writeCursor(p) != s {
		return content.Position{}, content.ErrInvalidCursor // "+1" and "01" are numbers too
	}
	return p, nil
}
