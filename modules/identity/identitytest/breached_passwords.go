package identitytest

import (
	"context"
	"crypto/sha1"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// RunBreachedPasswords checks a collection of breached passwords against its port.
// open is called for each case with the lines HASH:COUNT of the collection, which are
// in order and at least one.
func RunBreachedPasswords(t *testing.T, open func(t *testing.T, lines []string) identity.BreachedPasswords) {
	t.Helper()
	for name, run := range map[string]func(t *testing.T){
		"every range holds what begins with it, and no more": func(t *testing.T) {
			lines := breachedLines(3000)
			// A range of many lines, and those at both ends.
			for i := range 600 {
				lines = append(lines, fmt.Sprintf("ABCDE%035X:%d", i*i, i+1))
			}
			lines = append(lines, fmt.Sprintf("%040X:7", 0), strings.Repeat("F", 40)+":9")
			slices.Sort(lines)
			collection := open(t, lines)
			asked := []string{"00000", "FFFFF", "ABCDE", "ABCDD", "ABCDF", "00001", "FFFFE"}
			random := rand.New(rand.NewPCG(1, 2))
			for range 60 {
				asked = append(asked, lines[random.IntN(len(lines))][:5], fmt.Sprintf("%05X", random.IntN(1<<20)))
			}
			for _, prefix := range asked {
				equal(t, must[[]string](t)(rangeOf(t.Context(), collection, prefix)), within(lines, prefix))
			}
		},
		"a password is found by its hash": func(t *testing.T) {
			lines := breachedLines(100)
			for password, count := range map[string]int{"garfield": 12, "caf\u00e9 au lait": 1, "with spaces in it": 2_147_483_000} {
				lines = append(lines, fmt.Sprintf("%X:%d", sha1.Sum([]byte(password)), count))
			}
			slices.Sort(lines)
			collection := open(t, lines)
			for password, want := range map[string]int{
				"garfield": 12, "caf\u00e9 au lait": 1, "cafe\u0301 au lait": 1, "with spaces in it": 2_147_483_000, "Garfield": 0, "seven lanterns drift": 0, "": 0,
			} {
				equal(t, must[int](t)(identity.TimesBreached(t.Context(), collection, password)), want)
			}
		},
		"a collection of one": func(t *testing.T) {
			collection := open(t, []string{strings.Repeat("7", 40) + ":3"})
			for prefix, want := range map[string][]string{"77777": {strings.Repeat("7", 35) + ":3"}, "77776": {}, "77778": {}, "00000": {}} {
				equal(t, must[[]string](t)(rangeOf(t.Context(), collection, prefix)), want)
			}
		},
		"what is no prefix is refused": func(t *testing.T) {
			collection := open(t, breachedLines(10))
			for _, prefix := range []string{"", "ABCD", "ABCDEF", "abcde", "ABCDG", "../..", "AB DE", "ABCD\x00", strings.Repeat("A", 40)} {
				if all, err := collection.Range(t.Context(), prefix); err == nil || len(all) > 0 {
					t.Errorf("%q: %v, %v", prefix, all, err)
				}
			}
		},
		"many may ask at once": func(t *testing.T) {
			lines := breachedLines(500)
			collection := open(t, lines)
			var group sync.WaitGroup
			for i := range 16 {
				group.Go(func() {
					prefix := lines[i*7][:5]
					if have, err := rangeOf(t.Context(), collection, prefix); err != nil || !slices.Equal(have, within(lines, prefix)) {
						t.Errorf("%s: %v, %v", prefix, have, err)
					}
				})
			}
			group.Wait()
		},
		"who has gone is not answered": func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if all, err := open(t, breachedLines(10)).Range(ctx, "00000"); err == nil {
				t.Errorf("answered %v", all)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t)
		})
	}
}

// breachedLines are a collection of n passwords that nobody has.
func breachedLines(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("%X:%d", sha1.Sum(fmt.Appendf(nil, "breached %d", i)), i%997+1)
	}
	slices.Sort(lines)
	return lines
}

func rangeOf(ctx context.Context, c identity.BreachedPasswords, prefix string) ([]string, error) {
	all, err := c.Range(ctx, prefix)
	out := make([]string, len(all))
	for i, p := range all {
		out[i] = fmt.Sprintf("%s:%d", p.Suffix, p.Count)
	}
	slices.Sort(out)
	return out, err
}

func within(lines []string, prefix string) []string {
	out := []string{}
	for _, line := range lines {
		if strings.HasPrefix(line, prefix) {
			out = append(out, line[len(prefix):])
		}
	}
	return out
}
