package identity_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestAcceptInvitation_IsForWhoItWentToOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		ada, cleo, ben := h.MustArrive(t, "ada", identityport.RoleMember), h.MustArrive(t, "cleo", identityport.RoleMember), h.MustArrive(t, "ben", identityport.RoleMember)
		o := h.MustFound(t, ada)
		invite := organizations.Invite{Organization: o, Email: cleo.Email, Role: identity.Staff}
		if _, err := h.Invite(t.Context(), ada, invite); err != nil {
			t.Fatal(err)
		}
		_, err := h.Invite(t.Context(), ada, invite)
		fixture.FailsWith(t, "invited twice", err, identity.ErrInvitationOpen)
		_, err = h.Invite(t.Context(), ben, invite)
		fixture.FailsWith(t, "invited by a stranger", err, identity.ErrOrganizationAbsent)
		for _, j := range h.Ledger.Queued("identity.send_mail") {
			if bytes.Contains(j.Payload, []byte("token")) {
				t.Error("a token lies in the queue")
			}
		}
		token := h.MustInvitation(t)
		if v, err := h.PeekInvitation(t.Context(), token); err != nil || v.Organization != "The Forge" || v.Inviter == "" {
			t.Errorf("looked at: %+v, %v", v, err)
		}
		_, err = h.AcceptInvitation(t.Context(), ben, organizations.AcceptInvitation{Token: token})
		fixture.FailsWith(t, "taken up by somebody else", err, identity.ErrInvitationForeign)
		if have, err := h.AcceptInvitation(t.Context(), cleo, organizations.AcceptInvitation{Token: token}); err != nil || have != o {
			t.Fatalf("accepted: %v, %v", have, err)
		}
		_, err = h.AcceptInvitation(t.Context(), cleo, organizations.AcceptInvitation{Token: token})
		fixture.FailsWith(t, "accepted twice", err, identity.ErrInvitationAbsent)
		_, err = h.Invite(t.Context(), ada, invite)
		fixture.FailsWith(t, "a member is invited", err, identity.ErrAlreadyMember)

		late, err := h.Invite(t.Context(), ada, organizations.Invite{Organization: o, Email: ben.Email, Role: identity.Reader})
		if err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(identity.InvitationTTL)
		_, err = h.AcceptInvitation(t.Context(), ben, organizations.AcceptInvitation{ID: late.ID})
		fixture.FailsWith(t, "accepted too late", err, identity.ErrInvitationAbsent)
		again, err := h.Invite(t.Context(), ada, organizations.Invite{Organization: o, Email: ben.Email, Role: identity.Reader})
		if err != nil {
			t.Fatalf("invited anew: %v", err)
		}
		if err := h.RevokeInvitation(t.Context(), ada, o, again.ID); err != nil {
			t.Fatal(err)
		}
		_, err = h.AcceptInvitation(t.Context(), ben, organizations.AcceptInvitation{ID: again.ID})
		fixture.FailsWith(t, "accepted after it was taken back", err, identity.ErrInvitationAbsent)
	})
}

func TestDeleteOrganization_TellsTheOthers(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		ada, cleo := h.MustArrive(t, "ada", identityport.RoleMember), h.MustArrive(t, "cleo", identityport.RoleMember)
		o := h.MustFound(t, ada)
		h.MustAdmit(t, ada, cleo, o, identity.Staff)
		in := h.MustEnter(t, "cleo@neoforge.test")
		if a := h.MustActor(t, in.Secret); !a.MemberOf(o) || !a.MayIn(o, identity.PermissionInvite) {
			t.Errorf("cleo: %+v", a)
		}
		fixture.FailsWith(t, "staff deletes it", h.DeleteOrganization(t.Context(), cleo, o), identity.ErrOwnersOnly)
		if err := h.DeleteOrganization(t.Context(), ada, o); err != nil {
			t.Fatal(err)
		}
		if a := h.MustActor(t, in.Secret); a.MemberOf(o) {
			t.Error("cleo belongs to what is gone")
		}
		told := h.Ledger.Published("identity.organization_deleted.v1")
		if len(told) != 1 {
			t.Fatalf("%d events", len(told))
		}
		fixture.MustMatchGolden(t, "organization_deleted.v1.golden.json", told[0].Payload, string(o), fixture.GoldenOrganization)
	})
}

