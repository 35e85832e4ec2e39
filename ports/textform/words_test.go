package textform_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

func TestWords_AreCutWhereReadersSeeThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                              nil,
		"Don't stop, Zoe\u0308!":        {"Don't", " ", "stop", ",", " ", "Zoë", "!"},
		"नमस्ते दुनिया":                 {"नमस्ते", " ", "दुनिया"},
		"a\n\nb":                        {"a", "\n", "\n", "b"},
		"\U0001F469\u200D\U0001F680 ok": {"\U0001F469\u200D\U0001F680", " ", "ok"},
	} {
		if have := textform.Words(text); !slices.Equal(have, want) {
			t.Errorf("%q is cut into %q, want %q", text, have, want)
		}
	}
}

func FuzzWords_JoinedAreTheComposedText(f *testing.F) {
	f.Add("Zoe\u0308, \xff 1.5\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		if have := strings.Join(textform.Words(s), ""); have != norm.NFC.String(s) {
			t.Errorf("%q becomes %q", s, have)
		}
	})
}
