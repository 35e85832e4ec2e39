package textform

import (
	"strings"
	"unicode"
)

// HasLink reports whether a text holds an address of the web, in whatever characters
// it is written: one with a scheme, one that begins with "www.", or a host with a path.
func HasLink(s string) bool {
	for word := range strings.FieldsSeq(strings.Map(asciiDot, Fold(s))) {
		if strings.Contains(word, "://") || strings.Contains(word, "www.") || strings.Contains(word, "mailto:") {
			return true
		}
		if dot := strings.IndexByte(word, '.'); dot > 0 && strings.IndexByte(word[dot:], '/') > 1 {
			return true
		}
	}
	return false
}

// Unlinked is a text of somebody's choice in which no reader of mails finds anything to
// make a link of: a space stands after every dot between two labels and before the slashes of a scheme,
// and what is not seen is left out. Other texts stay as they are.
func Unlinked(s string) string {
	runes := []rune(strings.ToValidUTF8(s, ""))
	var out strings.Builder
	for i, r := range runes {
		switch {
		case unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp):
			out.WriteByte(' ')
			continue
		case unicode.In(r, unicode.Bidi_Control) || unseen(r) && r != zeroWidthJoiner && r != emojiPresentation:
			continue
		}
		out.WriteRune(r)
		if i == 0 || i+1 == len(runes) {
			continue
		}
		before, after := runes[i-1], runes[i+1]
		labels := asciiDot(r) == '.' && unicode.In(before, unicode.L, unicode.M, unicode.N) && !unicode.IsSpace(after) && asciiDot(after) != '.'
		scheme := (r == ':' || r == '\uff1a') && (after == '/' || after == '\uff0f')
		if labels || scheme {
			out.WriteByte(' ')
		}
	}
	return out.String()
}

// asciiDot makes one of the characters that separate the labels of a domain (UTS 46).
func asciiDot(r rune) rune {
	switch r {
	case '\u3002', '\uff0e', '\uff61', '\u2024':
		return '.'
	}
	return r
}
