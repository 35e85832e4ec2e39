package identity_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignInProgramWithPasskey_NeedsAKeyThatKnowsItsPerson(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
		key, _ := h.MustAddPasskey(t, cleo, "Laptop")
		sign := func() (signin.TokenPair, error) {
			t.Helper()
			begun, err := h.BeginPasskeySignIn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return h.SignInProgramWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: key.Proves(t, begun.Options), Device: fixture.Laptop})
		}
		pair, err := sign()
		if err != nil {
			t.Fatal(err)
		}
		if a, err := h.AuthenticateToken(t.Context(), pair.AccessToken); err != nil || a.UserID != cleo.UserID {
			t.Errorf("signed in: %+v, %v", a, err)
		}
		key.Flags = fixture.KeyPresent // touched, by whoever it was
		fixture.FailsWith(t, "who is not known to the key", fixture.Second(sign()), identity.ErrPasskeyInvalid)
	})
}
