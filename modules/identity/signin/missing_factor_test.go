package signin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestMissingFactor_OfEverybodyAfterAGracePeriodOfTheirOwn(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}

func TestMissingFactor_OfAdministratorsBeginsWithTheRole(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
	if _, err := h.People(t, late, ""); !errors.Is(err, identity.ErrForbidden) {
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
}
