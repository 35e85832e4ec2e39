package markdown

import "unicode"

// Readers take in about 220 words, or 500 characters of a script whose characters are
// syllables or words, in a minute. Where letters make words that nothing parts, four of
// them are counted as one.
const (
	wordsPerMinute      = 220
	charactersPerMinute = 500
	lettersPerWord      = 4
)

// prolonged is the mark of a long vowel, which stands among kana without being one.
const prolonged = 'ー'

var (
	syllabic = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul}
	unparted = []*unicode.RangeTable{unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}
)

// readingMinutes estimates how long a text takes to read, at least one minute.
func readingMinutes(markdown string) int {
	words, characters, letters, inWord := 0, 0, 0, false
	for _, r := range markdown {
		switch {
		case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z':
			if !inWord {
				words++
			}
			inWord = true
		case r > unicode.MaxASCII && (r == prolonged || unicode.In(r, syllabic...)):
			characters++
			inWord = false
		case unicode.IsMark(r):
			// A vowel sign or an accent belongs to the letter before it.
		case r > unicode.MaxASCII && unicode.IsLetter(r) && unicode.In(r, unparted...):
			letters++
			inWord = false
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if !inWord {
				words++
			}
			inWord = true
		case r != '\'' && r != '’' && r != '-':
			inWord = false
		}
	}
	words += (letters + lettersPerWord - 1) / lettersPerWord
	effort := words*charactersPerMinute + characters*wordsPerMinute
	full := wordsPerMinute * charactersPerMinute
	return max(1, (effort+full-1)/full)
}
