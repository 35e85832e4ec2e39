package textform

import (
	"iter"
	"unicode"
	"unicode/utf8"
)

// TokensVersion counts the changes to what [SearchTokens] answers. An index that was
// written under another one has to be written anew.
const TokensVersion = 1

// SearchSpan is a part of a text by which it is found, in the form of [SearchWords], and
// where it stands: a word, or a run of the letters of a script that is written without
// spaces, where any part may be what somebody looks for.
type SearchSpan struct {
	Text     string // folded
	Unspaced bool
	From, To int // in the text, in bytes

	places []place
}

// place is where in the text a byte of a folded word comes from.
type place struct{ from, to int }

// Locate tells where in the text the part from i to j, in bytes of Text, stands.
func (s SearchSpan) Locate(i, j int) (from, to int) {
	return s.places[i].from, s.places[j-1].to
}

// SearchSpans takes a text apart, in its order. It reads it character by character with
// the marks behind each, so that every part is known to stand somewhere, whatever its form
// was.
func SearchSpans(s string) iter.Seq[SearchSpan] {
	return func(yield func(SearchSpan) bool) {
		var (
			text   []byte
			places []place
			letter bool // a letter of the span is seen, not only marks
			run    bool // the span is of a script without spaces
		)
		flush := func() bool {
			if len(text) == 0 {
				return true
			}
			span := SearchSpan{Text: string(text), Unspaced: run, From: places[0].from, To: places[len(places)-1].to, places: places}
			text, places, letter = nil, nil, false
			return yield(span)
		}
		for at := 0; at < len(s); {
			end := clusterEnd(s, at)
			for _, r := range foldedCluster(s[at:end]) {
				if !searched(r) {
					if !flush() {
						return
					}
					continue
				}
				if mark := unicode.Is(unicode.M, r); !mark || !letter {
					of := unspaced(r, run && letter)
					if letter && of != run && !flush() {
						return
					}
					run, letter = of, true
				}
				text = utf8.AppendRune(text, r)
				for range utf8.RuneLen(r) {
					places = append(places, place{at, end})
				}
			}
			at = end
		}
		flush()
	}
}

// SearchTokens makes of a text what an index holds of it, in its order: each word, and of
// scripts without spaces every two letters that follow one another, and the last one alone.
// So a part of two letters or more is found as a phrase, and one letter as the beginning of
// a token.
func SearchTokens(s string) []string {
	var out []string
	for span := range SearchSpans(s) {
		out = append(out, span.Tokens()...)
	}
	return out
}

// Tokens are those of the span.
func (s SearchSpan) Tokens() []string {
	if !s.Unspaced {
		return []string{firstLetters(s.Text)}
	}
	letters := []rune(s.Text)
	out := make([]string, len(letters))
	for i := range letters {
		out[i] = string(letters[i:min(i+2, len(letters))])
	}
	return out
}

// firstLetters cuts a word to what of it is searched.
func firstLetters(word string) string {
	if len(word) <= maxSearchWord {
		return word
	}
	n := 0
	for at := range word {
		if n++; n > maxSearchWord {
			return word[:at]
		}
	}
	return word
}

// clusterEnd is where the character at a place ends, with the marks behind it.
func clusterEnd(s string, at int) int {
	_, n := utf8.DecodeRuneInString(s[at:])
	for at += n; at < len(s); at += n {
		if s[at] < utf8.RuneSelf {
			break
		}
		var r rune
		if r, n = utf8.DecodeRuneInString(s[at:]); !extends(r) {
			break
		}
	}
	return at
}

// extends reports whether a character belongs to the one before: marks, what nobody sees,
// the voice of half-width kana, and the vowels and ends of Korean syllables that are
// written apart.
func extends(r rune) bool {
	return unicode.Is(unicode.M, r) || r == '\uff9e' || r == '\uff9f' || 0x1160 <= r && r <= 0x11ff ||
		unseen(r) && !unicode.IsControl(r) && !unicode.In(r, unicode.Zl, unicode.Zp)
}

// foldedCluster is searchForm of one character.
func foldedCluster(c string) string {
	if len(c) == 1 {
		b := c[0]
		if 'A' <= b && b <= 'Z' {
			return lowerASCII[b-'A' : b-'A'+1]
		}
		if b < utf8.RuneSelf {
			return c
		}
		return " " // broken
	}
	return searchForm(c)
}

const lowerASCII = "abcdefghijklmnopqrstuvwxyz"

// unspaced reports whether a letter is of a script that is written without spaces between
// words, or, as Korean is, with endings on them. What lengthens a vowel of kana is no
// letter of one script; it is of the word that it stands in.
func unspaced(r rune, within bool) bool {
	if r < 0x0e00 {
		return false
	}
	if r == '\u30fc' {
		return within
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Bopomofo, unicode.Yi)
}
