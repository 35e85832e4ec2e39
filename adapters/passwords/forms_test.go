package passwords

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// counting is a hasher that compares cheaply and writes down with what: a hash is
// the parameters and a salt of its own, and matches the text in want.
func counting(t testing.TB, want string) (*Hasher, *[]string) {
	t.Helper()
	h, err := New()
	if err != nil {
		t.Fatal(err)
	}
	var compared []string
	h.compare = func(password, hash string) (bool, error) {
		compared = append(compared, password)
		return hash != h.absent && password == want, nil
	}
	return h, &compared
}

func TestVerify_ComparesAsOftenForAnAccountAsForNone(t *testing.T) {
	t.Parallel()
	for typed, times := range map[string]int{
		"seven lanterns drift": 1, "caf\u00e9 au lait": 1, "ｓｅｖｅｎ lanterns": 2, "seven\u00a0lanterns": 1, "\ufb01ve lanterns": 2, "tab\there and there": 1,
		"": 1, strings.Repeat("x", 100_000): 1, "not \xff utf-8": 1, "seven\u200blanterns": 1, strings.Repeat("\ufdfa", 200): 1,
	} {
		want := []string{"something else", norm.NFKC.String(typed)}
		if now, err := currentForm(typed); err == nil {
			want = append(want, now)
		}
		for _, right := range want {
			h, compared := counting(t, right)
			other := unmatched(&argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
			for _, hash := range []string{"", unmatched(h.params), other} {
				*compared = nil
				if _, err := h.Verify(t.Context(), typed, hash); err != nil {
					t.Fatal(err)
				}
				if len(*compared) != times {
					t.Errorf("%.20q, of which %.20q is kept in %.30q, is compared as %.60q: want %d comparisons", typed, right, hash, *compared, times)
				}
			}
		}
	}
}

func TestVerify_TellsWhichHashesAreOutdated(t *testing.T) {
	t.Parallel()
	h, err := New()
	if err != nil {
		t.Fatal(err)
	}
	weaker := &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	for title, tc := range map[string]struct {
		kept   string
		params *argon2id.Params
		typed  string
		want   identity.PasswordMatch
	}{
		"of today":                         {"seven lanterns", h.params, "seven lanterns", identity.PasswordRight},
		"of today, another space":          {"seven lanterns", h.params, "seven\u2003lanterns", identity.PasswordRight},
		"of today, decomposed":             {"caf\u00e9 au lait", h.params, "cafe\u0301 au lait", identity.PasswordRight},
		"of today, wide":                   {"ｓｅｖｅｎ lanterns", h.params, "ｓｅｖｅｎ lanterns", identity.PasswordRight},
		"of an earlier release":            {"seven lanterns", h.params, "ｓｅｖｅｎ lanterns", identity.PasswordOutdated},
		"of an earlier release, ligature":  {"five lanterns", h.params, "\ufb01ve lanterns", identity.PasswordOutdated},
		"at another cost":                  {"seven lanterns", weaker, "seven lanterns", identity.PasswordOutdated},
		"of what is no password any more":  {"seven\tlanterns", h.params, "seven\tlanterns", identity.PasswordRight},
		"of that, at another cost":         {"seven\tlanterns", weaker, "seven\tlanterns", identity.PasswordRight},
		"of today, and narrow is no match": {"ｓｅｖｅｎ lanterns", h.params, "seven lanterns", identity.PasswordWrong},
		"of another password":              {"eight lanterns", h.params, "ｓｅｖｅｎ lanterns", identity.PasswordWrong},
	} {
		hash, err := argon2id.CreateHash(tc.kept, tc.params)
		if err != nil {
			t.Fatal(err)
		}
		if match, err := h.Verify(t.Context(), tc.typed, hash); err != nil || match != tc.want {
			t.Errorf("%s: %d, %v, want %d", title, match, err, tc.want)
		}
	}
}

func TestRehash_MakesAHashOfToday(t *testing.T) {
	t.Parallel()
	h, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{"ｓｅｖｅｎ lanterns", "password"} { // what is in use stays, weak or not
		hash, err := h.Rehash(t.Context(), typed)
		if err != nil {
			t.Fatal(err)
		}
		if match, err := h.Verify(t.Context(), typed, hash); err != nil || match != identity.PasswordRight {
			t.Errorf("%q: %d, %v", typed, match, err)
		}
	}
}

func TestHash_SaysWhyACharacterIsRefused(t *testing.T) {
	t.Parallel()
	h, _ := counting(t, "")
	for _, typed := range []string{"seven\tlanterns", "seven\u200blanterns", "seven\u202elanterns", "seven\x00lanterns", "seven \U0001f468\u200d\U0001f469 lanterns"} {
		if _, err := h.Hash(t.Context(), typed); !errors.Is(err, identity.ErrWeakPassword) || !strings.Contains(err.Error(), "character") {
			t.Errorf("%q: %v", typed, err)
		}
	}
	if form, err := currentForm("seven \U0001f525 lanterns"); err != nil || form != "seven \U0001f525 lanterns" {
		t.Errorf("an emoji: %q, %v", form, err)
	}
}

// TestFormsOf_KeepWhatAnEarlierReleaseHashed: whatever was a password before is one
// of the forms that are compared, and none is compared twice.
func TestFormsOf_KeepWhatAnEarlierReleaseHashed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zａ-ｚ\x{fb00}-\x{fb06}\x{a0}\x{2000}-\x{200f}\x{3000}\x{300}-\x{310}é ]{0,40}`)).Draw(t, "typed")
		forms := formsOf(typed)
		earlier := norm.NFKC.String(typed)
		kept, current := false, 0
		for i, f := range forms {
			kept = kept || f.text == earlier
			if f.current {
				current++
			}
			if i > 0 && f.text == forms[i-1].text {
				t.Fatalf("%q is compared twice", f.text)
			}
		}
		if n := len([]rune(earlier)); n <= maxLength && !kept {
			t.Fatalf("%q is not among %v", earlier, forms)
		}
		if len(forms) > 2 || current > 1 {
			t.Fatalf("%v", forms)
		}
		if now, err := currentForm(typed); err == nil {
			if again, err := currentForm(now); err != nil || again != now {
				t.Fatalf("the form of %q is %q, and of that %q, %v", typed, now, again, err)
			}
		}
	})
}

func TestVerify_HashesNothingForWhoGaveUpWaiting(t *testing.T) {
	t.Parallel()
	h, compared := counting(t, "")
	for range cap(h.slots) {
		h.slots <- struct{}{} // others are hashed
	}
	ctx, cancel := context.WithCancel(t.Context())
	gave := make(chan error, 1)
	go func() {
		_, err := h.Verify(ctx, "seven lanterns drift", "")
		gave <- err
	}()
	cancel()
	if err := <-gave; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want the context's error", err)
	}
	if len(*compared) != 0 || len(h.queue) != 0 {
		t.Errorf("%d hashes, %d places taken after the waiter gave up", len(*compared), len(h.queue))
	}
}
