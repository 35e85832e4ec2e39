package textform

import "strings"

// Storable returns what others said, such as the error of an outside service, so that
// every database keeps it: valid UTF-8 without U+0000, which Postgres refuses (22021,
// 22P05), of at most limit bytes. What is replaced becomes U+FFFD.
func Storable(s string, limit int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") // what the cut left of a character goes
	}
	return s
}
