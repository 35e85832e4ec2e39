// Package cursor is how a list says where its next page begins: one opaque text, the
// same for every list that is ordered by a time and an id.
//
// A cursor holds the place of the last item that was shown, and nothing that the page did
// not show; so it needs no signature. It is written in one way only: what Encode did not
// write is refused, and a cache that is keyed by cursors holds each page once.
package cursor

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Position is a place in a list that is ordered by a time and an id. The zero Position
// is the beginning of the list.
type Position struct {
	At time.Time
	ID string
}

// IDs is the form that the ids of a list have.
type IDs struct{ pattern *regexp.Regexp }

// The forms.
var (
	UUIDs   = IDs{regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)}
	Numbers = IDs{regexp.MustCompile(`^[1-9][0-9]{0,18}$`)}
	Hashes  = IDs{regexp.MustCompile(`^[0-9a-f]{32}$`)} // 16 bytes in hexadecimal
)

// Match reports whether id has the form.
func (f IDs) Match(id string) bool { return f.pattern.MatchString(id) }

const maxLength = 100

var latest = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMicro()

// Encode writes the cursor of the page after p: microseconds since 1970 and the id, in
// base64url.
func Encode(p Position) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.At.UnixMicro(), 10) + "." + p.ID))
}

// Decode reads what Encode wrote for a list whose ids have the form ids; no text is the
// beginning. It answers false for everything else.
func Decode(s string, ids IDs) (Position, bool) {
	if s == "" {
		return Position{}, true
	}
	if len(s) > maxLength {
		return Position{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return Position{}, false
	}
	at, id, found := strings.Cut(string(raw), ".")
	micros, err := strconv.ParseInt(at, 10, 64)
	if !found || err != nil || micros < 0 || micros > latest || !ids.Match(id) {
		return Position{}, false
	}
	p := Position{At: time.UnixMicro(micros).UTC(), ID: id}
	if Encode(p) != s {
		return Position{}, false // "+1" and "01" are numbers too
	}
	return p, true
}
