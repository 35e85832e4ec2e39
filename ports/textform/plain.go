package textform

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain leaves out of a text that stands among others, such as a title, what turns
// the writing around it (embeddings, overrides and isolates of UAX 9) and what nobody
// sees. What writing needs stays: joiners between letters and within emoji, marks of
// direction beside letters that run from right to left, variants of ideographs, flags
// of regions. Control characters and broken UTF-8 stay, for the caller to refuse.
func Plain(s string) string {
	if !utf8.ValidString(s) || !strings.ContainsFunc(s, hidden) {
		return s
	}
	runes := []rune(s)
	rightToLeft := strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko)
	})
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return 0
		}
		return runes[i]
	}
	var out strings.Builder
	flag := false
	for i, r := range runes {
		tag := 0xe0020 <= r && r <= 0xe007f
		flag = r == '\U0001f3f4' || flag && tag
		switch {
		case !hidden(r):
		case flag && tag:
		case r == '\u200e' || r == '\u200f' || r == '\u061c':
			if !rightToLeft {
				continue
			}
		case r == '\u200c' || r == zeroWidthJoiner:
			if !joinsLetters(at(i-1), at(i+1)) && !joinsPictures(at(i-2), at(i-1), at(i+1)) {
				continue
			}
		case unicode.Is(unicode.Variation_Selector, r):
			if b := at(i - 1); !unicode.Is(unicode.Han, b) && !picture(b) && at(i+1) != keycap {
				continue
			}
		default:
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

func hidden(r rune) bool { return unseen(r) && !unicode.IsControl(r) }

// joinsLetters reports whether a joiner shapes two letters, which those of ASCII and
// Latin never need.
func joinsLetters(before, after rune) bool {
	shaped := func(r rune) bool {
		return unicode.In(r, unicode.L, unicode.M) && !unicode.Is(unicode.Latin, r) && !unseen(r)
	}
	return shaped(before) && shaped(after)
}

func joinsPictures(beforeThat, before, after rune) bool {
	return picture(after) && (picture(before) || before == emojiPresentation && picture(beforeThat))
}

// AddressSearch writes the addresses in a search as they are kept: their domains in
// A-labels. A word without "@" stays, for it may be a name.
func AddressSearch(s string) string {
	words := strings.Fields(s)
	for i, word := range words {
		local, host, found := strings.Cut(word, "@")
		if !found || !strings.ContainsFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }) {
			continue
		}
		if domain, err := Domain(host); err == nil {
			words[i] = local + "@" + domain
		}
	}
	return strings.Join(words, " ")
}
