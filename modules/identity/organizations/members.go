package organizations

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
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

// MemberChange is what becomes of a member; nil leaves a part as it is.
type MemberChange struct {
	Role  *identity.OrganizationRole
	Until *time.Time // zero: until it is taken back
}

// ChangeMember gives a member another role, or says until when they have it. It needs
// identity.PermissionManageMembers, and nobody gives or takes more than they hold.
// The member is told by mail of what changed. It fails with ErrMemberAbsent, ErrRoleAbsent,
// ErrBeyondOwn, ErrOwnersOnly, ErrLastOwner, ErrMembershipEnded, ErrEndTooLate,
// ErrOwnerWithoutEnd, ErrOwnEnd and ErrBeyondOwnEnd.
func (a *App) ChangeMember(ctx context.Context, actor identity.Actor, id identity.OrganizationID, user identity.UserID, c MemberChange) error {
	return a.changeInDetail(ctx, actor, id, identity.PermissionManageMembers, "identity.member_role_changed",
		func(ctx context.Context, s Stores, at memberAccess, now time.Time) ([]identity.UserID, string, error) {
			if err := at.organization.MayShare(); err != nil {
				return nil, "", err
			}
			before, err := s.Organizations.Member(ctx, id, user)
			if err != nil {
				return nil, "", err
			}
			after := before
			if c.Role != nil {
				after.Role = *c.Role
			}
			if c.Until != nil {
				after.EndsAt = *c.Until
			}
			if user == actor.UserID && at.role != identity.Owner && !after.EndsAt.Equal(before.EndsAt) {
				return nil, "", identity.InField("until", identity.ErrOwnEnd)
			}
			if err := identity.CheckEnd(after.Role, after.EndsAt, now); err != nil {
				return nil, "", identity.InField("until", err)
			}
			to, err := a.grantable(ctx, s, id, after.Role)
			if err != nil {
				return nil, "", err
			}
			from, err := a.reassign(ctx, s, at, before, after.Role, to)
			if err != nil {
				return nil, "", err
			}
			if later := !before.EndsAt.IsZero() && (after.EndsAt.IsZero() || after.EndsAt.After(before.EndsAt)); later || !identity.Covers(from, to) {
				if err := identity.MayGiveUntil(at.ends, after.EndsAt); err != nil {
					return nil, "", identity.InField("until", err)
				}
			}
			if err := s.Organizations.SetRole(ctx, id, user, after.Role, after.EndsAt); err != nil {
				return nil, "", err
			}
			if user != actor.UserID && (after.Role != before.Role || !after.EndsAt.Equal(before.EndsAt)) {
				if err := mails.Post(ctx, s.Jobs, memberMail(mails.MemberChanged, at.organization, after)); err != nil {
					return nil, "", err
				}
			}
			return []identity.UserID{user}, memberDetail(after), nil
		})
}

// memberMail is the mail to a member about what became of their membership.
func memberMail(kind mails.Kind, o identity.Organization, m identity.Membership) mails.Mail {
	return mails.Mail{Kind: kind, User: m.User, Data: map[string]string{"organization": o.Name, "role": string(m.Role), "until": day(m.EndsAt)}}
}

// memberDetail says in the audit trail who has which role, and until when.
func memberDetail(m identity.Membership) string {
	detail := string(m.Role) + " for " + trail.User(m.User)
	if !m.EndsAt.IsZero() {
		detail += " until " + m.EndsAt.UTC().Format(time.RFC3339)
	}
	return detail
}

// RemoveMember takes somebody out of an organization, by the rules of ChangeMember, and
// tells them by mail.
func (a *App) RemoveMember(ctx context.Context, actor identity.Actor, id identity.OrganizationID, user identity.UserID) error {
	return a.changeInDetail(ctx, actor, id, identity.PermissionManageMembers, "identity.member_removed",
		func(ctx context.Context, s Stores, at memberAccess, _ time.Time) ([]identity.UserID, string, error) {
			if err := at.organization.MayShare(); err != nil {
				return nil, "", err
			}
			m, err := s.Organizations.Member(ctx, id, user)
			if err != nil {
				return nil, "", err
			}
			if _, err := a.reassign(ctx, s, at, m, "", nil); err != nil {
				return nil, "", err
			}
			if err := s.Organizations.Remove(ctx, id, user); err != nil {
				return nil, "", err
			}
			if user != actor.UserID {
				if err := mails.Post(ctx, s.Jobs, memberMail(mails.MemberRemoved, at.organization, m)); err != nil {
					return nil, "", err
				}
			}
			return []identity.UserID{user}, memberDetail(m), nil
		})
}

// reassign holds the change of a member's role against the rules, and answers what the
// member held.
func (a *App) reassign(ctx context.Context, s Stores, at memberAccess, m identity.Membership, role identity.OrganizationRole, to []identity.Permission) (from []identity.Permission, err error) {
	if from, err = a.heldWithin(ctx, s, at.organization.ID, m.Role); err != nil {
		return nil, err
	}
	if err := identity.MayReassign(at.role, at.holds, m.Role, role, from, to); err != nil {
		return nil, err
	}
	if m.Role != identity.Owner || role == identity.Owner {
		return from, nil
	}
	return from, keepsOwner(ctx, s, at.organization.ID, m.User)
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
			if err := s.Organizations.SetRole(ctx, id, to, identity.Owner, time.Time{}); err != nil {
				return nil, err
			}
			if to == actor.UserID {
				return nil, nil // who hands it to themselves keeps it
			}
			return []identity.UserID{actor.UserID, to}, s.Organizations.SetRole(ctx, id, actor.UserID, identity.Staff, time.Time{})
		})
}
