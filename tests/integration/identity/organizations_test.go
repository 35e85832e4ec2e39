package identity_test

import (
	"context"
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

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
					return h.ChangeMember(ctx, a, o.ID, a.UserID, organizations.MemberChange{Role: new(identity.Reader)})
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

// TestAcceptInvitation_IsOneInTwoPlacesAtOnce has an invitation accepted and revoked at once.
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
