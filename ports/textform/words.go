package textform

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
	"golang.org/x/text/unicode/norm"
)

// Words cuts a text at the boundaries of words (UAX 29, 4.1), after it was composed (NFC):
// words, what stands between them, and spaces, each for itself. Joined, they are the composed text.
func Words(s string) []string {
	all := words.FromString(norm.NFC.String(s))
	var out []string
	for all.Next() {
		out = append(out, all.Value())
	}
	return out
}

// CutWords is the beginning of a text, of at most so many characters, that ends with a whole
// word; an ellipsis says that something follows. A word that alone is too long is cut.
func CutWords(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	all, length, end := words.FromString(s), 0, 0
	for all.Next() {
		if length += utf8.RuneCountInString(all.Value()); length >= most {
			break
		}
		end += len(all.Value())
	}
	kept := strings.TrimRightFunc(s[:end], func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) })
	if kept == "" {
		kept = string([]rune(s)[:most-1])
	}
	return kept + "…"
}
