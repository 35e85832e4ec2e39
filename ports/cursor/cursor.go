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
func Encode(p Position) string { return encode(p.At.UnixMicro(), p.ID) }

// Decode reads what Encode wrote for a list whose ids have the form ids; no text is the
// beginning. It answers false for everything else.
func Decode(s string, ids IDs) (Position, bool) {
	if s == "" {
		return Position{}, true
	}
	micros, id, ok := decode(s, ids)
	if !ok || micros > latest {
		return Position{}, false
	}
	return Position{At: time.UnixMicro(micros).UTC(), ID: id}, true
}

// Rank is a place in a list that is ordered by how well something matches and an id. Unlike
// [Position] it has no zero value that is the beginning.
type Rank struct {
	Score int64 // not negative
	ID    string
}

// EncodeRank writes the cursor of the page after r.
func EncodeRank(r Rank) string { return encode(r.Score, r.ID) }

// DecodeRank reads what EncodeRank wrote, as Decode does; no text is the beginning, nil.
func DecodeRank(s string, ids IDs) (*Rank, bool) {
	if s == "" {
		return nil, true
	}
	score, id, ok := decode(s, ids)
	if !ok {
		return nil, false
	}
	return &Rank{Score: score, ID: id}, true
}

func encode(n int64, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(n, 10) + "." + id))
}

func decode(s string, ids IDs) (n int64, id string, ok bool) {
	if len(s) > maxLength {
		return 0, "", false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return 0, "", false
	}
	first, id, found := strings.Cut(string(raw), ".")
	n, err = strconv.ParseInt(first, 10, 64)
	if !found || err != nil || n < 0 || !ids.Match(id) {
		return 0, "", false
	}
	return n, id, encode(n, id) == s // "+1" and "01" are numbers too
}
