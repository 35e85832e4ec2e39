package textform

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// ShownEmail is an address as people read it: its domain as [ShownDomain] has it. What is
// kept, compared and sent to stays as it is; what is typed from it is the same address.
func ShownEmail(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return s
	}
	return s[:at+1] + ShownDomain(s[at+1:])
}

// ShownDomain is a domain in the letters that people know it by: each of its A-labels
// (RFC 5890) decoded, where nobody can take it for another one (UTS 39, 5.2). One whose
// letters are of several scripts, that reads from right to left, that could be written
// in Latin letters to the eye, or that differs from them by marks hardly seen, stays as
// it is.
func ShownDomain(s string) string {
	labels := strings.Split(s, ".")
	last := len(labels) - 1
	top := decodedLabel(labels[last])
	for i, label := range labels {
		decoded := decodedLabel(label)
		if decoded == label {
			continue
		}
		script := scriptOf(decoded)
		if script == nil || lookalike(decoded, script) && !expected(decoded, script, top, i == last) {
			continue
		}
		labels[i] = decoded
	}
	shown := strings.Join(labels, ".")
	if again, err := Domain(shown); err != nil || again != s {
		return s // what is typed from it would be another domain, or none
	}
	return shown
}

func decodedLabel(label string) string {
	decoded, err := domains.ToUnicode(label)
	if err != nil {
		return label
	}
	return decoded
}

// shownScripts are those that are written from left to right and in daily use (UAX 31,
// table 5), as far as they are told apart; those of one language stand together.
var shownScripts = [][]*unicode.RangeTable{
	{unicode.Latin}, {unicode.Cyrillic}, {unicode.Greek}, {unicode.Han, unicode.Hiragana, unicode.Katakana}, {unicode.Hangul, unicode.Han}, {unicode.Han, unicode.Bopomofo},
	{unicode.Bengali}, {unicode.Devanagari}, {unicode.Gujarati}, {unicode.Gurmukhi}, {unicode.Kannada}, {unicode.Khmer}, {unicode.Lao},
	{unicode.Malayalam}, {unicode.Sinhala}, {unicode.Tamil}, {unicode.Telugu}, {unicode.Thai},
}

// scriptOf is the first script that is shown and has all letters of a label, or nil.
func scriptOf(label string) []*unicode.RangeTable {
	for _, script := range shownScripts {
		if strings.IndexFunc(label, func(r rune) bool { return !belongs(r, script) }) < 0 {
			return script
		}
	}
	return nil
}

// belongs keeps to today's alphabets of Latin, Cyrillic, Greek and Hangul: letters of
// phonetics, of old books and parts of syllables pass for others.
func belongs(r rune, script []*unicode.RangeTable) bool {
	switch {
	case r == '-' || '0' <= r && r <= '9':
		return true
	case r == '\u30fc': // the long vowel of kana, which is of no script
		return len(script) == 3
	case !unicode.In(r, unicode.L, unicode.M) || !unicode.In(r, script...):
		return false
	}
	switch script[0] {
	case unicode.Latin:
		return 'a' <= r && r <= 'z' || strings.ContainsRune(plainlyMarked, r)
	case unicode.Cyrillic:
		return '\u0430' <= r && r <= '\u045f' || '\u048b' <= r && r <= '\u04ff'
	case unicode.Greek:
		return '\u03ac' <= r && r <= '\u03ce'
	case unicode.Hangul:
		return unicode.Is(unicode.Han, r) || '\uac00' <= r && r <= '\ud7a3'
	}
	return true
}

// plainlyMarked are the Latin letters beyond ASCII of European alphabets whose marks
// nobody overlooks. A dot, a comma or a hook below, which an underline hides, a dot above
// and a stroke through a letter are overlooked.
const plainlyMarked = "\u00e0\u00e1\u00e2\u00e3\u00e4\u00e5\u00e6\u00e7\u00e8\u00e9\u00ea\u00eb\u00ec\u00ed\u00ee\u00ef\u00f1\u00f2\u00f3\u00f4\u00f5\u00f6\u00f8\u00f9\u00fa\u00fb\u00fc\u00fd\u00ff\u00df" +
	"\u0101\u0113\u012b\u014d\u016b\u0103\u011f\u0151\u0171\u0107\u0144\u0155\u015b\u017a\u010d\u010f\u011b\u0148\u0159\u0161\u0165\u017e\u016f\u0175\u0177\u0153"

