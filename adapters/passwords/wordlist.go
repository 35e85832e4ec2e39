package passwords

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"
)

// common.txt was written for this project, by hand and by patterns; it is no
// collection of leaked passwords.
//
//go:embed common.txt
var commonList string

// commonWords tells passwords that many people use: the shipped list, what its
// words become with signs for letters and a few digits or signs behind, and what is
// typed by repeating or counting.
type commonWords struct {
	listed map[string]struct{}
	cores  map[string]struct{}
}

func newCommonWords() commonWords {
	c := commonWords{listed: map[string]struct{}{}, cores: map[string]struct{}{}}
	for line := range strings.Lines(commonList) {
		word := strings.TrimSpace(line)
		c.listed[word] = struct{}{}
		if core := coreOf(word); utf8.RuneCountInString(core) >= shortestCore {
			c.cores[core] = struct{}{}
		}
	}
	return c
}

const (
	// shortestCore keeps abbreviations from refusing what only begins like them.
	shortestCore = 4
	// ornaments is how many digits and signs behind a word are seen through. More of
	// them may be chance.
	ornaments = 4
)

// has reports whether a password in its normal form is one of those.
func (c commonWords) has(password string) bool {
	password = strings.ToLower(password)
	if _, ok := c.listed[password]; ok {
		return true
	}
	if _, ok := c.cores[coreOf(password)]; ok {
		return true
	}
	return repeats(password) || counts(password)
}

// coreOf is the word in a password: without up to four digits or signs at its end,
// and with letters for the signs that stand for them.
func coreOf(word string) string {
	for range ornaments {
		r, size := utf8.DecodeLastRuneInString(word)
		if size == 0 || unicode.IsLetter(r) {
			break
		}
		word = word[:len(word)-size]
	}
	return unleet().Replace(word)
}

func unleet() *strings.Replacer {
	return strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")
}

// repeats reports whether a password is one to four characters, over and over.
func repeats(password string) bool {
	all := []rune(password)
	for unit := 1; unit <= 4 && unit*2 <= len(all); unit++ {
		same := true
		for i := unit; i < len(all) && same; i++ {
			same = all[i] == all[i-unit]
		}
		if same {
			return true
		}
	}
	return false
}

// counts reports whether each character follows the one before, up or down.
func counts(password string) bool {
	all := []rune(password)
	if len(all) < 2 {
		return false
	}
	step := all[1] - all[0]
	if step != 1 && step != -1 {
		return false
	}
	for i := 2; i < len(all); i++ {
		if all[i]-all[i-1] != step {
			return false
		}
	}
	return true
}
