package identity_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func isOneOf(err error, these ...error) bool {
	for _, e := range these {
		if errors.Is(err, e) {
			return true
		}
	}
	return err == nil
}

func TestAssignRole_LeavesOneOfTwoAdministratorsWhoActOnEachOther(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		all := []identity.Permission{"content.comment", identity.PermissionManageUsers, identity.PermissionManageRoles}
		h.Deps.Policy[identityport.RoleAdministrator] = all
		ctx := t.Context()
		ways := []func(by, other identity.Actor) error{
			func(by, other identity.Actor) error {
				return h.SuspendUser(ctx, by, other.UserID, "A quarrel.")
			},
			func(by, other identity.Actor) error {
				return h.AssignRole(ctx, by, other.UserID, identityport.RoleMember)
			},
			func(by, other identity.Actor) error { return h.ErasePerson(ctx, by, other.UserID) },
			func(by, _ identity.Actor) error {
				return h.AssignRole(ctx, by, by.UserID, identityport.RoleMember)
			},
			func(by, _ identity.Actor) error { return h.EraseUser(ctx, by, by.UserID) },
		}
		for round := range fixture.Rounds(200) {
			ada, eve := h.MustNewcomer(t, identityport.RoleAdministrator, all...), h.MustNewcomer(t, identityport.RoleAdministrator, all...)
			first, second := round%len(ways), round/len(ways)%len(ways)
			for _, err := range fixture.AtOnce(func() error { return ways[first](ada, eve) }, func() error { return ways[second](eve, ada) }) {
				// Of two who mean the same person the later may find them gone.
				if !isOneOf(err, identity.ErrLastAdministrator, identity.ErrUserNotFound) {
					t.Errorf("round %d, ways %d and %d: %v", round, first, second, err)
				}
			}
			h.MustDo(t, func(ctx context.Context, s identity.Stores) error {
				left, err := s.Roles.Administrators(ctx)
				if err == nil && len(left) != 1 {
					t.Fatalf("round %d, ways %d and %d: %d administrators are left", round, first, second, len(left))
				}
				for _, id := range left { // the next round has administrators of its own
					u, err := s.Users.ByID(ctx, id)
					if err != nil {
						return err
					}
					u.Role = identityport.RoleMember
					if err := s.Users.Update(ctx, u); err != nil {
						return err
					}
				}
				return err
			})
		}
	})
}

func TestEraseUser_LeavesAnOwnerOfAnErasedOnesOrganization(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		ben, ctx := h.MustNewcomer(t, identityport.RoleMember), t.Context()
		root := h.MustNewcomer(t, identityport.RoleAdministrator, identity.PermissionManageUsers)
		for round := range fixture.Rounds(200) {
			ada, cleo := h.MustNewcomer(t, identityport.RoleMember), h.MustNewcomer(t, identityport.RoleMember)
			o := identity.Organization{ID: identity.OrganizationID(h.Deps.IDs.New()), Name: "Race", CreatedAt: h.Clock.Now()}
			h.MustDo(t, func(ctx context.Context, s identity.Stores) error {
				if err := s.Organizations.Insert(ctx, o, ada.UserID); err != nil {
					return err
				}
				if err := s.Organizations.Join(ctx, identity.Membership{Organization: o.ID, User: ben.UserID, Role: identity.Reader, CreatedAt: o.CreatedAt}); err != nil {
					return err
				}
				return s.Organizations.Join(ctx, identity.Membership{Organization: o.ID, User: cleo.UserID, Role: identity.Owner, CreatedAt: o.CreatedAt})
			})
			erasures := []func(a identity.Actor) error{
				func(a identity.Actor) error { return h.EraseUser(ctx, a, a.UserID) },
				func(a identity.Actor) error { return h.ErasePerson(ctx, root, a.UserID) },
			}
			ways := []func(a, other identity.Actor) error{
				func(a, _ identity.Actor) error { return erasures[0](a) },
				func(a, _ identity.Actor) error { return erasures[1](a) },
				func(a, _ identity.Actor) error { return h.LeaveOrganization(ctx, a, o.ID) },
				func(a, _ identity.Actor) error {
					return h.ChangeMember(ctx, a, o.ID, a.UserID, organizations.MemberChange{Role: new(identity.Reader)})
				},
				func(a, other identity.Actor) error { return h.RemoveMember(ctx, a, o.ID, other.UserID) },
				func(a, _ identity.Actor) error { return h.TransferOrganization(ctx, a, o.ID, ben.UserID) },
			}
			erase, way := erasures[round%2], ways[round/2%len(ways)]
			for _, err := range fixture.AtOnce(func() error { return erase(ada) }, func() error { return way(cleo, ada) }) {
				if !isOneOf(err, identity.ErrLastOwner, identity.ErrOwnsOrganizations, identity.ErrMemberAbsent) {
					t.Errorf("round %d, way %d: %v", round, round/2%len(ways), err)
				}
			}
			h.MustDo(t, func(ctx context.Context, s identity.Stores) error {
				owners, err := s.Organizations.Holders(ctx, o.ID, identity.Owner)
				if err == nil && len(owners) == 0 {
					t.Fatalf("round %d, way %d: ben belongs to what nobody owns", round, round/2%len(ways))
				}
				return err
			})
		}
	})
}

