package textform_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

// What is answered here is kept in indexes: whoever changes a line of it raises
// TokensVersion, so that they are written anew.
func TestSearchTokens_AreThoseOfTheirVersion(t *testing.T) {
	t.Parallel()
	if textform.TokensVersion != 1 {
		t.Fatal("write down here what the new version answers")
	}
	for text, want := range map[string]string{
		"Straße in Köln":          "strasse in koln",
		"naïve Müller, ﬁn ＡＢＣ":    "naive muller fin abc",
		"Ångström ŁÓDŹ Ærø":       "angstrom lodz aero",
		"黒猫がいる":                   "黒猫 猫が がい いる る",
		"猫":                       "猫",
		"Go言語とRust":               "go 言語 語と と rust",
		"ﾃﾞｰﾀ データ":                "デー ータ タ デー ータ タ",
		"カ\u3099ス":                "ガス ス",
		"한국어 한":                   "한국 국어 어 한",
		"\u1112\u1161\u11ab":      "한", // a syllable in its parts
		"ภาษา":                    "ภา าษ ษา า",
		"हिन्दी में":              "हिन्दी में",
		"ελληνικός Σ":             "ελληνικοσ σ",
		"שָׁלוֹם":                 "שלום",
		"don’t AC/DC 3,14":        "don t ac dc 3 14",
		"co\u00adoperate":         "cooperate",
		"㎏ ½ ①":                   "kg 1 2 1",
		"a\xffb\x00c":             "a b c",
		"\U0001f525 — … ":         "",
		strings.Repeat("é", 70):   strings.Repeat("e", 60),
		"\u0301\u0301 \u0949x":    "\u0949x",
		"Ünïcödé\u2029next":       "unicode next",
		"ー":                       "ー",
		"iPhone15 第3回":            "iphone15 第 3 回",
		"İstanbul IRMAK ırmak kİ": "istanbul irmak irmak ki",
	} {
		if have := strings.Join(textform.SearchTokens(text), " "); have != want {
			t.Errorf("%q: have %q, want %q", text, have, want)
		}
	}
}

func TestSearchSpans_StandWhereTheyAreRead(t *testing.T) {
	t.Parallel()
	text := "Die Straße: 東京タワー!"
	var have []string
	for span := range textform.SearchSpans(text) {
		have = append(have, span.Text+"="+text[span.From:span.To])
		if span.Unspaced {
			i := strings.Index(span.Text, "タ")
			from, to := span.Locate(i, i+len("タワ"))
			have = append(have, text[from:to])
		}
	}
	if want := []string{"die=Die", "strasse=Straße", "東京タワー=東京タワー", "タワ"}; !slices.Equal(have, want) {
		t.Errorf("have %q, want %q", have, want)
	}
}

func FuzzSearchSpans(f *testing.F) {
	for _, s := range []string{"Straße", "黒猫がいる", "ﾃﾞｰﾀ", "\xff\u0301", "a\u200db", "㎏½", "हिन्दी", "한국어"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for span := range textform.SearchSpans(s) {
			if span.Text == "" || span.From < last || span.To > len(s) || span.From >= span.To {
				t.Fatalf("%q: %q from %d to %d, after %d", s, span.Text, span.From, span.To, last)
			}
			last = span.From
			if from, to := span.Locate(0, len(span.Text)); from != span.From || to != span.To {
				t.Fatalf("%q: %q is located from %d to %d", s, span.Text, from, to)
			}
			for _, token := range span.Tokens() {
				if token == "" || strings.ContainsAny(token, " \"'*:()-\x00\\") {
					t.Fatalf("%q: the token %q", s, token)
				}
			}
		}
	})
}
