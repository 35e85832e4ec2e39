package identity_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestAPasswordIsNotOnesOwnAddressOrName(t *testing.T) {
	t.Parallel()
	for password, refused := range map[string]bool{
		"cleo.berg@example.com": true, "Cleo.Berg": true, "cleoberg1": true, "CLEO-BERG-2026": true, "cleobergexample": true,
		"Cleopatra Berg": true, "cleopatraberg99": true,
		"my friend cleo berg": false, "12345678": false, "lanterns drift": false, "": false,
	} {
		err := identity.NotOwnWords(password, "cleo.berg@example.com", "Cleopatra Berg")
		if errors.Is(err, identity.ErrWeakPassword) != refused {
			t.Errorf("%q: %v", password, err)
		}
	}
}
