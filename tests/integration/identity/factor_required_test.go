package identity_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/ports/fault"
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

func TestRequireSecondFactor_WithholdsThatOrganizationAlone(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustRequireFactor(t, identity.RequireNobody)
		ben, _ := h.MustSignIn(t, "ben@neoforge.test")
		cleo, cleoIn := h.MustSignIn(t, "cleo@neoforge.test")
		forge := h.MustFound(t, ben)
		h.MustAdmit(t, ben, cleo, forge, identity.Staff)

		fixture.FailsWith(t, "staff", h.RequireSecondFactor(t.Context(), cleo, forge, true), identity.ErrForbidden)
		fixture.FailsWith(t, "a personal one", h.RequireSecondFactor(t.Context(), ben, ben.PersonalOrganization(), true), identity.ErrPersonalOrganization)
		fixture.FailsWith(t, "without one's own", h.RequireSecondFactor(t.Context(), ben, forge, true), identity.ErrOwnFactorFirst)
		h.MustAddTOTP(t, ben)
		old := ben
		old.AuthenticatedAt = old.AuthenticatedAt.Add(-time.Hour)
		fixture.FailsWith(t, "without a recent proof", h.RequireSecondFactor(t.Context(), old, forge, true), identity.ErrNotRecent)
		if err := h.RequireSecondFactor(t.Context(), ben, forge, true); err != nil {
			t.Fatal(err)
		}
		if len(h.Ledger.Did("identity.organization_second_factor_required")) != 1 {
			t.Error("the audit trail does not tell it")
		}
		if h.FactorMails(t, "cleo@neoforge.test") != 1 || h.FactorMails(t, "ben@neoforge.test") != 0 {
			t.Error("not exactly who has no factor was written to")
		}

		// Known at once, and the rest stays as it is.
		cleo = h.MustHolder(t, cleoIn.Secret)
		if cleo.SecondFactorBy.IsZero() || !cleo.MayIn(forge, identity.PermissionInvite) {
			t.Fatalf("in the grace period: %+v", cleo)
		}
		h.Clock.Advance(fixture.FactorGrace + time.Minute)
		// Who joins later has a grace period of their own.
		dan, _ := h.MustSignIn(t, "dan@neoforge.test")
		ben.AuthenticatedAt = h.Clock.Now()
		h.MustAdmit(t, ben, dan, forge, identity.Reader)
		dan = h.MustActor(t, h.MustEnter(t, "dan@neoforge.test").Secret)
		if dan.SecondFactorBy.IsZero() || !dan.MemberOf(forge) {
			t.Errorf("who joined later: %+v", dan)
		}

		cleoIn = h.MustEnter(t, "cleo@neoforge.test")
		cleo = h.MustHolder(t, cleoIn.Secret)
		if cleo.SecondFactorOverdue || cleo.MemberOf(forge) || !slices.Contains(cleo.Withheld, forge) || cleo.PersonalOrganization() == "" || !cleo.May("content.comment") {
			t.Fatalf("after the grace period: %+v", cleo)
		}
		_, err := h.OpenOrganization(t.Context(), cleo, forge)
		fixture.FailsWith(t, "the organization", err, identity.ErrSecondFactorNeeded)
		_, err = h.Invite(t.Context(), cleo, organizations.Invite{Organization: forge, Email: "eve@neoforge.test", Role: identity.Reader})
		fixture.FailsWith(t, "an invitation", err, identity.ErrSecondFactorNeeded)
		_, _, err = h.ListMembers(t.Context(), cleo, forge, "", 10)
		fixture.FailsWith(t, "the members", err, identity.ErrSecondFactorNeeded)

		h.MustAddTOTP(t, cleo)
		if now := h.MustHolder(t, cleoIn.Secret); !now.MayIn(forge, identity.PermissionInvite) || len(now.Withheld) != 0 {
			t.Errorf("with a factor: %+v", now)
		}
		fixture.FailsWith(t, "removing it", h.RemoveTOTP(t.Context(), cleo), identity.ErrLastSecondFactor)
		if err := h.RequireSecondFactor(t.Context(), ben, forge, false); err != nil {
			t.Fatal(err)
		}
		if err := h.RemoveTOTP(t.Context(), cleo); err != nil {
			t.Errorf("removing it when none is required: %v", err)
		}
	})
}

// TestRequireSecondFactor_BeginsThreeTimesADay: who turns it on and off writes to every
// member each time, and begins their grace period anew.
func TestRequireSecondFactor_BeginsThreeTimesADay(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustRequireFactor(t, identity.RequireNobody)
		ben, _ := h.MustSignIn(t, "ben@neoforge.test")
		cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
		forge, other := h.MustFound(t, ben), h.MustFound(t, ben)
		h.MustAdmit(t, ben, cleo, forge, identity.Staff)
		require := func(o identity.OrganizationID, required bool) error {
			ben.AuthenticatedAt = h.Clock.Now()
			err := h.RequireSecondFactor(t.Context(), ben, o, required)
			h.MustWalkMembers(t)
			return err
		}
		for range 5 { // what is refused is not counted
			fixture.FailsWith(t, "without one's own", require(forge, true), identity.ErrOwnFactorFirst)
		}
		h.MustAddTOTP(t, ben)
		toggle := func() {
			t.Helper()
			if err := errors.Join(require(forge, true), require(forge, true), require(forge, false)); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			toggle()
		}
		refused := require(forge, true)
		fixture.FailsWith(t, "a fourth time", refused, identity.ErrFactorTooOften)
		if f := fault.As(refused); f == nil || f.RetryAfter <= 0 || f.RetryAfter > 8*time.Hour || !strings.Contains(f.Message, "Try again in ") {
			t.Errorf("it does not say when it may begin again: %+v", f)
		}
		if n := h.FactorMails(t, "cleo@neoforge.test"); n > 3 {
			t.Errorf("a member got %d mails", n)
		}
		if err := require(other, true); err != nil {
			t.Errorf("another organization: %v", err)
		}
		h.Clock.Advance(8*time.Hour + time.Second)
		toggle()
		fixture.FailsWith(t, "once more", require(forge, true), identity.ErrFactorTooOften)
	})
}