func TestAssignRole_LeavesTheLastAdministrator(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		ada, ctx := h.MustManager(t, "ada"), t.Context()
		fixture.FailsWith(t, "the last administrator steps down", h.AssignRole(ctx, ada, ada.UserID, identityport.RoleMember), identity.ErrLastAdministrator)
		cleo := h.MustArrive(t, "cleo", identityport.RoleMember)
		fixture.FailsWith(t, "a member gives a role", h.AssignRole(ctx, cleo, ada.UserID, identityport.RoleMember), identity.ErrForbidden)
		fixture.FailsWith(t, "a role that is none", h.AssignRole(ctx, ada, cleo.UserID, "nothing"), identity.ErrRoleAbsent)
		fixture.FailsWith(t, "nobody gets a role", h.AssignRole(ctx, ada, fixture.GoldenUser, identityport.RoleMember), identity.ErrUserNotFound)
		role, err := h.CreateRole(ctx, ada, "Steward", []identity.Permission{identity.PermissionManageUsers})
		if err != nil {
			t.Fatal(err)
		}
		in := h.MustEnter(t, "cleo@neoforge.test")
		if err := h.AssignRole(ctx, ada, cleo.UserID, identity.Role(role.Name)); err != nil {
			t.Fatal(err)
		}
		steward := h.MustActor(t, in.Secret)
		if !steward.May(identity.PermissionManageUsers) || !steward.May("content.comment") {
			t.Errorf("cleo holds %v", steward.Permissions)
		}
		none := []identity.Permission{}
		if _, err := h.ChangeRole(ctx, ada, role.Name, organizations.RoleChange{Permissions: &none}); err != nil {
			t.Fatal(err)
		}
		if a := h.MustActor(t, in.Secret); a.May(identity.PermissionManageUsers) {
			t.Errorf("cleo still holds %v", a.Permissions)
		}
		steward.Permissions = append(steward.Permissions, identity.PermissionManageRoles)
		fixture.FailsWith(t, "a role beyond one's own is given", h.AssignRole(ctx, fixture.WithPermission(steward, identity.PermissionManageRoles), cleo.UserID, identityport.RoleAdministrator), identity.ErrBeyondOwn)
		if err := h.AssignRole(ctx, ada, cleo.UserID, identityport.RoleAdministrator); err != nil {
			t.Logf("ada holds %v", ada.Permissions)
			t.Fatal(err)
		}
		if err := h.AssignRole(ctx, ada, ada.UserID, identityport.RoleMember); err != nil {
			t.Errorf("one of two steps down: %v", err)
		}
	})
}

func TestOfferOnResource_IsForOneResource(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		ada, cleo := h.MustArrive(t, "ada", identityport.RoleMember), h.MustArrive(t, "cleo", identityport.RoleMember)
		ctx := t.Context()
		may := func(resource string) bool {
			t.Helper()
			yes, err := h.May(ctx, cleo.UserID, "content.post.edit", resource)
			if err != nil {
				t.Fatal(err)
			}
			return yes
		}
		offer := func(email string) {
			t.Helper()
			if err := h.OfferOnResource(ctx, ada, email, "content.post.edit", "post:1", "the post"); err != nil {
				t.Fatalf("offered to %s: %v", email, err)
			}
		}
		listed := func() []identity.Person {
			t.Helper()
			people, err := h.ListGrants(ctx, "content.post.edit", "post:1")
			if err != nil {
				t.Fatal(err)
			}
			return people
		}
		for range 2 {
			offer(cleo.Email)
			offer("nobody@neoforge.test")
		}
		if have := listed(); len(have) != 0 || may("post:1") {
			t.Errorf("an offer tells who has the address: %+v", have)
		}
		var mails []string
		for _, m := range h.MustDeliver(t) {
			if strings.Contains(m.Subject, "shared with you") {
				mails = append(mails, m.To)
			}
		}
		if !slices.Equal(mails, []string{cleo.Email, cleo.Email}) {
			t.Errorf("mails went to %v", mails)
		}
		offers, err := h.ListOffers(ctx, cleo)
		if err != nil || len(offers) != 1 || offers[0].By != ada.Name {
			t.Fatalf("offers %+v, %v", offers, err)
		}
		fixture.FailsWith(t, "an offer to somebody else", h.AcceptOffer(ctx, ada, offers[0].ID), identity.ErrOfferAbsent)
		if err := h.AcceptOffer(ctx, cleo, offers[0].ID); err != nil {
			t.Fatal(err)
		}
		if have := listed(); len(have) != 1 || have[0].ID != cleo.UserID || !may("post:1") || may("post:2") {
			t.Errorf("accepted, and granted %+v", have)
		}
		if n := len(h.Ledger.Did("identity.resource_offered")); n != 4 {
			t.Errorf("%d entries", n)
		}
		if err := h.RevokeGrant(ctx, ada, cleo.UserID, "content.post.edit", "post:1"); err != nil || may("post:1") {
			t.Errorf("revoked: %v", err)
		}
	})
}

