package organizations_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func found(t *testing.T, h *fixture.Room, by identity.Actor) identity.OrganizationID {
	t.Helper()
	o, err := h.CreateOrganization(t.Context(), by, "The Forge")
	if err != nil {
		t.Fatal(err)
	}
	return o.ID
}

// admit makes somebody a member by an invitation.
func admit(t *testing.T, h *fixture.Room, by, who identity.Actor, o identity.OrganizationID, role identity.OrganizationRole) {
	t.Helper()
	i, err := h.Invite(t.Context(), by, organizations.Invite{Organization: o, Email: who.Email, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.AcceptInvitation(t.Context(), who, organizations.AcceptInvitation{ID: i.ID}); err != nil {
		t.Fatal(err)
	}
}

func failsWith(t *testing.T, what string, have, want error) {
	t.Helper()
	if !errors.Is(have, want) {
		t.Errorf("%s: %v, want %v", what, have, want)
	}
}

func TestMembers_DoWhatTheirRoleHoldsAndNoMore(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, _ := h.Arrive(t, "ada", identityport.RoleMember)
	cleo, _ := h.Arrive(t, "cleo", identityport.RoleMember)
	ben, cookie := h.Arrive(t, "ben", identityport.RoleMember)
	o, ctx := found(t, h, ada), t.Context()
	admit(t, h, ada, cleo, o, identity.Staff)
	admit(t, h, ada, ben, o, identity.Reader)
	failsWith(t, "staff renames", h.RenameOrganization(ctx, cleo, o, "Mine"), identity.ErrForbidden)
	failsWith(t, "staff removes", h.RemoveMember(ctx, cleo, o, ben.UserID), identity.ErrForbidden)
	_, err := h.Invite(ctx, ben, organizations.Invite{Organization: o, Email: "x@neoforge.test", Role: identity.Reader})
	failsWith(t, "a reader invites", err, identity.ErrForbidden)
	_, err = h.Invite(ctx, cleo, organizations.Invite{Organization: o, Email: "x@neoforge.test", Role: identity.Owner})
	failsWith(t, "somebody is invited as an owner", err, identity.ErrOwnersOnly)
	failsWith(t, "the last owner leaves", h.LeaveOrganization(ctx, ada, o), identity.ErrLastOwner)
	failsWith(t, "the last owner steps down", h.ChangeMember(ctx, ada, o, ada.UserID, organizations.MemberChange{Role: new(identity.Staff)}), identity.ErrLastOwner)
	failsWith(t, "handed to a stranger", h.TransferOrganization(ctx, ada, o, fixture.GoldenUser), identity.ErrMemberAbsent)
	if err := h.TransferOrganization(ctx, ada, o, cleo.UserID); err != nil {
		t.Fatal(err)
	}
	failsWith(t, "who handed it over deletes it", h.DeleteOrganization(ctx, ada, o), identity.ErrOwnersOnly)
	if err := h.RemoveMember(ctx, cleo, o, ben.UserID); err != nil {
		t.Fatal(err)
	}
	_, err = h.OpenOrganization(ctx, ben, o)
	failsWith(t, "who was removed looks", err, identity.ErrOrganizationAbsent)
	if ben = h.MustActor(t, cookie); ben.MemberOf(o) {
		t.Error("who was removed still belongs")
	}
	people, next, err := h.ListMembers(ctx, cleo, o, "", 1)
	if err != nil || len(people) != 1 || next == "" {
		t.Fatalf("first page: %+v, %q, %v", people, next, err)
	}
	if rest, end, err := h.ListMembers(ctx, cleo, o, next, 1); err != nil || len(rest) != 1 || end != "" || rest[0].User == people[0].User {
		t.Errorf("second page: %+v, %q, %v", rest, end, err)
	}
}

func TestCustomRole_HoldsAtTheNextRequest(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, _ := h.Arrive(t, "ada", identityport.RoleMember)
	cleo, cookie := h.Arrive(t, "cleo", identityport.RoleMember)
	o, ctx := found(t, h, ada), t.Context()
	role, err := h.CreateOrganizationRole(ctx, ada, o, "Manager", []identity.Permission{identity.PermissionManageMembers, identity.PermissionManageOwnRoles})
	if err != nil {
		t.Fatal(err)
	}
	admit(t, h, ada, cleo, o, identity.OrganizationRole(role.Name))
	if a := h.MustActor(t, cookie); !a.MayIn(o, identity.PermissionManageMembers) || a.MayIn(o, identity.PermissionInvite) {
		t.Errorf("cleo holds %v", a.Within[o])
	}
	_, err = h.CreateOrganizationRole(ctx, cleo, o, "Boss", []identity.Permission{identity.PermissionInvite})
	failsWith(t, "a role beyond one's own", err, identity.ErrBeyondOwn)
	failsWith(t, "a manager demotes the owner", h.ChangeMember(ctx, cleo, o, ada.UserID, organizations.MemberChange{Role: new(identity.Reader)}), identity.ErrOwnersOnly)
	failsWith(t, "a role in use is deleted", h.DeleteOrganizationRole(ctx, ada, o, role.Name), identity.ErrRoleInUse)
	held := []identity.Permission{identity.PermissionInvite}
	if _, err := h.ChangeOrganizationRole(ctx, ada, o, role.Name, organizations.RoleChange{Permissions: &held}); err != nil {
		t.Fatal(err)
	}
	if a := h.MustActor(t, cookie); a.MayIn(o, identity.PermissionManageMembers) || !a.MayIn(o, identity.PermissionInvite) {
		t.Errorf("cleo still holds %v", a.Within[o])
	}
}

func TestPersonalOrganization_IsItsPersonsAlone(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, _ := h.Arrive(t, "cleo", identityport.RoleMember)
	own, ctx := cleo.PersonalOrganization(), t.Context()
	_, err := h.Invite(ctx, cleo, organizations.Invite{Organization: own, Email: "x@neoforge.test", Role: identity.Reader})
	failsWith(t, "shared", err, identity.ErrPersonalOrganization)
	failsWith(t, "renamed", h.RenameOrganization(ctx, cleo, own, "Other"), identity.ErrPersonalOrganization)
	failsWith(t, "left", h.LeaveOrganization(ctx, cleo, own), identity.ErrPersonalOrganization)
	failsWith(t, "deleted", h.DeleteOrganization(ctx, cleo, own), identity.ErrPersonalOrganization)
	failsWith(t, "handed over", h.TransferOrganization(ctx, cleo, own, cleo.UserID), identity.ErrPersonalOrganization)
}

// TestSetSeats_BoundsWhoIsAskedIn: seats bound who is asked in, and throw nobody out.
func TestSetSeats_BoundsWhoIsAskedIn(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ctx := t.Context()
	ada, _ := h.Arrive(t, "ada", identityport.RoleMember)
	cleo, _ := h.Arrive(t, "cleo", identityport.RoleMember)
	ben, _ := h.Arrive(t, "ben", identityport.RoleMember)
	o := found(t, h, ada)
	seats := func(n int) {
		t.Helper()
		if err := h.SetSeats(ctx, o, n); err != nil {
			t.Fatal(err)
		}
	}
	invite := func(email string) (identity.Invitation, error) {
		return h.Invite(ctx, ada, organizations.Invite{Organization: o, Email: email, Role: identity.Reader})
	}
	seats(2)
	asked, err := invite(cleo.Email)
	if err != nil {
		t.Fatal(err)
	}
	_, err = invite(ben.Email)
	failsWith(t, "an open invitation holds the last seat", err, identity.ErrNoSeats)
	if err := h.RevokeInvitation(ctx, ada, o, asked.ID); err != nil {
		t.Fatal(err)
	}
	admit(t, h, ada, cleo, o, identity.Reader)
	_, err = invite(ben.Email)
	failsWith(t, "a member holds the last seat", err, identity.ErrNoSeats)

	seats(3)
	waiting, err := invite(ben.Email)
	if err != nil {
		t.Fatalf("a further seat: %v", err)
	}
	seats(1)
	if members, _, err := h.ListMembers(ctx, ada, o, "", 10); err != nil || len(members) != 2 {
		t.Errorf("fewer seats than members: %d are in, %v", len(members), err)
	}
	_, err = h.AcceptInvitation(ctx, ben, organizations.AcceptInvitation{ID: waiting.ID})
	failsWith(t, "accepted when the seat was gone", err, identity.ErrNoSeats)
	seats(3)
	if _, err := h.AcceptInvitation(ctx, ben, organizations.AcceptInvitation{ID: waiting.ID}); err != nil {
		t.Errorf("accepted when the seat was back: %v", err)
	}
	if err := h.RemoveMember(ctx, ada, o, cleo.UserID); err != nil {
		t.Fatal(err)
	}
	late, err := invite(cleo.Email)
	if err != nil {
		t.Fatalf("a seat that somebody left: %v", err)
	}
	h.Clock.Advance(identity.InvitationTTL)
	if _, err := invite("dan@neoforge.test"); err != nil {
		t.Errorf("an invitation past its time holds a seat: %v", err)
	}
	_, err = h.AcceptInvitation(ctx, cleo, organizations.AcceptInvitation{ID: late.ID})
	failsWith(t, "and is accepted", err, identity.ErrInvitationAbsent)
	seats(0)
	for _, email := range []string{"eve@neoforge.test", "fay@neoforge.test"} {
		if _, err := invite(email); err != nil {
			t.Errorf("any number: %v", err)
		}
	}
	failsWith(t, "of nothing", h.SetSeats(ctx, fixture.GoldenOrganization, 1), identity.ErrOrganizationAbsent)
	if acts := h.Ledger.Did("identity.seats_set"); len(acts) != 5 {
		t.Errorf("%d entries in the trail", len(acts))
	}
}

// TestChangeMember_EndsOnADay: what a role holds is gone at its end, whatever of the person
// is cached; then the membership is removed, once, and they are told.
func TestChangeMember_EndsOnADay(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, _ := h.Arrive(t, "ada", identityport.RoleMember)
	cleo, cookie := h.Arrive(t, "cleo", identityport.RoleMember)
	o, ctx := found(t, h, ada), t.Context()
	role, err := h.CreateOrganizationRole(ctx, ada, o, "Accountant", []identity.Permission{identity.PermissionManageMembers})
	if err != nil {
		t.Fatal(err)
	}
	admit(t, h, ada, cleo, o, identity.OrganizationRole(role.Name))
	h.MustDeliver(t)
	until := func(by identity.Actor, user identity.UserID, role *identity.OrganizationRole, end time.Time) error {
		return h.ChangeMember(ctx, by, o, user, organizations.MemberChange{Role: role, Until: &end})
	}
	end := h.Clock.Now().Add(48 * time.Hour)
	failsWith(t, "an end that is past", until(ada, cleo.UserID, nil, h.Clock.Now()), identity.ErrMembershipEnded)
	failsWith(t, "an owner with an end", until(ada, cleo.UserID, new(identity.Owner), end), identity.ErrOwnerWithoutEnd)
	if err := until(ada, cleo.UserID, nil, end); err != nil {
		t.Fatal(err)
	}
	failsWith(t, "who has an end takes it away", until(cleo, cleo.UserID, nil, time.Time{}), identity.ErrOwnEnd)
	if err := until(ada, cleo.UserID, nil, end); err != nil { // once more, which changes nothing
		t.Fatal(err)
	}
	mailed := func() (subjects []string) {
		t.Helper()
		for _, m := range h.MustDeliver(t) {
			if m.To == cleo.Email {
				subjects = append(subjects, m.Subject)
			}
		}
		return subjects
	}
	if have := mailed(); len(have) != 1 || !strings.Contains(have[0], "The Forge") {
		t.Errorf("mails about the end: %q", have)
	}
	if a := h.MustActor(t, cookie); !a.MayIn(o, identity.PermissionManageMembers) {
		t.Errorf("cleo holds %v", a.Within[o])
	}

	h.Clock.Advance(48 * time.Hour)
	if a := h.MustActor(t, cookie); a.MemberOf(o) {
		t.Error("cleo still belongs when her time is over")
	}
	failsWith(t, "who is out acts", h.RemoveMember(ctx, cleo, o, ada.UserID), identity.ErrOrganizationAbsent)
	_, err = h.OpenOrganization(ctx, cleo, o)
	failsWith(t, "who is out looks", err, identity.ErrOrganizationAbsent)
	for range 2 {
		if err := h.Run(t, "identity.end_memberships", nil); err != nil {
			t.Fatal(err)
		}
	}
	if have := mailed(); len(have) != 1 || !strings.Contains(have[0], "is over") {
		t.Errorf("mails at the end: %q", have)
	}
	if n := len(h.Ledger.Did("identity.membership_ended")); n != 1 {
		t.Errorf("%d entries", n)
	}
	if people, _, err := h.ListMembers(ctx, ada, o, "", 10); err != nil || len(people) != 1 {
		t.Errorf("members %+v, %v", people, err)
	}
	if err := h.DeleteOrganizationRole(ctx, ada, o, role.Name); err != nil {
		t.Errorf("the role that nobody has any more: %v", err)
	}
}

// TestMemberWithAnEnd_GivesNothingForLonger: whoever is a member until a day stays one for
// good by no other account: not by an invitation, whoever sends it again and however late it
// is accepted, nor by a role or an end that they give to somebody else.
func TestMemberWithAnEnd_GivesNothingForLonger(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, _ := h.Arrive(t, "ada", identityport.RoleMember)
	cleo, _ := h.Arrive(t, "cleo", identityport.RoleMember)
	ben, _ := h.Arrive(t, "ben", identityport.RoleMember)
	dan, _ := h.Arrive(t, "dan", identityport.RoleMember)
	o, ctx := found(t, h, ada), t.Context()
	held := []identity.Permission{identity.PermissionManageMembers, identity.PermissionManageOwnRoles, identity.PermissionInvite}
	role, err := h.CreateOrganizationRole(ctx, ada, o, "Manager", held)
	if err != nil {
		t.Fatal(err)
	}
	less, err := h.CreateOrganizationRole(ctx, ada, o, "Helper", held[:1])
	if err != nil {
		t.Fatal(err)
	}
	manager := identity.OrganizationRole(role.Name)
	admit(t, h, ada, cleo, o, manager)
	admit(t, h, ada, ben, o, identity.Reader)
	end := h.Clock.Now().Add(48 * time.Hour)
	change := func(by, who identity.Actor, role *identity.OrganizationRole, until *time.Time) error {
		return h.ChangeMember(ctx, by, o, who.UserID, organizations.MemberChange{Role: role, Until: until})
	}
	if err := change(ada, cleo, nil, &end); err != nil {
		t.Fatal(err)
	}

	failsWith(t, "a role without an end", change(cleo, ben, &manager, nil), identity.ErrBeyondOwnEnd)
	failsWith(t, "a role for longer", change(cleo, ben, &manager, new(end.Add(time.Second))), identity.ErrBeyondOwnEnd)
	_, err = h.ChangeOrganizationRole(ctx, cleo, o, less.Name, organizations.RoleChange{Permissions: &held})
	failsWith(t, "more for a role that others have", err, identity.ErrBeyondOwnEnd)
	if err := change(cleo, ben, &manager, &end); err != nil {
		t.Errorf("a role for as long as one's own: %v", err)
	}
	failsWith(t, "more time", change(cleo, ben, nil, new(end.Add(time.Second))), identity.ErrBeyondOwnEnd)
	failsWith(t, "time without an end", change(cleo, ben, nil, new(time.Time{})), identity.ErrBeyondOwnEnd)
	if err := change(cleo, ben, new(identity.Reader), nil); err != nil {
		t.Errorf("less than they had: %v", err)
	}

	asked, err := h.Invite(ctx, cleo, organizations.Invite{Organization: o, Email: dan.Email, Role: manager})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.ResendInvitation(ctx, ada, o, asked.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.LeaveOrganization(ctx, cleo, o); err != nil {
		t.Fatal(err)
	}
	if _, err := h.AcceptInvitation(ctx, dan, organizations.AcceptInvitation{ID: asked.ID}); err != nil {
		t.Fatal(err)
	}
	people, _, err := h.ListMembers(ctx, ada, o, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range people {
		if m.User == dan.UserID && !m.EndsAt.Equal(end) {
			t.Errorf("who was invited until %s is a member until %s", end, m.EndsAt)
		}
	}
	late, err := h.Invite(ctx, dan, organizations.Invite{Organization: o, Email: cleo.Email, Role: manager})
	if err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(48 * time.Hour)
	_, err = h.AcceptInvitation(ctx, cleo, organizations.AcceptInvitation{ID: late.ID})
	failsWith(t, "accepted when it would be over", err, identity.ErrInvitationAbsent)
}
