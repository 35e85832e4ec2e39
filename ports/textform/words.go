package textform

import (
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