// TestLeaveOrganization_LeavesOneOfTwoLastOwners has two owners go at once, each in one of the ways there are.
func TestLeaveOrganization_LeavesOneOfTwoLastOwners(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		ada, cleo, ben := h.MustArrive(t, "ada", identityport.RoleMember), h.MustArrive(t, "cleo", identityport.RoleMember), h.MustArrive(t, "ben", identityport.RoleMember)
		ctx := t.Context()
		for round := range fixture.Rounds(200) {
			o := identity.Organization{ID: identity.OrganizationID(h.Deps.IDs.New()), Name: "Race", CreatedAt: h.Clock.Now()}
			err := h.Deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
				if err := s.Organizations.Insert(ctx, o, ada.UserID); err != nil {
					return err
				}
				if err := s.Organizations.Join(ctx, identity.Membership{Organization: o.ID, User: ben.UserID, Role: identity.Reader, CreatedAt: o.CreatedAt}); err != nil {
					return err
				}
				return s.Organizations.Join(ctx, identity.Membership{Organization: o.ID, User: cleo.UserID, Role: identity.Owner, CreatedAt: o.CreatedAt})
			})
			if err != nil {
				t.Fatal(err)
			}
			ways := []func(a, other identity.Actor) error{
				func(a, _ identity.Actor) error { return h.LeaveOrganization(ctx, a, o.ID) },
				func(a, _ identity.Actor) error {
					return h.ChangeMemberRole(ctx, a, o.ID, a.UserID, identity.Reader)
				},
				func(_, other identity.Actor) error { return h.RemoveMember(ctx, ada, o.ID, other.UserID) },
				func(a, _ identity.Actor) error { return h.TransferOrganization(ctx, a, o.ID, ben.UserID) },
			}
			first, second := ways[round%len(ways)], ways[round/len(ways)%len(ways)]
			fixture.AtOnce(func() error { return first(ada, cleo) }, func() error { return second(cleo, ada) })
			var owners []identity.UserID
			err = h.Deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) (err error) {
				owners, err = s.Organizations.Holders(ctx, o.ID, identity.Owner)
				return err
			})
			if err != nil || len(owners) == 0 {
				t.Fatalf("round %d: owned by %v, %v", round, owners, err)
			}
		}
	})
}

// TestInvite_GivesNoSeatTwice has many invited at once where one seat is left.
func TestInvite_GivesNoSeatTwice(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		ada := h.MustArrive(t, "ada", identityport.RoleMember)
		ctx := t.Context()
		for round := range fixture.Rounds(200) {
			o := identity.Organization{ID: identity.OrganizationID(h.Deps.IDs.New()), Name: "Race", Seats: 2, CreatedAt: h.Clock.Now()}
			err := h.Deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error { return s.Organizations.Insert(ctx, o, ada.UserID) })
			if err != nil {
				t.Fatal(err)
			}
			var fns []func() error
			for range 3 {
				email := h.Deps.IDs.New() + "@neoforge.test"
				fns = append(fns, func() error {
					_, err := h.Invite(ctx, ada, organizations.Invite{Organization: o.ID, Email: email, Role: identity.Reader})
					return err
				})
			}
			invited := 0
			for _, err := range fixture.AtOnce(fns...) {
				switch {
				case err == nil:
					invited++
				case !errors.Is(err, identity.ErrNoSeats):
					t.Fatalf("round %d: %v", round, err)
				}
			}
			if invited != 1 {
				t.Fatalf("round %d: %d invited to one seat", round, invited)
			}
			h.Clock.Advance(identity.InvitationTTL / 100) // lets the limit on mails recover
		}
	})
}

