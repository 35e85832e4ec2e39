package textform

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Slug is the last part of an address that is made of a title: words joined by single
// hyphens, in lower case, composed (NFC). Latin, Greek and Cyrillic are romanized, as their
// readers expect of an address; other scripts stay as they are, because a romanization
// would have to know the language: the readings of one Chinese character differ between
// Chinese and Japanese. It is empty for a title without letters and digits.
func Slug(title string, romanize func(string) string) string {
	var b strings.Builder
	apart := false // the piece before ended with something else than a letter or digit
	write := func(piece string) {
		if apart && b.Len() > 0 {
			b.WriteByte('-')
		}
		b.WriteString(piece)
		apart = false
	}
	runes := []rune(strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(title, " "))))
	stays := make([]bool, len(runes))
	for i := range runes {
		stays[i] = staysInSlug(runes, i, i > 0 && stays[i-1])
	}
	for start := 0; start < len(runes); {
		end := start
		for end < len(runes) && stays[end] == stays[start] {
			end++
		}
		piece, kept := runes[start:end], stays[start]
		start = end
		if kept {
			write(norm.NFC.String(string(piece)))
			continue
		}
		apart = apart || !isWordRune(piece[0])
		if plain := romanize(string(piece)); plain != "" {
			write(plain)
			apart = !isWordRune(piece[len(piece)-1])
		} else {
			apart = true
		}
	}
	return b.String()
}

// staysInSlug reports whether the character at i is kept in its script: a letter, a digit
// that is no ASCII one, or what belongs to a letter before it that is kept.
func staysInSlug(runes []rune, i int, afterKept bool) bool {
	r := runes[i]
	switch {
	case r < utf8.RuneSelf, unseen(r) && !unicode.Is(unicode.Join_Control, r):
		return false
	case unicode.IsLetter(r) && unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic):
		return false
	case unicode.IsLetter(r) && !unicode.Is(unicode.Common, r), unicode.IsDigit(r):
		return true
	case unicode.Is(unicode.Join_Control, r):
		return afterKept && i+1 < len(runes) && joinsLetters(runes[i-1], runes[i+1])
	}
	return afterKept && unicode.In(r, unicode.M, unicode.L)
}

func isWordRune(r rune) bool { return unicode.In(r, unicode.L, unicode.M, unicode.Nd) }

// IsSlug reports whether s is in the form that Slug makes, with letters of any script.
func IsSlug(s string) bool {
	form, ok := Tag(s)
	return ok && s != "" && form == s && !strings.HasPrefix(s, "-") && !strings.HasSuffix(s, "-") && !strings.Contains(s, "--")
}

// CutSlug is a slug within a number of bytes. It ends with a whole character and its marks.
func CutSlug(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := max(most, 0)
	for end > 0 {
		next, _ := utf8.DecodeRuneInString(s[end:])
		if utf8.RuneStart(s[end]) && !unicode.In(next, unicode.M, unicode.Join_Control) {
			break
		}
		end--
	}
	return strings.TrimRight(s[:end], "-\u200c\u200d") // nor does it end with a joiner
}
