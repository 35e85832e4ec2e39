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
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// foundLimit bounds what one person can fill the database with.
var foundLimit = ratelimit.Limit{Count: 20, Per: time.Hour}

// OrganizationView is an organization as one of its members sees it: where they
// stand, and which roles there are beside the built-in ones.
type OrganizationView struct {
	Organization identity.Organization
	Role         identity.OrganizationRole
	Permissions  []identity.Permission
	Roles        []identity.CustomRole
	Members      int
	Invited      int // open invitations, which take a seat too
}

// May reports whether the member who looks holds p.
func (v OrganizationView) May(p identity.Permission) bool {
	return identity.Covers(v.Permissions, []identity.Permission{p})
}

// ListOrganizations returns where the actor belongs, their own organization first,
// and the open invitations to their proven address.
func (a *App) ListOrganizations(ctx context.Context, actor identity.Actor) ([]identity.Place, []InvitationView, error) {
	if !actor.SignedIn() {
		return nil, nil, identity.ErrNotSignedIn
	}
	places, err := a.deps.Reads.PlacesOf(ctx, actor.UserID)
	if err != nil {
		return nil, nil, fmt.Errorf("organizations: organizations of %s: %w", actor.UserID, err)
	}
	now := a.deps.Clock.Now()
	places = slices.DeleteFunc(places, func(p identity.Place) bool { return !p.EndsAt.IsZero() && !now.Before(p.EndsAt) })
	u, err := a.deps.Reads.User(ctx, actor.UserID)
	if err != nil {
		return nil, nil, fmt.Errorf("organizations: organizations of %s: %w", actor.UserID, err)
	}
	open, err := a.deps.Reads.OpenInvitationsTo(ctx, u.Email, now)
	if err != nil {
		return nil, nil, fmt.Errorf("organizations: invitations of %s: %w", actor.UserID, err)
	}
	views := make([]InvitationView, 0, len(open))
	for _, i := range open {
		view, err := a.viewInvitation(ctx, i)
		if errors.Is(err, identity.ErrOrganizationAbsent) {
			continue // deleted between the two queries
		}
		if err != nil {
			return nil, nil, err
		}
		views = append(views, view)
	}
	return places, views, nil
}

// OpenOrganization returns an organization that the actor belongs to;
// identity.ErrOrganizationAbsent for every other one, and
// identity.ErrSecondFactorNeeded while it gives the actor nothing without a factor.
func (a *App) OpenOrganization(ctx context.Context, actor identity.Actor, id identity.OrganizationID) (OrganizationView, error) {
	if !actor.SignedIn() {
		return OrganizationView{}, identity.ErrNotSignedIn
	}
	m, err := a.deps.Reads.Membership(ctx, id, actor.UserID)
	if errors.Is(err, identity.ErrMemberAbsent) || err == nil && m.Ended(a.deps.Clock.Now()) {
		return OrganizationView{}, identity.ErrOrganizationAbsent
	}
	if err != nil {
		return OrganizationView{}, fmt.Errorf("organizations: open organization %s: %w", id, err)
	}
	if slices.Contains(actor.Withheld, id) {
		return OrganizationView{}, identity.ErrSecondFactorNeeded
	}
	v := OrganizationView{Role: m.Role}
	if v.Organization, err = a.deps.Reads.Organization(ctx, id); err != nil {
		return OrganizationView{}, fmt.Errorf("organizations: open organization %s: %w", id, err)
	}
	if v.Roles, err = a.deps.Reads.CustomRolesOf(ctx, id); err != nil {
		return OrganizationView{}, fmt.Errorf("organizations: roles of organization %s: %w", id, err)
	}
	if v.Members, v.Invited, err = a.deps.Reads.Seated(ctx, id, a.deps.Clock.Now()); err != nil {
		return OrganizationView{}, fmt.Errorf("organizations: seats of organization %s: %w", id, err)
	}
	v.Permissions = scoped(actor, identity.OrganizationPermissions(a.deps.OrganizationPolicy, m.Role, v.Roles))
	return v, nil
}