// TestAcceptInvitation_IsOneInTwoPlacesAtOnce has an invitation accepted and taken back at once.
func TestAcceptInvitation_IsOneInTwoPlacesAtOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		ada, cleo := h.MustArrive(t, "ada", identityport.RoleMember), h.MustArrive(t, "cleo", identityport.RoleMember)
		ctx := t.Context()
		for round := range fixture.Rounds(200) {
			o := identity.Organization{ID: identity.OrganizationID(h.Deps.IDs.New()), Name: "Race", CreatedAt: h.Clock.Now()}
			i := identity.Invitation{
				ID: h.Deps.IDs.New(), Organization: o.ID, Email: identity.Email(cleo.Email), Role: identity.Reader, Hash: identity.NewSecret().Hash(),
				InvitedBy: ada.UserID, CreatedAt: o.CreatedAt, ExpiresAt: o.CreatedAt.Add(identity.InvitationTTL),
			}
			err := h.Deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
				if err := s.Organizations.Insert(ctx, o, ada.UserID); err != nil {
					return err
				}
				return s.Invitations.Insert(ctx, i)
			})
			if err != nil {
				t.Fatal(err)
			}
			accept := func() error {
				_, err := h.AcceptInvitation(ctx, cleo, organizations.AcceptInvitation{ID: i.ID})
				return err
			}
			done := 0
			for _, err := range fixture.AtOnce(accept, accept, func() error { return h.RevokeInvitation(ctx, ada, o.ID, i.ID) }) {
				switch {
				case err == nil:
					done++
				case !errors.Is(err, identity.ErrInvitationAbsent):
					t.Fatalf("round %d: %v", round, err)
				}
			}
			if done != 1 {
				t.Fatalf("round %d: the invitation ended %d times", round, done)
			}
		}
	})
}

// TestAssignRole_HoldsOnEveryReplica has two replicas on one database and one Redis: what
// changes here holds there at the next request.
func TestAssignRole_HoldsOnEveryReplica(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			redis := harness.Redis(t)
			here, there := replica(t, h, redis), replica(t, h, redis)
			ada, ctx := h.MustManager(t, "ada"), t.Context()
			cleo := h.MustArrive(t, "cleo", identityport.RoleMember)
			in := h.MustEnter(t, "cleo@neoforge.test")
			seen := func() identity.Actor {
				t.Helper()
				a, err := there.AuthenticateSession(ctx, in.Secret)
				if err != nil {
					t.Fatal(err)
				}
				return a
			}
			role, err := here.CreateRole(ctx, ada, "Steward", nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := here.AssignRole(ctx, ada, cleo.UserID, identity.Role(role.Name)); err != nil {
				t.Fatal(err)
			}
			o, err := here.CreateOrganization(ctx, ada, "The Forge")
			if err != nil {
				t.Fatal(err)
			}
			for round := range 20 {
				held := []identity.Permission{}
				if round%2 == 0 {
					held = append(held, identity.PermissionManageUsers)
				}
				seen()
				if _, err := here.ChangeRole(ctx, ada, role.Name, organizations.RoleChange{Permissions: &held}); err != nil {
					t.Fatal(err)
				}
				if seen().May(identity.PermissionManageUsers) != (round%2 == 0) {
					t.Fatalf("round %d: there the role holds something else", round)
				}
				if round%2 == 0 {
					err = h.Deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
						return s.Invitations.Insert(ctx, identity.Invitation{
							ID: h.Deps.IDs.New(), Organization: o.ID, Email: identity.Email(cleo.Email), Role: identity.Reader, Hash: identity.NewSecret().Hash(),
							InvitedBy: ada.UserID, CreatedAt: h.Clock.Now(), ExpiresAt: h.Clock.Now().Add(identity.InvitationTTL),
						})
					})
					if err != nil {
						t.Fatal(err)
					}
					_, open, err := here.ListOrganizations(ctx, cleo)
					if err != nil || len(open) != 1 {
						t.Fatalf("round %d: invited to %d, %v", round, len(open), err)
					}
					_, err = here.AcceptInvitation(ctx, cleo, organizations.AcceptInvitation{ID: open[0].Invitation.ID})
					if err != nil || !seen().MemberOf(o.ID) {
						t.Fatalf("round %d: not a member there: %v", round, err)
					}
				} else if err := here.RemoveMember(ctx, ada, o.ID, cleo.UserID); err != nil || seen().MemberOf(o.ID) {
					t.Fatalf("round %d: still a member there: %v", round, err)
				}
			}
		})
	}
}
