package identity_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestSignInWithPasskey_WritesARowForAnAnswerAlone: every view of the sign-in page begins
// a ceremony.
func TestSignInWithPasskey_WritesARowForAnAnswerAlone(t *testing.T) {
	t.Parallel()
	for database, open := range fixture.Databases {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			h := fixture.NewRoom(t, db)
			rows := func() (n int) {
				t.Helper()
				if err := db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM identity_challenges").Scan(&n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
			key, _ := h.MustAddPasskey(t, cleo, "Laptop")
			var begun identity.PasskeyChallenge
			for range 100 {
				var err error
				if begun, err = h.BeginPasskeySignIn(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if n := rows(); n != 0 {
				t.Errorf("%d rows for sign-ins that were only begun", n)
			}
			_, err := h.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: key.Proves(t, begun.Options), Device: fixture.Laptop})
			if err != nil {
				t.Fatal(err)
			}
			if n := rows(); n != 1 {
				t.Errorf("%d rows for one answer", n)
			}
			h.Clock.Advance(identity.ChallengeTTL + 1)
			if err := h.Run(t, "identity.purge_ended", nil); err != nil {
				t.Fatal(err)
			}
			if n := rows(); n != 0 {
				t.Errorf("%d rows are kept for ever", n)
			}
		})
	}
}
