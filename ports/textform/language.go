package textform

import "unicode"

// scriptLanguages are the scripts that one living language, or nearly one, is written in.
// Who reads a text aloud, chooses its font or breaks its lines has to know the language;
// of other scripts, as Latin or Cyrillic, it cannot be told by looking at the letters.
var scriptLanguages = []struct {
	script *unicode.RangeTable
	code   string
}{
	{unicode.Han, "zh"}, {unicode.Hiragana, "ja"}, {unicode.Katakana, "ja"}, {unicode.Hangul, "ko"}, {unicode.Thai, "th"}, {unicode.Lao, "lo"}, {unicode.Khmer, "km"},
	{unicode.Myanmar, "my"}, {unicode.Georgian, "ka"}, {unicode.Armenian, "hy"}, {unicode.Hebrew, "he"}, {unicode.Greek, "el"},
}

// A text is in a language when at least one in latinPerLetter letters is of its script, because
// such texts quote names and code; it is Japanese when one in hanPerKana of its characters is kana.
const (
	latinPerLetter = 3
	hanPerKana     = 20
)

// Language is the language of a text as HTML names it (BCP 47), where its script tells;
// empty otherwise.
func Language(s string) string {
	letters, counts := 0, map[string]int{}
	for _, r := range s {
		if r < unicode.MaxASCII {
			if 'a' <= r|0x20 && r|0x20 <= 'z' {
				letters++
			}
			continue
		}
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		if r < 0x370 { // Latin
			continue
		}
		for _, l := range scriptLanguages {
			if unicode.Is(l.script, r) {
				counts[l.code]++
				break
			}
		}
	}
	if counts["ja"]*hanPerKana >= counts["zh"] && counts["ja"] > 0 {
		counts["ja"] += counts["zh"]
		delete(counts, "zh")
	}
	best := ""
	for _, l := range scriptLanguages {
		if counts[l.code] > counts[best] {
			best = l.code
		}
	}
	if counts[best]*latinPerLetter < letters {
		return ""
	}
	return best
}
