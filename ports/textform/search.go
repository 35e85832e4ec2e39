package textform

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxSearchWord is up to how many characters of a word are searched.
const maxSearchWord = 60

// SearchWords makes of a text the words by which it is found. What is kept and what is
// searched for go through it alike, so that it does not matter how either was typed:
// the differences of compatible characters (NFKC: full and half width, ligatures), of
// case, of accents in Latin, Greek and Cyrillic, and the vowel points of Hebrew and
// Arabic are gone. Marks that make another letter stay: those of kana, and of the
// scripts of India and South-East Asia. What is left are letters, marks and digits.
func SearchWords(s string) []string {
	words := strings.FieldsFunc(searchForm(s), func(r rune) bool { return !searched(r) })
	for i, w := range words {
		if letters := []rune(w); len(letters) > maxSearchWord {
			words[i] = string(letters[:maxSearchWord])
		}
	}
	return words
}

func searched(r rune) bool { return unicode.In(r, unicode.L, unicode.M, unicode.N) }

// searchForm folds without splitting.
func searchForm(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, " ")) {
		r = unicode.ToLower(unicode.ToUpper(r)) // "ς" and "ſ" are others of "σ" and "s"
		switch {
		case pointed(r), unseen(r) && !unicode.IsControl(r) && !unicode.In(r, unicode.Zl, unicode.Zp), r == '\u0640': // Arabic's stretching
		case plainLetters[r] != "":
			b.WriteString(plainLetters[r])
		default:
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// pointed reports whether a mark is one that readers leave out when they type.
func pointed(r rune) bool {
	switch {
	case !unicode.Is(unicode.M, r), r == '\u3099', r == '\u309a': // the voice of kana
		return false
	}
	return unicode.In(r, unicode.Inherited, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Hebrew, unicode.Arabic, unicode.Syriac)
}

// plainLetters are those of Latin that no normalization takes apart, as people write
// them without.
var plainLetters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ŋ': "n",
}

// Tag is the form in which a tag is kept and compared: lower case, marks composed (NFC),
// words joined by hyphens. It holds letters, digits, hyphens, marks behind letters, and
// the joiners that shape letters; false for anything else. Empty stays empty.
func Tag(s string) (string, bool) {
	if !utf8.ValidString(s) {
		return "", false
	}
	tag := norm.NFC.String(strings.ToLower(norm.NFC.String(strings.Join(strings.Fields(s), "-"))))
	runes := []rune(tag)
	for i, r := range runes {
		before, after := rune(0), rune(0)
		if i > 0 {
			before = runes[i-1]
		}
		if i+1 < len(runes) {
			after = runes[i+1]
		}
		switch {
		case r == '-', unicode.IsLetter(r) && !unseen(r), unicode.IsDigit(r):
		case unicode.Is(unicode.M, r) && !unseen(r) && unicode.In(before, unicode.L, unicode.M, unicode.Nd, unicode.Join_Control):
		case unicode.Is(unicode.Join_Control, r) && joinsLetters(before, after):
		default:
			return "", false
		}
	}
	return tag, true
}
