package textform_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

func TestLanguage_IsThatOfTheScript(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"鍛造について、Goで書く。":              "ja",
		"カタカナ":                       "ja",
		"中文标题，测试":                    "zh",
		"한국어 제목, with a name":        "ko",
		"ภาษาไทย":                    "th",
		"שלום עולם":                  "he",
		"Ελληνικά":                   "el",
		"A word of 日本語 in English":   "",
		"Über Größe":                 "",
		"Привет, мир":                "",
		"हिन्दी में लेख":             "",
		"123 … 🔥":                    "",
		"":                           "",
		"Half 日本語の文 and words of it": "",
	} {
		if got := textform.Language(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
