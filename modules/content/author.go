package content

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Author is the public profile of somebody who may write. Handle is unique.
type Author struct {
	User   identityport.UserID
	Handle string
	Name   string
}

// MaxFormerHandles is how many former handles are kept for one author; older ones are
// free for anybody again.
const MaxFormerHandles = 10

// FormerHandle is a handle that an author had before. It leads to them, and the
// last [MaxFormerHandles] are kept for them alone.
type FormerHandle struct {
	User   identityport.UserID
	Handle string
	LeftAt time.Time
}

var handlePattern = regexp.MustCompile(`^[a-z0-9-]{1,60}$`)

// IsHandle reports whether somebody may have the handle: ASCII letters, digits and hyphens.
func IsHandle(s string) bool { return handlePattern.MatchString(s) }

// Byline writes who wrote a post as one says it: "Ada, Ben and 3 others".
func Byline(authors []Author) string {
	names := make([]string, 0, len(authors))
	for _, a := range authors {
		names = append(names, a.Name)
	}
	if n := len(names); n > 3 {
		names = append(names[:2], strconv.Itoa(n-2)+" others")
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// HandleFrom makes a handle out of a name: ASCII letters, digits and hyphens, at
// most 40. It returns "author" for a name that has none of them.
func HandleFrom(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() == 40 {
			break
		}
	}
	if h := strings.Trim(b.String(), "-"); h != "" {
		return h
	}
	return "author"
}
