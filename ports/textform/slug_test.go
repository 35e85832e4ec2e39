package textform_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

// ascii stands for a romanization.
func ascii(s string) string {
	words := strings.FieldsFunc(strings.NewReplacer("ö", "o", "ß", "ss", "п", "p", "&", " and ").Replace(s), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

func TestSlug_KeepsScriptsThatNoRomanizationKnows(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"On Forging":              "on-forging",
		"Größe & more":            "grosse-and-more",
		"鍛造について":                  "鍛造について",
		"鍛造について: on forging":      "鍛造について-on-forging",
		"第3回 「サーバー」の話":            "第3回-サーバー-の話",
		"Goのチャネル":                 "goのチャネル",
		"Ｇｏ ﾁｬﾈﾙ":                 "go-チャネル",
		"中文标题，测试":                 "中文标题-测试",
		"한국어 제목!":                 "한국어-제목",
		"ภาษาไทย ๑๒":              "ภาษาไทย-๑๒",
		"हिन्दी में लेख":          "हिन्दी-में-लेख",
		"می\u200cخواهم":           "می\u200cخواهم",
		"שלום, עולם":              "שלום-עולם",
		norm.NFD.String("ガ한"):     "ガ한",
		"\u202eabc\u200b漢\u200b字": "abc-漢-字",
		"!!! …":                   "",
		"":                        "",
		"a\xff漢":                  "a-漢",
	} {
		if got := textform.Slug(title, ascii); got != want {
			t.Errorf("%q becomes %q, want %q", title, got, want)
		}
	}
}

func TestIsSlug_TakesLettersOfAnyScriptInOneForm(t *testing.T) {
	t.Parallel()
	for slug, want := range map[string]bool{
		"a": true, "a-b-2": true, "鍛造-について": true, "ภาษาไทย": true, "हिन्दी": true, "größe": true, "привет": true,
		"": false, "-": false, "-a": false, "a-": false, "a--b": false, "A": false, "Ä": false, "a b": false, "a/b": false, "a%20": false, "a.b": false, "a_b": false,
		"一\u200b二": false, "a\u0308": false, "\u0e31": false, "\U0001F525": false, "a\x00": false, "\xff": false, "「一」": false, "\u202e一": false,
	} {
		if got := textform.IsSlug(slug); got != want {
			t.Errorf("%q is a slug: %t", slug, got)
		}
	}
}

func FuzzSlug_IsOneWhateverTheTitleIsAndHoweverItIsCut(f *testing.F) {
	for _, title := range []string{"", "On Forging", "鍛造 – on\u200cForging", "हि\u200dन्दी ิ", "ガ\u3099ｶﾞ", "\u0301a\u0301", "ΩΣ пЯ&ß", "\xff漢\x00"} {
		f.Add(title, 7)
	}
	f.Fuzz(func(t *testing.T, title string, most int) {
		slug := textform.Slug(title, ascii)
		if slug != "" && !textform.IsSlug(slug) {
			t.Fatalf("%q becomes %q", title, slug)
		}
		cut := textform.CutSlug(slug, most)
		if len(cut) > max(most, 0) || !utf8.ValidString(cut) || !strings.HasPrefix(slug, cut) || cut != "" && !textform.IsSlug(cut) {
			t.Fatalf("%q cut to %d is %q", slug, most, cut)
		}
	})
}
