package markdown

import "unicode"

// Readers take in about 220 words, or 500 characters of a script that does not
// part words, in a minute.
const (
	wordsPerMinute      = 220
	charactersPerMinute = 500
)

// readingMinutes estimates how long a text takes to read, at least one minute.
func readingMinutes(markdown string) int {
	words, characters, inWord := 0, 0, false
	for _, r := range markdown {
		switch {
		case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z':
			if !inWord {
				words++
			}
			inWord = true
		case r > unicode.MaxASCII && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			characters++
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
	effort := words*charactersPerMinute + characters*wordsPerMinute
	full := wordsPerMinute * charactersPerMinute
	return max(1, (effort+full-1)/full)
}