// TestUnlinkIdentity_LeavesOneOfAllAuthMethodsAtOnce has somebody without a password disconnect both of their accounts
// and remove their passkey at one moment.
func TestUnlinkIdentity_LeavesOneOfAllAuthMethodsAtOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		for round := range fixture.Rounds(200) {
			h.Clock.Advance(time.Hour) // the limits of attempts are not what is tested
			first, second := "a"+h.Deps.IDs.New(), "b"+h.Deps.IDs.New()
			cleo := h.MustActor(t, h.MustCome(t, fixture.VerifiedClaim(first, first+"@neoforge.test")).Secret)
			h.Provider.Answers(fixture.VerifiedClaim(second, ""))
			if _, err := h.LinkIdentity(t.Context(), h.MustBeginLink(t, cleo)); err != nil {
				t.Fatal(err)
			}
			_, key := h.MustAddPasskey(t, cleo, "Laptop")
			going := []func() error{func() error { return h.RemovePasskey(t.Context(), cleo, key.Passkey.ID) }}
			for _, c := range h.MustConnections(t, cleo) {
				going = append(going, func() error { return h.UnlinkIdentity(t.Context(), cleo, c.ID) })
			}
			for _, err := range fixture.AtOnce(going...) {
				if !isOneOf(err, identity.ErrLastAuthMethod) {
					t.Errorf("round %d: %v", round, err)
				}
			}
			s, err := h.Security(t.Context(), cleo)
			if err != nil {
				t.Fatal(err)
			}
			if ways := len(s.Passkeys) + len(h.MustConnections(t, cleo)); ways != 1 {
				t.Fatalf("round %d: %d ways in are left", round, ways)
			}
		}
	})
}

// TestEndMemberships_WaitsForWhoChangesTheMember: the job that ends memberships locks an
// organization before it deletes a member's row, as whoever changes the member does. The
// other way round each would wait for the other.
func TestEndMemberships_WaitsForWhoChangesTheMember(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		ctx := t.Context()
		for round := range fixture.Rounds(100) {
			ada, cleo := h.MustNewcomer(t, identityport.RoleMember), h.MustNewcomer(t, identityport.RoleMember)
			o := identity.Organization{ID: identity.OrganizationID(h.Deps.IDs.New()), Name: "Race", CreatedAt: h.Clock.Now()}
			h.MustDo(t, func(ctx context.Context, s identity.Stores) error {
				if err := s.Organizations.Insert(ctx, o, ada.UserID); err != nil {
					return err
				}
				return s.Organizations.Join(ctx, identity.Membership{Organization: o.ID, User: cleo.UserID, Role: identity.Reader, CreatedAt: o.CreatedAt, EndsAt: h.Clock.Now()})
			})
			for _, err := range fixture.AtOnce(
				func() error { return h.Run(t, "identity.end_memberships", nil) },
				func() error {
					return h.ChangeMember(ctx, ada, o.ID, cleo.UserID, organizations.MemberChange{Until: new(h.Clock.Now().Add(time.Hour))})
				},
			) {
				if !isOneOf(err, identity.ErrMemberAbsent) {
					t.Errorf("round %d: %v", round, err)
				}
			}
		}
	})
}
