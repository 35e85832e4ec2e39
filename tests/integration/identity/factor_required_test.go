package identity_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestMissingFactor_OfEverybodyAfterAGracePeriodOfTheirOwn(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustRequireFactor(t, identity.RequireEverybody)
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		h.Clock.Advance(30 * 24 * time.Hour) // the account is old when its person comes
		first := h.Clock.Now()
		in := h.MustEnter(t, "cleo@neoforge.test")
		cleo := h.MustActor(t, in.Secret)
		if cleo.SecondFactorOverdue || cleo.SecondFactorBy.Sub(first.Add(fixture.FactorGrace)).Abs() > time.Minute {
			t.Fatalf("at first: overdue %v, by %v", cleo.SecondFactorOverdue, cleo.SecondFactorBy)
		}
		if n := h.FactorMails(t, "cleo@neoforge.test"); n != 1 {
			t.Errorf("%d mails ask for a second factor", n)
		}
		h.Clock.Advance(fixture.FactorGrace - time.Hour)
		again := h.MustActor(t, h.MustEnter(t, "cleo@neoforge.test").Secret)
		if again.SecondFactorOverdue || !again.May("content.comment") || !again.SecondFactorBy.Equal(cleo.SecondFactorBy) {
			t.Fatalf("the grace began anew, or ended: %+v", again)
		}
		h.Clock.Advance(time.Hour + time.Minute)
		in = h.MustEnter(t, "cleo@neoforge.test")
		late := h.MustActor(t, in.Secret)
		if !late.SecondFactorOverdue || late.May("content.comment") || len(late.Organizations) != 0 {
			t.Fatalf("after the grace: %+v", late)
		}
		_, err := h.OpenOrganization(t.Context(), late, cleo.PersonalOrganization())
		fixture.FailsWith(t, "an organization", err, identity.ErrSecondFactorNeeded)

		h.MustAddTOTP(t, late)
		if now := h.MustActor(t, in.Secret); now.SecondFactorOverdue || !now.May("content.comment") || now.PersonalOrganization() != cleo.PersonalOrganization() {
			t.Errorf("with a factor: %+v", now)
		}
		if n := h.FactorMails(t, "cleo@neoforge.test"); n != 1 {
			t.Errorf("%d mails ask for a second factor in the end", n)
		}
	})
}

func TestMissingFactor_OfAdministratorsBeginsWithTheRole(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustRequireFactor(t, identity.RequireAdministrators)
		member := h.MustArrive(t, "member", identityport.RoleMember)
		if !member.SecondFactorBy.IsZero() {
			t.Errorf("a member: %v", member.SecondFactorBy)
		}
		admin := h.MustArrive(t, "admin", identityport.RoleAdministrator)
		if admin.SecondFactorBy.IsZero() || !admin.May(identity.PermissionManageUsers) {
			t.Errorf("an administrator in the grace period: %+v", admin)
		}
		h.Clock.Advance(2 * fixture.FactorGrace)
		late := h.MustActor(t, h.MustEnter(t, "admin@neoforge.test").Secret)
		if !late.SecondFactorOverdue || late.May(identity.PermissionManageUsers) {
			t.Errorf("an administrator after it: %+v", late)
		}
		if _, err := h.ListPeople(t.Context(), late, administration.ListPeople{}); !errors.Is(err, identity.ErrForbidden) {
			t.Errorf("the list of people: %v", err)
		}
		// The setting off again, and on once more: the grace period is a new one.
		h.MustRequireFactor(t, identity.RequireNobody)
		if off := h.MustActor(t, h.MustEnter(t, "admin@neoforge.test").Secret); off.SecondFactorOverdue {
			t.Error("off, it is overdue")
		}
		h.MustRequireFactor(t, identity.RequireAdministrators)
		if on := h.MustActor(t, h.MustEnter(t, "admin@neoforge.test").Secret); on.SecondFactorOverdue || on.SecondFactorBy.IsZero() {
			t.Errorf("on again: %+v", on)
		}
	})
}

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
