package organizations_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestRequireSecondFactor_WithholdsThatOrganizationAlone(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}

// TestRequireSecondFactor_BeginsThreeTimesADay: who turns it on and off writes to every
// member each time, and begins their grace period anew.
func TestRequireSecondFactor_BeginsThreeTimesADay(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}

// A member whom an organization shuts out until they have a factor may always leave.
func TestRequireSecondFactor_LetsAMemberLeave(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustRequireFactor(t, identity.RequireNobody)
	ben, _ := h.MustSignIn(t, "ben@neoforge.test")
	cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
	forge := h.MustFound(t, ben)
	h.MustAdmit(t, ben, cleo, forge, identity.Staff)
	if err := h.ChangeMember(t.Context(), ben, forge, cleo.UserID, organizations.MemberChange{Role: new(identity.Owner)}); err != nil {
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
}

// TestRequireSecondFactor_WritesToTheMembersInBatches has an organization of 250 begin
// to require a factor, change its mind, and begin anew.
func TestRequireSecondFactor_WritesToTheMembersInBatches(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}
