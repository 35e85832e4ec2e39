package identity_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

const (
	eligible = 0x08 // for backup
	backedUp = 0x10
)

func TestPasskey_SignsInAfterItBecameSynced(t *testing.T) {
	onFactors(t, func(t *testing.T, h *testApp) {
		actor, _ := h.signedIn(t, "cleo@neoforge.test")
		key, _ := h.addPasskey(t, actor, "Laptop")
		signIn := func(key *softKey) error {
			begun, err := h.app.BeginPasskeySignIn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_, err = h.app.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{
				Challenge: begun.Challenge, Response: key.proves(t, begun.Options), Device: fixture.Laptop,
			})
			return err
		}
		audited := func() int { return len(h.ledger.Did("identity.passkey_became_synced")) }

		key.flags = present | verifies | eligible | backedUp
		forged := newSoftKey(t)
		forged.id, forged.handle, forged.flags, forged.count = key.id, key.handle, key.flags, key.count
		wants(t, "the flag under another signature", signIn(forged), identity.ErrPasskeyInvalid)
		key.flags = present | verifies | backedUp
		wants(t, "backed up and not eligible", signIn(key), identity.ErrPasskeyInvalid)
		if audited() != 0 {
			t.Error("a refused answer is audited as synced")
		}

		key.flags = present | verifies | eligible | backedUp
		for range 2 {
			if err := signIn(key); err != nil {
				t.Fatal(err)
			}
		}
		if n := audited(); n != 1 {
			t.Errorf("audited %d times, want once: what is stored was not updated", n)
		}
		s, err := h.app.Security(t.Context(), actor)
		if err != nil || len(s.Passkeys) != 1 || !s.Passkeys[0].BackedUp {
			t.Errorf("%+v, %v", s.Passkeys, err)
		}
		key.flags = present | verifies
		wants(t, "one that is bound to its device again", signIn(key), identity.ErrPasskeyInvalid)
	})
}