// A member whom an organization shuts out until they have a factor may always leave.
func TestRequireSecondFactor_LetsAMemberLeave(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustRequireFactor(t, identity.RequireNobody)
		ben, _ := h.MustSignIn(t, "ben@neoforge.test")
		cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
		forge := h.MustFound(t, ben)
		h.MustAdmit(t, ben, cleo, forge, identity.Staff)
		if err := h.ChangeMemberRole(t.Context(), ben, forge, cleo.UserID, identity.Owner); err != nil {
			t.Fatal(err)
		}
		h.MustAddTOTP(t, ben)
		if err := h.RequireSecondFactor(t.Context(), ben, forge, true); err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(2 * fixture.FactorGrace)
		cleo = h.MustActor(t, h.MustEnter(t, "cleo@neoforge.test").Secret)
		fixture.FailsWith(t, "deleting", h.DeleteOrganization(t.Context(), cleo, forge), identity.ErrSecondFactorNeeded)
		fixture.FailsWith(t, "handing over", h.TransferOrganization(t.Context(), cleo, forge, ben.UserID), identity.ErrSecondFactorNeeded)
		if err := h.LeaveOrganization(t.Context(), cleo, forge); err != nil {
			t.Errorf("leaving: %v", err)
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

// TestRequireSecondFactor_WritesToTheMembersInBatches has an organization of 250 begin
// to require a factor, change its mind, and begin anew.
func TestRequireSecondFactor_WritesToTheMembersInBatches(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustRequireFactor(t, identity.RequireNobody)
		ben, _ := h.MustSignIn(t, "ben@neoforge.test")
		forge := h.MustFound(t, ben)
		h.MustAddTOTP(t, ben)
		const others, protected = 249, 20
		err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
			for i := range others {
				u := identitytest.User()
				if err := s.Users.Insert(ctx, u); err != nil {
					return err
				}
				if i < protected {
					if err := s.Passkeys.Insert(ctx, identitytest.Passkey(u.ID)); err != nil {
						return err
					}
				}
				m := identity.Membership{Organization: forge, User: u.ID, Role: identity.Reader, CreatedAt: h.Clock.Now()}
				if err := s.Organizations.Join(ctx, m); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		require := func(required bool) (mails int) {
			t.Helper()
			before := len(h.Ledger.Queued("identity.send_mail"))
			if err := h.RequireSecondFactor(t.Context(), ben, forge, required); err != nil {
				t.Fatal(err)
			}
			return len(h.Ledger.Queued("identity.send_mail")) - before
		}
		if n := require(true); n != 0 || len(h.Ledger.Queued("identity.send_factor_mails")) != 1 {
			t.Fatalf("%d mails are queued by the request itself, and %d jobs", n, len(h.Ledger.Queued("identity.send_factor_mails")))
		}
		before := len(h.Ledger.Queued("identity.send_mail"))
		written := func() map[string]int {
			out := map[string]int{}
			for _, j := range h.Ledger.Queued("identity.send_mail")[before:] {
				var l struct {
					User string `json:"user_id"`
				}
				if err := json.Unmarshal(j.Payload, &l); err != nil || l.User == "" {
					t.Fatalf("%s: %v", j.Payload, err)
				}
				out[l.User]++
			}
			return out
		}
		queued := &fixture.EnqueueCounter{UnitOfWork: h.Ledger.UnitOfWork}
		h.Ledger.UnitOfWork = queued
		h.MustWalkMembers(t)
		if calls := queued.Calls.Load(); calls != 6 { // of each batch the mails, and the next batch
			t.Errorf("three batches are queued in %d steps", calls)
		}
		all := written()
		if len(all) != others-protected {
			t.Errorf("%d are written to, want %d", len(all), others-protected)
		}
		for id, n := range all {
			if n != 1 {
				t.Errorf("%s is written to %d times", id, n)
			}
		}
		if jobs := len(h.Ledger.Queued("identity.send_factor_mails")); jobs != 4 {
			t.Errorf("%d jobs walked 250 members", jobs)
		}

		// What is taken back before the walk began is written to nobody.
		require(false)
		h.Clock.Advance(time.Second)
		require(true)
		require(false)
		before = len(h.Ledger.Queued("identity.send_mail"))
		h.MustWalkMembers(t)
		if all := written(); len(all) != 0 {
			t.Errorf("%d are written to for nothing", len(all))
		}
	})
}
