package content

import (
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
