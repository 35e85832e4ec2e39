package identity_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestRemoveFactor_RefusesTheLastOneThatIsRequired(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustRequireFactor(t, identity.RequireEverybody)
		cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
		h.MustAddTOTP(t, cleo)
		fixture.FailsWith(t, "the only one", h.RemoveTOTP(t.Context(), cleo), identity.ErrLastSecondFactor)
		_, added := h.MustAddPasskey(t, cleo, "Laptop")
		if err := h.RemoveTOTP(t.Context(), cleo); err != nil {
			t.Fatal(err)
		}
		fixture.FailsWith(t, "the passkey that is left", h.RemovePasskey(t.Context(), cleo, added.Passkey.ID), identity.ErrLastSecondFactor)

		// Of two that are taken at once one stays.
		h.MustAddTOTP(t, cleo)
		if now := h.Clock.Now(); !cleo.RecentlyAuthenticated(now) {
			t.Fatalf("the proof is of %v, now is %v", cleo.AuthenticatedAt, now)
		}
		all := fixture.AtOnce(
			func() error { return h.RemoveTOTP(t.Context(), cleo) },
			func() error { return h.RemovePasskey(t.Context(), cleo, added.Passkey.ID) },
		)
		refused := 0
		for _, err := range all {
			if errors.Is(err, identity.ErrLastSecondFactor) {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		}
		if refused != 1 {
			t.Errorf("%d of two were refused: %v", refused, all)
		}
	})
}

// TestSecondFactorRequired_HoldsOnEveryReplica has a session in the caches of two
// replicas while an organization begins to require a factor, and one is set up.
func TestSecondFactorRequired_HoldsOnEveryReplica(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			h.Deps.SecondFactor = identity.FactorPolicy{Grace: 0}
			redis := harness.Redis(t)
			here, there := replica(t, h, redis), replica(t, h, redis)
			h.Identity = here
			ben, _ := h.MustSignIn(t, "ben@neoforge.test")
			cleo, in := h.MustSignIn(t, "cleo@neoforge.test")
			forge := h.MustFound(t, ben)
			h.MustAdmit(t, ben, cleo, forge, identity.Staff)
			h.MustAddTOTP(t, ben)
			memberIn := func(app *fixture.Identity) bool {
				t.Helper()
				a, err := app.AuthenticateSession(t.Context(), in.Secret)
				if err != nil {
					t.Fatal(err)
				}
				return a.MemberOf(forge)
			}
			if !memberIn(here) || !memberIn(there) {
				t.Fatal("not a member to begin with")
			}
			if err := here.RequireSecondFactor(t.Context(), ben, forge, true); err != nil {
				t.Fatal(err)
			}
			if memberIn(here) || memberIn(there) {
				t.Error("a replica does not know that a factor is required")
			}
			h.Identity = there
			h.MustAddTOTP(t, h.MustHolder(t, in.Secret))
			if !memberIn(here) || !memberIn(there) {
				t.Error("a replica does not know of the factor")
			}
		})
	}
}