// openFor is OpenOrganization for what needs a permission within it: ErrForbidden.
func (a *App) openFor(ctx context.Context, actor identity.Actor, id identity.OrganizationID, p identity.Permission) (OrganizationView, error) {
	v, err := a.OpenOrganization(ctx, actor, id)
	if err == nil && !v.May(p) {
		err = identity.ErrForbidden
	}
	return v, err
}

// CreateOrganization founds an organization that others can be invited to. Its
// founder owns it. It fails with ErrInvalidName, ErrTooManyOrganizations and
// ErrTooManyAttempts.
func (a *App) CreateOrganization(ctx context.Context, actor identity.Actor, name string) (identity.Organization, error) {
	if !actor.SignedIn() {
		return identity.Organization{}, identity.ErrNotSignedIn
	}
	name, err := identity.ParseName(name)
	if err != nil {
		return identity.Organization{}, err
	}
	if len(actor.Organizations)+len(actor.Withheld) >= identity.MaxOrganizations {
		return identity.Organization{}, identity.ErrTooManyOrganizations
	}
	if err := a.deps.Limits.Count(ctx, "identity.found:"+string(actor.UserID), foundLimit); err != nil {
		return identity.Organization{}, err
	}
	now := a.deps.Clock.Now()
	o := identity.Organization{ID: identity.OrganizationID(a.deps.IDs.New()), Name: name, CreatedAt: now}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if err := s.Organizations.Insert(ctx, o, actor.UserID); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.By(actor, "identity.organization_created", trail.Organization(o.ID), now))
	})
	if err != nil {
		return identity.Organization{}, fmt.Errorf("organizations: create organization %s: %w", o.ID, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagUser(actor.UserID))
	return o, nil
}

// RenameOrganization needs identity.PermissionUpdateOrganization. It fails with
// ErrInvalidName, and with ErrPersonalOrganization for one that bears its person's name.
func (a *App) RenameOrganization(ctx context.Context, actor identity.Actor, id identity.OrganizationID, name string) error {
	name, invalid := identity.ParseName(name)
	return a.changeOrganization(ctx, actor, id, identity.PermissionUpdateOrganization, "identity.organization_renamed",
		func(ctx context.Context, s Stores, at memberAccess, now time.Time) ([]identity.UserID, error) {
			if err := at.organization.MayShare(); err != nil {
				return nil, err
			}
			if invalid != nil {
				return nil, invalid
			}
			at.organization.Name, at.organization.UpdatedAt = name, now
			return nil, s.Organizations.Update(ctx, at.organization)
		})
}

// SetSeats says how many members and open invitations an organization may have; 0
// is any number. Whoever is in stays in. It is for what sells seats, and no route
// offers it.
func (a *App) SetSeats(ctx context.Context, id identity.OrganizationID, seats int) error {
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		o, err := s.Organizations.Lock(ctx, id)
		if err != nil {
			return err
		}
		o.Seats, o.UpdatedAt = max(seats, 0), now
		if err := s.Organizations.Update(ctx, o); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Entry(trail.System, "identity.seats_set", trail.Organization(id), "", now))
	})
	if err != nil {
		return fmt.Errorf("organizations: set the seats of %s: %w", id, err)
	}
	return nil
}

// DeleteOrganization ends a shared organization with its memberships, invitations
// and roles, and tells the other contexts. Only an owner does: ErrOwnersOnly. It
// fails with ErrPersonalOrganization.
func (a *App) DeleteOrganization(ctx context.Context, actor identity.Actor, id identity.OrganizationID) error {
	return a.changeOrganization(ctx, actor, id, "", "identity.organization_deleted",
		func(ctx context.Context, s Stores, at memberAccess, now time.Time) ([]identity.UserID, error) {
			if err := at.organization.MayShare(); err != nil {
				return nil, err
			}
			if err := at.ownsIt(); err != nil {
				return nil, err
			}
			members, err := s.Organizations.Members(ctx, id)
			if err != nil {
				return nil, err
			}
			if err := s.Organizations.Delete(ctx, id); err != nil {
				return nil, err
			}
			return members, a.deps.Trail.Publish(ctx, s.Events, now, identityport.OrganizationDeleted{OrganizationID: id})
		})
}
