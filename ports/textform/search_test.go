package textform_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

func TestSearchWords_AreTheSameHoweverAWordIsTyped(t *testing.T) {
	t.Parallel()
	for script, forms := range map[string][]string{
		"Latin":      {"Zoë", "ZOË", "zoe", "Zoe\u0308", "ｚｏｅ"},
		"German":     {"Strauß", "STRAUSS", "strauss", "STRAU\u1e9e"},
		"Polish":     {"Łukasz", "łukasz", "lukasz"},
		"Turkish":    {"İzmir", "izmir", "IZMIR", "ızmir"},
		"Vietnamese": {"Nguyễn", "NGUYỄN", "nguyen"},
		"Greek":      {"Οδυσσεύς", "ΟΔΥΣΣΕΥΣ", "οδυσσευσ"},
		"Cyrillic":   {"Сергей", "СЕРГЕЙ", "Сергеи"},
		"Cyrillic Ё": {"Фёдор", "ФЁДОР", "федор"},
		"Korean":     {"김철수"},
		"kana":       {"がくと", "か\u3099くと"},
		"katakana":   {"ガクト", "ｶﾞｸﾄ"},
		"Hindi":      {"हिन्दी"},
		"nukta":      {"\u0958लम", "\u0915\u093cलम"},
		"Arabic":     {"مُحَمَّد", "محمد", "محـمد"},
		"Hebrew":     {"שָׁלוֹם", "שלום"},
		"full width": {"Ａｄａ", "ada"},
		"Persian":    {"می\u200cخواهم", "میخواهم"},
		"Thai":       {"สมชาย"},
	} {
		want := textform.SearchWords(forms[0])
		if len(want) != 1 {
			t.Errorf("%s: %q is %q", script, forms[0], want)
		}
		for _, form := range forms {
			for _, typed := range []string{form, norm.NFD.String(form), norm.NFKC.String(form), norm.NFKD.String(form)} {
				if have := textform.SearchWords(typed); !slices.Equal(have, want) {
					t.Errorf("%s: %q is %q, want %q", script, typed, have, want)
				}
			}
		}
		if again := textform.SearchWords(want[0]); !slices.Equal(again, want) {
			t.Errorf("%s: %q is not stable: %q", script, want, again)
		}
	}
}

func TestSearchWords_TellApartWhatMarksMakeOthers(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"かくと", "がくと"}, {"हिन्दी", "हन्द"}, {"김", "기"}, {"कि", "कु"}} {
		if a, b := textform.SearchWords(pair[0]), textform.SearchWords(pair[1]); slices.Equal(a, b) {
			t.Errorf("%q and %q are both %q", pair[0], pair[1], a)
		}
	}
}

func TestSearchWords_HoldNothingButLettersMarksAndDigits(t *testing.T) {
	t.Parallel()
	for s, want := range map[string][]string{
		"": nil, "\u0308": nil, `"'*:\&|!()<->` + "\x00\xff": nil, "O'Brien-Müller": {"o", "brien", "muller"}, "zoe.ob+news@mail.example.com": {"zoe", "ob", "news", "mail", "example", "com"},
		"a\u200bb": {"ab"}, "x\u2028y": {"x", "y"}, strings.Repeat("ü", 100): {strings.Repeat("u", 60)},
	} {
		if have := textform.SearchWords(s); !slices.Equal(have, want) {
			t.Errorf("%q is %q, want %q", s, have, want)
		}
	}
}

func TestTag_KeepsTheMarksOfItsScript(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"हिन्दी": "हिन्दी", "ภาษาไทย": "ภาษาไทย", "مُحَمَّد": norm.NFC.String("مُحَمَّد"), "Gro\u0308\u00dfe": "größe", "Größe": "größe", "TWO  words": "two-words", "": "",
		"می\u200cخواهم": "می\u200cخواهم", "İ": "i", "தமிழ்": "தமிழ்", "か\u3099": "が", "3\u093f": "3\u093f",
	} {
		have, ok := textform.Tag(s)
		if !ok || have != want {
			t.Errorf("%q became %q, %t; want %q", s, have, ok, want)
		}
		if again, ok := textform.Tag(have); !ok || again != have {
			t.Errorf("%q is not stable: %q", have, again)
		}
	}
	for _, s := range []string{"\u0301a", "-\u0301", "c++", "a\u202eb", "\u3164", "a\u200db", "a/b", "a\u034fb", "\xff", "a\ufe0f", "👩"} {
		if have, ok := textform.Tag(s); ok {
			t.Errorf("%q became %q", s, have)
		}
	}
}