// Letters that no Latin one looks like, without their marks. A label of these scripts
// that has none of them passes for one in Latin letters, or in digits.
const (
	plainlyCyrillic = "\u0434\u0436\u0438\u0439\u043b\u0444\u0446\u0447\u044d\u044f\u0497\u0459\u045a"
	plainlyGreek    = "\u03b4\u03b6\u03b8\u03bb\u03be\u03c6\u03c8"
)

// passing are the letters of other scripts that pass for Latin ones, digits, or signs.
const passing = "\u30fc\u4e00\u4e28\u4e36\u4e3f\u4e40\u4e85\u4e8c\u4e09\u516b\u5341\u535c\u53e3\u5de5\u5ddd\u30ce\u30bd\u30f3\u30cb\u30cf\u30df\u30fd\u30c8\u30ed\u30a8\u30d8\u3078" + // Chinese and Japanese
	"\u3107\u3108\u3111\u3112\u311a\u3125\u3127\u3128\u3129" + // Bopomofo
	"\u093d\u0a1f\u0a20\u0a38\u0a9f\u0aa1\u0aaa\u0b9f\u0baa\u0bbe\u0c02\u0c30\u0c82\u0ca0\u0cb0\u0d02\u0d1f\u0d20\u0d27\u0d28\u0d31\u0d82\u0da7\u0da8\u0dc6" + // Devanagari, Gurmukhi, Gujarati, Tamil, Telugu, Kannada, Malayalam, Sinhala
	"\u0e14\u0e17\u0e19\u0e1a\u0e1b\u0e1c\u0e1e\u0e1d\u0e1f\u0e21\u0e23\u0e25\u0e2b\u0e40\u0e41\u0e94\u0e97\u0e99\u0e9a\u0e9b\u0e9e\u0e9f\u0ea1\u0ea3\u0ea5\u0eab\u0ead" // Thai, Lao

// lookalike reports whether a label of another alphabet looks like one of Latin letters,
// or like signs. Marks make no difference: they are easily overlooked where the letters
// are known.
func lookalike(label string, script []*unicode.RangeTable) bool {
	if script[0] == unicode.Latin {
		return false
	}
	return strings.IndexFunc(norm.NFD.String(label), func(r rune) bool {
		switch {
		case r == '-' || '0' <= r && r <= '9' || unicode.Is(unicode.Mn, r):
			return false
		case script[0] == unicode.Cyrillic:
			return strings.ContainsRune(plainlyCyrillic, r)
		case script[0] == unicode.Greek:
			return strings.ContainsRune(plainlyGreek, r)
		}
		return !strings.ContainsRune(passing, r)
	}) < 0
}

// lookalikeTops are the top-level domains in Cyrillic or Greek letters that all pass for
// Latin ones. Nobody else can register one.
var lookalikeTops = []string{
	"\u0431\u0433", "\u0435\u044e", "\u049b\u0430\u0437", "\u043a\u043e\u043c", "\u043c\u043e\u043d", "\u043c\u043e\u0441\u043a\u0432\u0430", "\u043e\u0440\u0433", "\u0440\u0443\u0441", "\u0441\u0440\u0431", "\u0443\u043a\u0440", "\u03b5\u03c5",
}

// expected reports whether people expect letters of this script in a label: it stands
// under a top-level domain of that script, or is one.
func expected(label string, script []*unicode.RangeTable, top string, isTop bool) bool {
	if script[0] != unicode.Cyrillic && script[0] != unicode.Greek {
		return false
	}
	if isTop {
		return slices.Contains(lookalikeTops, label)
	}
	of := scriptOf(top)
	return of != nil && of[0] == script[0] && (!lookalike(top, of) || slices.Contains(lookalikeTops, top))
}
