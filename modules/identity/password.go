package identity

import (
	"slices"
	"strings"
	"unicode"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

// errOwnWords refuses what anybody would try first.
var errOwnWords = ErrWeakPassword.WithMessage("The password must be more than your name, your address or the name of this site. Add other words, or choose another one.")

const (
	// shortestOwnWord is how many letters a word has that others may be put together
	// with. Shorter ones are parts of too much.
	shortestOwnWord = 4
	// ownWordDigits is how many digits count as decoration, such as a date. More of
	// them are hard to guess by themselves.
	ownWordDigits = 10
	// longestOwnWords is how many characters are looked at for being such words alone.
	longestOwnWords = 80
)

// PasswordContext is what somebody's password is tried with first.
type PasswordContext struct {
	Email Email
	Name  string
	Site  []string // what the site is called: its name, its host
}

// NotOwnWords fails with ErrWeakPassword when a password is made of the words of its
// context alone: the person's name, address and the site, whole or in parts, with
// whatever signs and up to ten digits between and around, in whatever case, with
// digits and signs for letters. One that merely contains such a word is good. The
// other rules of passwords are the [PasswordHasher]'s.
func NotOwnWords(password string, c PasswordContext) error {
	typed := []rune(textform.Fold(password))
	digits := 0
	for _, r := range typed {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	if digits > ownWordDigits || len(typed) > longestOwnWords {
		return nil
	}
	whole, parts := c.words()
	if madeOf(typed, whole, true) || madeOf(typed, parts, false) {
		return errOwnWords
	}
	return nil
}

// words lists, by their letters, what a password must not be, and what it must not be
// put together from.
func (c PasswordContext) words() (whole, parts [][]rune) {
	local, domain, _ := strings.Cut(string(c.Email), "@")
	domain = textform.DecodedDomain(domain)
	label, _, _ := strings.Cut(domain, ".")
	for _, s := range append([]string{local + domain, local, local + label, domain, c.Name}, c.Site...) {
		s = textform.Fold(s)
		if all := lettersOf(s); len(all) > 0 {
			whole = append(whole, all)
		}
		for _, word := range append(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), s) {
			if letters := lettersOf(word); len(letters) >= shortestOwnWord {
				parts = append(parts, letters)
			}
		}
	}
	return whole, parts
}

func lettersOf(s string) []rune {
	return slices.DeleteFunc([]rune(s), func(r rune) bool { return !unicode.IsLetter(r) })
}

// madeOf reports whether a text is nothing but words, one after the other, or a single
// one, with digits and signs between, around and within them.
func madeOf(text []rune, words [][]rune, once bool) bool {
	n := len(text)
	bare, ends := make([]bool, n+1), make([]bool, n+1) // what comes before is decoration alone, or holds words
	bare[0] = true
	for at, r := range text {
		if !unicode.IsLetter(r) {
			bare[at+1] = bare[at]
			ends[at+1] = ends[at+1] || ends[at]
		}
		if bare[at] || ends[at] && !once {
			for _, w := range words {
				markEnds(text, at, w, ends)
			}
		}
	}
	return ends[n]
}

// markEnds marks where a word ends that begins at a place. Its letters may be written
// as digits or signs, and others stand between them.
func markEnds(text []rune, at int, word []rune, ends []bool) {
	written := make([]bool, len(word)+1) // how much of the word what was read may be
	written[0] = true
	for i := at; i < len(text); i++ {
		for k := len(word) - 1; k >= 0; k-- {
			written[k+1] = written[k] && writes(text[i], word[k]) || written[k+1] && k+1 < len(word) && !unicode.IsLetter(text[i])
		}
		written[0] = false
		if written[len(word)] {
			ends[i+1] = true
		}
		if !slices.Contains(written, true) {
			return
		}
	}
}

// writes reports whether a character is a letter, or stands for it.
func writes(r, letter rune) bool {
	switch r {
	case '0':
		return letter == 'o'
	case '1', '!', '|':
		return letter == 'i' || letter == 'l'
	case '3':
		return letter == 'e'
	case '4', '@':
		return letter == 'a'
	case '5', '$':
		return letter == 's'
	case '7':
		return letter == 't'
	case '8':
		return letter == 'b'
	}
	return r == letter
}

// PasswordLoad is what one process has to do with passwords, and what it refused since
// its start: to strangers, and to people whom a device cookie or a session tells.
type PasswordLoad struct {
	UnderWay, RefusedStrangers, RefusedKnown uint64
}
