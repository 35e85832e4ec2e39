package organizations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// memberAccess is what somebody is and may do within an organization, read in the
// transaction that changes it.
type memberAccess struct {
	organization identity.Organization
	role         identity.OrganizationRole
	holds        []identity.Permission
	ends         time.Time // zero: never
	withheld     bool      // until the actor has a second factor
}

// may reports identity.ErrForbidden unless the standing includes p, and
// identity.ErrSecondFactorNeeded while the organization gives the actor nothing.
func (s memberAccess) may(p identity.Permission) error {
	if s.withheld {
		return identity.ErrSecondFactorNeeded
	}
	if !identity.Covers(s.holds, []identity.Permission{p}) {
		return identity.ErrForbidden
	}
	return nil
}

// ownsIt reports identity.ErrOwnersOnly unless it is an owner's, and
// identity.ErrSecondFactorNeeded as may does.
func (s memberAccess) ownsIt() error {
	switch {
	case s.withheld:
		return identity.ErrSecondFactorNeeded
	case s.role != identity.Owner:
		return identity.ErrOwnersOnly
	}
	return nil
}

// requireMember locks an organization and returns where the actor stands in it. Whoever
// does not belong to it is told what they would be told if it did not exist:
// identity.ErrOrganizationAbsent.
func (a *App) requireMember(ctx context.Context, s Stores, actor identity.Actor, id identity.OrganizationID) (memberAccess, error) {
	o, err := s.Organizations.Lock(ctx, id)
	if err != nil {
		return memberAccess{}, err
	}
	m, err := s.Organizations.Member(ctx, id, actor.UserID)
	if errors.Is(err, identity.ErrMemberAbsent) || err == nil && m.Ended(a.deps.Clock.Now()) {
		return memberAccess{}, identity.ErrOrganizationAbsent
	}
	if err != nil {
		return memberAccess{}, err
	}
	if slices.Contains(actor.Withheld, id) {
		return memberAccess{organization: o, role: m.Role, ends: m.EndsAt, withheld: true}, nil
	}
	holds, err := a.heldWithin(ctx, s, id, m.Role)
	return memberAccess{organization: o, role: m.Role, ends: m.EndsAt, holds: scoped(actor, holds)}, err
}

// scoped leaves of what a member holds what the personal access token names that the
// request came with, and that every member reads.
func scoped(actor identity.Actor, holds []identity.Permission) []identity.Permission {
	if actor.TokenID == "" {
		return holds
	}
	return slices.DeleteFunc(slices.Clone(holds), func(p identity.Permission) bool {
		return p != identity.PermissionReadOrganization && !slices.Contains(actor.Scopes, string(p))
	})
}

// heldWithin returns what a role holds. One that is gone holds what every member does.
func (a *App) heldWithin(ctx context.Context, s Stores, id identity.OrganizationID, role identity.OrganizationRole) ([]identity.Permission, error) {
	policy := a.deps.OrganizationPolicy
	if policy.BuiltIn(role) {
		return policy[role], nil
	}
	custom, err := s.Roles.Lock(ctx, id, string(role))
	if errors.Is(err, identity.ErrRoleAbsent) {
		return identity.OrganizationPermissions(policy, role, nil), nil
	}
	return identity.OrganizationPermissions(policy, role, []identity.CustomRole{custom}), err
}

// grantable returns what a role holds that is about to be given to somebody;
// identity.ErrRoleAbsent when there is no such role.
func (a *App) grantable(ctx context.Context, s Stores, id identity.OrganizationID, role identity.OrganizationRole) ([]identity.Permission, error) {
	if a.deps.OrganizationPolicy.BuiltIn(role) {
		return a.deps.OrganizationPolicy[role], nil
	}
	custom, err := s.Roles.Lock(ctx, id, string(role))
	if err != nil {
		return nil, err
	}
	return identity.OrganizationPermissions(a.deps.OrganizationPolicy, role, []identity.CustomRole{custom}), nil
}

// changeOrganization lets a member who holds need change an organization: do's
// changes and the audit entry of action are written together, then every replica
// forgets what it knows of those that do names. An empty need is membership alone.
func (a *App) changeOrganization(ctx context.Context, actor identity.Actor, id identity.OrganizationID, need identity.Permission, action string,
	do func(ctx context.Context, s Stores, at memberAccess, now time.Time) (stale []identity.UserID, err error),
) error {
	return a.changeInDetail(ctx, actor, id, need, action, func(ctx context.Context, s Stores, at memberAccess, now time.Time) ([]identity.UserID, string, error) {
		stale, err := do(ctx, s, at, now)
		return stale, "", err
	})
}

// changeInDetail is changeOrganization for what the audit entry says more of.
func (a *App) changeInDetail(ctx context.Context, actor identity.Actor, id identity.OrganizationID, need identity.Permission, action string,
	do func(ctx context.Context, s Stores, at memberAccess, now time.Time) (stale []identity.UserID, detail string, err error),
) error {
	if !actor.SignedIn() {
		return identity.ErrNotSignedIn
	}
	now := a.deps.Clock.Now()
	var stale []identity.UserID
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		at, err := a.requireMember(ctx, s, actor, id)
		if err != nil {
			return err
		}
		if need != "" {
			if err := at.may(need); err != nil {
				return err
			}
		}
		var detail string
		if stale, detail, err = do(ctx, s, at, now); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Detailed(actor, action, trail.Organization(id), detail, now))
	})
	if err != nil {
		return fmt.Errorf("organizations: %s on %s: %w", action, id, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagsOfUsers(stale)...)
	return nil
}
