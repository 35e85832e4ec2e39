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

func TestCutWords_EndsWithAWholeWord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, want string
		most       int
	}{
		{"", "", 5},
		{"exactly", "exactly", 7},
		{"The harbour wakes before", "The harbour…", 13},
		{"The harbour, and more", "The harbour…", 13},
		{"Rechtsschutzversicherungsgesellschaften", "Rechtssch…", 10},
		{"नमस्ते दुनिया", "नमस्ते…", 8},
		{"港は町より先に目を覚ます", "港は町より…", 6},
		{"........ and", "......…", 7},
	} {
		if have := textform.CutWords(c.text, c.most); have != c.want {
			t.Errorf("%d characters of %q are %q, want %q", c.most, c.text, have, c.want)
		}
	}
}
