package passwords

import (
	"errors"
	"hash/maphash"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn/frequency"
	"golang.org/x/text/unicode/norm"
)

const (
	// shortestCore keeps abbreviations from refusing what only begins like them.
	shortestCore = 4
	// ornaments is how many digits, and how many signs, around a word are seen through:
	// a year and a few signs. More of them may be chance.
	ornaments = 4
)

// commonList is the passwords that people use most, those used by most first.
func commonList() []string { return frequency.FrequencyLists["passwords"] }

var errNoList = errors.New("passwords: the list of common passwords is empty")

// commonWords tells passwords that many people use: those of the list, what its
// words become with signs for letters and a few digits or signs around them, and what
// is typed by repeating or counting.
type commonWords struct {
	listed wordSet
	cores  wordSet
	leet   *strings.Replacer
}

func newCommonWords() *commonWords {
	seed := maphash.MakeSeed()
	c := &commonWords{
		listed: wordSet{seed: seed}, cores: wordSet{seed: seed},
		// An l looks like an i in all of these, so the two are one.
		leet: strings.NewReplacer("0", "o", "1", "i", "l", "i", "!", "i", "|", "i", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t"),
	}
	for _, word := range commonList() {
		word = fold(word)
		if utf8.RuneCountInString(word) >= minLength {
			c.listed.add(word)
		}
		var o trimmer
		if core := o.end(word); isCore(core) {
			c.cores.add(c.leet.Replace(core))
		}
	}
	c.listed.seal()
	c.cores.seal()
	return c
}

// has reports whether a password is one of those. What is longer than a word with
// its ornaments never is, unless it repeats or counts.
func (c *commonWords) has(password string) bool {
	password = fold(password)
	if c.listed.has(password) || repeats(password) || counts(password) {
		return true
	}
	var o trimmer
	for core := o.end(password); isCore(core); {
		if c.cores.has(c.leet.Replace(core)) {
			return true
		}
		r, size := utf8.DecodeRuneInString(core)
		if !o.ornament(r) {
			return false
		}
		core = core[size:]
	}
	return false
}

// fold makes one of what differs in case or in compatible characters alone.
func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

// trimmer counts the ornaments that were taken from one word.
type trimmer struct{ digits, signs int }

// end leaves out the ornaments at the end of a word.
func (t *trimmer) end(word string) string {
	for {
		r, size := utf8.DecodeLastRuneInString(word)
		if size == 0 || !t.ornament(r) {
			return word
		}
		word = word[:len(word)-size]
	}
}

// ornament counts a character, and reports whether it is one and not one too many.
func (t *trimmer) ornament(r rune) bool {
	count := &t.signs
	switch {
	case unicode.IsLetter(r):
		return false
	case unicode.IsDigit(r):
		count = &t.digits
	}
	*count++
	return *count <= ornaments
}

// isCore reports whether what is left of a word may be known by it: numbers alone
// would refuse every number that begins like a common one.
func isCore(s string) bool {
	return utf8.RuneCountInString(s) >= shortestCore && strings.ContainsFunc(s, unicode.IsLetter)
}

// wordSet keeps words as their hashes, in order: eight bytes a word. That a password
// shares its hash with a word by chance is as likely as to guess it.
type wordSet struct {
	seed maphash.Seed
	all  []uint64
}

func (s *wordSet) add(word string) { s.all = append(s.all, maphash.String(s.seed, word)) }

// seal is called once, after the last word was added.
func (s *wordSet) seal() {
	slices.Sort(s.all)
	s.all = slices.Clip(slices.Compact(s.all))
}

func (s *wordSet) has(word string) bool {
	_, found := slices.BinarySearch(s.all, maphash.String(s.seed, word))
	return found
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
