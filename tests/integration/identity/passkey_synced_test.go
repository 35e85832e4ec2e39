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

func TestSignInWithPasskey_AfterItBecameSynced(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		actor, _ := h.MustSignIn(t, "cleo@neoforge.test")
		key, _ := h.MustAddPasskey(t, actor, "Laptop")
		signIn := func(key *fixture.SoftKey) error {
			begun, err := h.BeginPasskeySignIn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_, err = h.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{
				Challenge: begun.Challenge, Response: key.Proves(t, begun.Options), Device: fixture.Laptop,
			})
			return err
		}
		audited := func() int { return len(h.Ledger.Did("identity.passkey_became_synced")) }

		key.Flags = fixture.KeyPresent | fixture.KeyVerifies | eligible | backedUp
		forged := fixture.NewSoftKey(t)
		forged.ID, forged.Handle, forged.Flags, forged.Count = key.ID, key.Handle, key.Flags, key.Count
		fixture.MustFailWith(t, "the flag under another signature", signIn(forged), identity.ErrPasskeyInvalid)
		key.Flags = fixture.KeyPresent | fixture.KeyVerifies | backedUp
		fixture.MustFailWith(t, "backed up and not eligible", signIn(key), identity.ErrPasskeyInvalid)
		if audited() != 0 {
			t.Error("a refused answer is audited as synced")
		}

		key.Flags = fixture.KeyPresent | fixture.KeyVerifies | eligible | backedUp
		for range 2 {
			if err := signIn(key); err != nil {
				t.Fatal(err)
			}
		}
		if n := audited(); n != 1 {
			t.Errorf("audited %d times, want once: what is stored was not updated", n)
		}
		s, err := h.Security(t.Context(), actor)
		if err != nil || len(s.Passkeys) != 1 || !s.Passkeys[0].BackedUp {
			t.Errorf("%+v, %v", s.Passkeys, err)
		}
		key.Flags = fixture.KeyPresent | fixture.KeyVerifies
		fixture.MustFailWith(t, "one that is bound to its device again", signIn(key), identity.ErrPasskeyInvalid)
	})
}
