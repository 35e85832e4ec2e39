package identityapp

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestGuessesAreCountedByNetwork(t *testing.T) {
	t.Parallel()
	same := [][2]string{
		{"2001:db8::1", "2001:db8::ffff:1"},
		{"203.0.113.7", "::ffff:203.0.113.7"},
	}
	for _, pair := range same {
		if network(pair[0]) != network(pair[1]) {
			t.Errorf("%s and %s are counted apart", pair[0], pair[1])
		}
	}
	other := [][2]string{
		{"2001:db8::1", "2001:db8:0:1::1"},
		{"203.0.113.7", "203.0.113.8"},
		{"", "203.0.113.7"},
	}
	for _, pair := range other {
		if network(pair[0]) == network(pair[1]) {
			t.Errorf("%s and %s are counted together", pair[0], pair[1])
		}
	}
	if n := len(network(strings.Repeat("x", 10_000))); n > 64 {
		t.Errorf("a key of %d bytes", n)
	}
}

func TestSomebodyWithoutANameIsCalledAfterTheirAddress(t *testing.T) {
	t.Parallel()
	for email, want := range map[identity.Email]string{
		"cleo.berg@example.com":                                   "cleo.berg",
		identity.Email(strings.Repeat("a", 150) + "@example.com"): "Somebody",
	} {
		if have := nameFrom(email); have != want {
			t.Errorf("%s is called %q", email, have)
		}
	}
}

func TestASubjectIsPrintableASCIIOfBoundedLength(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]bool{
		"": false, "42": true, "auth0|5f7c": true, "a\x00b": false, "a\nb": false, "é": false, strings.Repeat("a", 256): false,
	} {
		if validSubject(subject) != want {
			t.Errorf("%q: want %t", subject, want)
		}
	}
}

func TestNewNamesEverythingThatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := New(Deps{BaseURL: "https://site.example"})
	if err == nil {
		t.Fatal("nothing is missing")
	}
	for _, name := range []string{"UnitOfWork", "Reads", "Hasher", "Tokens", "Policy", "Cache", "Limiter", "Mail", "Clock", "IDs", "SiteName"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
	if strings.Contains(err.Error(), "BaseURL") || errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("names too much: %v", err)
	}
}

// TestLetterLimit_LeavesAGoodLinkInTheMailbox: who asks for one mail more is sent none,
// so one that was sent must still be good when the next may be.
func TestLetterLimit_LeavesAGoodLinkInTheMailbox(t *testing.T) {
	t.Parallel()
	for _, kind := range []letterKind{letterVerifyEmail, letterResetPassword, letterMagicLink, letterChangeEmail} {
		purpose, ok := kind.purpose()
		if next := kind.limit().Per / time.Duration(kind.limit().Count); !ok || next > purpose.Life() {
			t.Errorf("%s: the next mail after %v, a link is good for %v", kind, next, purpose.Life())
		}
	}
}
