package organizations

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cursor"
)

// ListMembers returns up to limit members of an organization, and the cursor of the next
// page; empty at the end. From is the cursor of the page before; empty: from the
// beginning. Every member may look; who lacks a second factor that the organization
// requires is told to whoever manages the members. It fails with ErrInvalidCursor.
func (a *App) ListMembers(ctx context.Context, actor identity.Actor, id identity.OrganizationID, from string, limit int) ([]identity.Member, string, error) {
	view, err := a.openFor(ctx, actor, id, identity.PermissionReadOrganization)
	if err != nil {
		return nil, "", err
	}
	after, ok := cursor.Decode(from, cursor.UUIDs)
	if !ok {
		return nil, "", identity.ErrInvalidCursor
	}
	limit = min(max(limit, 1), 100)
	list, err := a.deps.Reads.MembersOf(ctx, id, identity.UserID(after.ID), limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("organizations: members of %s: %w", id, err)
	}
	var next string
	if len(list) > limit {
		list = list[:limit]
		last := list[limit-1]
		next = cursor.Encode(cursor.Position{At: last.CreatedAt, ID: string(last.User)})
	}
	if since := view.Organization.FactorRequiredSince; !since.IsZero() && view.May(identity.PermissionManageMembers) {
		err = a.noteFactors(ctx, list, since)
	}
	return list, next, err
}

// noteFactors notes on members how they stand towards a second factor that their
// organization requires since a moment.
func (a *App) noteFactors(ctx context.Context, members []identity.Member, since time.Time) error {
	missing, err := a.withoutFactor(ctx, members)
	if err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	for i, m := range members {
		by := identity.RequiredSince(since, m.CreatedAt).Add(a.deps.SecondFactor.Grace)
		members[i].Factor = &identity.MemberFactor{Missing: missing[m.User], By: by, Over: !now.Before(by)}
	}
	return nil
}

// withoutFactor is which of the members have no second factor.
func (a *App) withoutFactor(ctx context.Context, members []identity.Member) (map[identity.UserID]bool, error) {
	ids := make([]identity.UserID, len(members))
	for i, m := range members {
		ids[i] = m.User
	}
	found, err := a.deps.Reads.WithoutFactor(ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("organizations: which members have no second factor: %w", err)
	}
	missing := make(map[identity.UserID]bool, len(found))
	for _, id := range found {
		missing[id] = true
	}
	return missing, nil
}

// ChangeMemberRole gives a member another role. It needs
// identity.PermissionManageMembers, and nobody gives or takes more than they hold.
// It fails with ErrMemberAbsent, ErrRoleAbsent, ErrBeyondOwn, ErrOwnersOnly and
// ErrLastOwner.
func (a *App) ChangeMemberRole(ctx context.Context, actor identity.Actor, id identity.OrganizationID, user identity.UserID, role identity.OrganizationRole) error {
	return a.changeOrganization(ctx, actor, id, identity.PermissionManageMembers, "identity.member_role_changed",
		func(ctx context.Context, s Stores, at memberAccess, _ time.Time) ([]identity.UserID, error) {
			if err := at.organization.MayShare(); err != nil {
				return nil, err
			}
			to, err := a.grantable(ctx, s, id, role)
			if err != nil {
				return nil, err
			}
			if err := a.reassign(ctx, s, at, user, role, to); err != nil {
				return nil, err
			}
			return []identity.UserID{user}, s.Organizations.SetRole(ctx, id, user, role)
		})
}

// RemoveMember takes somebody out of an organization, by the rules of
// ChangeMemberRole.
func (a *App) RemoveMember(ctx context.Context, actor identity.Actor, id identity.OrganizationID, user identity.UserID) error {
	return a.changeOrganization(ctx, actor, id, identity.PermissionManageMembers, "identity.member_removed",
		func(ctx context.Context, s Stores, at memberAccess, _ time.Time) ([]identity.UserID, error) {
			if err := at.organization.MayShare(); err != nil {
				return nil, err
			}
			if err := a.reassign(ctx, s, at, user, "", nil); err != nil {
				return nil, err
			}
			return []identity.UserID{user}, s.Organizations.Remove(ctx, id, user)
		})
}

// reassign holds the change of a member's role against the rules.
func (a *App) reassign(ctx context.Context, s Stores, at memberAccess, user identity.UserID, role identity.OrganizationRole, to []identity.Permission) error {
	m, err := s.Organizations.Member(ctx, at.organization.ID, user)
	if err != nil {
		return err
	}
	from, err := a.heldWithin(ctx, s, at.organization.ID, m.Role)
	if err != nil {
		return err
	}
	if err := identity.MayReassign(at.role, at.holds, m.Role, role, from, to); err != nil {
		return err
	}
	if m.Role != identity.Owner || role == identity.Owner {
		return nil
	}
	return keepsOwner(ctx, s, at.organization.ID, user)
}

func keepsOwner(ctx context.Context, s Stores, id identity.OrganizationID, leaving identity.UserID) error {
	owners, err := s.Organizations.Holders(ctx, id, identity.Owner)
	if err != nil {
		return err
	}
	return identity.KeepsOwner(owners, leaving)
}

// LeaveOrganization takes the actor out of an organization; ErrLastOwner,
// ErrPersonalOrganization.
func (a *App) LeaveOrganization(ctx context.Context, actor identity.Actor, id identity.OrganizationID) error {
	return a.changeOrganization(ctx, actor, id, "", "identity.member_left",
		func(ctx context.Context, s Stores, at memberAccess, _ time.Time) ([]identity.UserID, error) {
			if err := at.organization.MayShare(); err != nil {
				return nil, err
			}
			if at.role == identity.Owner {
				if err := keepsOwner(ctx, s, id, actor.UserID); err != nil {
					return nil, err
				}
			}
			return []identity.UserID{actor.UserID}, s.Organizations.Remove(ctx, id, actor.UserID)
		})
}

// TransferOrganization makes another member an owner, and the actor staff. Only an
// owner does: ErrOwnersOnly. It fails with ErrMemberAbsent and
// ErrPersonalOrganization.
func (a *App) TransferOrganization(ctx context.Context, actor identity.Actor, id identity.OrganizationID, to identity.UserID) error {
	return a.changeOrganization(ctx, actor, id, "", "identity.organization_transferred",
		func(ctx context.Context, s Stores, at memberAccess, _ time.Time) ([]identity.UserID, error) {
			if err := at.organization.MayShare(); err != nil {
				return nil, err
			}
			if err := at.ownsIt(); err != nil {
				return nil, err
			}
			if err := s.Organizations.SetRole(ctx, id, to, identity.Owner); err != nil {
				return nil, err
			}
			if to == actor.UserID {
				return nil, nil // who hands it to themselves keeps it
			}
			return []identity.UserID{actor.UserID, to}, s.Organizations.SetRole(ctx, id, actor.UserID, identity.Staff)
		})
}
