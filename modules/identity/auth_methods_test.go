package identity_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestAuthMethods_KeepALastWayToSignIn(t *testing.T) {
	t.Parallel()
	for _, left := range []identity.AuthMethods{
		{Password: true}, {Passkeys: 1}, {Identities: 1}, {Password: true, Passkeys: 2, Identities: 3},
	} {
		if err := left.MustRemain(); err != nil {
			t.Errorf("%+v: %v", left, err)
		}
	}
	if err := (identity.AuthMethods{}).MustRemain(); !errors.Is(err, identity.ErrLastAuthMethod) {
		t.Errorf("nothing: %v", err)
	}
}
