package people_test

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/people"
)

func TestNameFrom_CallsSomebodyAfterTheirAddress(t *testing.T) {
	t.Parallel()
	for email, want := range map[identity.Email]string{
		"cleo.berg@example.com":                                   "cleo.berg",
		identity.Email(strings.Repeat("a", 150) + "@example.com"): "Somebody",
	} {
		if have := people.NameFrom(email); have != want {
			t.Errorf("%s is called %q", email, have)
		}
	}
}
