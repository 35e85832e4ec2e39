package content

import "unicode/utf8"

// The lengths of words, in letters, that somebody may have mistyped.
const (
	MinSpelt = 4
	MaxSpelt = 32
)

// SpellingBound is how many mistakes a word of so many letters can have and still be taken
// for what was meant.
func SpellingBound(letters int) int {
	switch {
	case letters < MinSpelt:
		return 0
	case letters < 8:
		return 1
	}
	return 2
}

// Mistakes counts how many letters somebody left out, added, took for others or turned
// round (optimal string alignment) to write b for a; false when there are more than most.
func Mistakes(a, b string, most int) (int, bool) {
	from, to := []rune(a), []rune(b)
	if d := len(from) - len(to); d > most || -d > most || !utf8.ValidString(a) || !utf8.ValidString(b) {
		return 0, false
	}
	before, above, row := make([]int, len(to)+1), make([]int, len(to)+1), make([]int, len(to)+1)
	for j := range above {
		above[j] = j
	}
	for i, x := range from {
		row[0] = i + 1
		least := row[0]
		for j, y := range to {
			cost := 1
			if x == y {
				cost = 0
			}
			row[j+1] = min(above[j+1]+1, row[j]+1, above[j]+cost)
			if i > 0 && j > 0 && x == to[j-1] && from[i-1] == y {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
			least = min(least, row[j+1])
		}
		if least > most {
			return 0, false
		}
		before, above, row = above, row, before
	}
	n := above[len(to)]
	return n, n <= most
}
