package textform

import (
	"strings"
	"unicode"
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
// letters are of several scripts, that reads from right to left, or that could be written
// in Latin letters to the eye, stays as it is.
func ShownDomain(s string) string {
	labels := strings.Split(s, ".")
	for i, label := range labels {
		decoded, err := domains.ToUnicode(label)
		if err != nil || decoded == label || !ofOneScript(decoded) || lookalike(decoded) {
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

// shownScripts are those that are written from left to right and in daily use (UAX 31,
// table 5), as far as they are told apart; those of one language stand together.
var shownScripts = [][]*unicode.RangeTable{
	{unicode.Latin}, {unicode.Cyrillic}, {unicode.Greek}, {unicode.Han, unicode.Hiragana, unicode.Katakana}, {unicode.Hangul, unicode.Han}, {unicode.Han, unicode.Bopomofo},
	{unicode.Bengali}, {unicode.Devanagari}, {unicode.Gujarati}, {unicode.Gurmukhi}, {unicode.Kannada}, {unicode.Khmer}, {unicode.Lao},
	{unicode.Malayalam}, {unicode.Sinhala}, {unicode.Tamil}, {unicode.Telugu}, {unicode.Thai},
}

// ofOneScript reports whether all letters of a label are of one script that is shown.
func ofOneScript(label string) bool {
	for _, script := range shownScripts {
		if strings.IndexFunc(label, func(r rune) bool { return !belongs(r, script) }) < 0 {
			return true
		}
	}
	return false
}

func belongs(r rune, script []*unicode.RangeTable) bool {
	switch {
	case r == '-' || '0' <= r && r <= '9':
		return true
	case r == '\u30fc': // the long vowel of kana, which is of no script
		return len(script) == 3
	case !unicode.In(r, unicode.L, unicode.M):
		return false
	case script[0] == unicode.Latin:
		return latin(r)
	}
	return unicode.In(r, script...)
}

// latin reports whether a letter is one of today's alphabets. Others, such as those of
// phonetics, pass for them; so does the "i" without its dot.
func latin(r rune) bool {
	switch {
	case r == '\u0131' || r == '\u0138':
		return false
	case 'a' <= r && r <= 'z', '\u00df' <= r && r <= '\u017e' && r != '\u00f7', '\u1ea0' <= r && r <= '\u1ef9':
		return true
	}
	return r == '\u01a1' || r == '\u01b0' || r == '\u0219' || r == '\u021b'
}

// likeLatin are the letters of other alphabets that pass for Latin ones.
const likeLatin = "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u04cf\u051b\u051d\u04bd\u043f\u0433\u044c\u044a\u0461\u0475\u044b\u044e\u050d\u0517" + // Cyrillic
	"\u03b1\u03b3\u03b5\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03c9\u03f2\u03f3" // Greek

// lookalike reports whether a label of another alphabet looks like one of Latin letters.
func lookalike(label string) bool {
	return strings.IndexFunc(label, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && !strings.ContainsRune(likeLatin, r)
	}) < 0
}
