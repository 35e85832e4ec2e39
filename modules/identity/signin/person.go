package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// person is what is kept about somebody from one request of theirs to the next. It
// names roles; what the built-in ones hold is added on the way out, so that little
// has to be read at every request.
type person struct {
	ID      identity.UserID `json:"id"`
	Name    string          `json:"name"`
	Email   string          `json:"email"`
	Role    identity.Role   `json:"role"`
	Places  []place         `json:"places"`
	Picture string          `json:"picture,omitempty"`
	EraseAt time.Time       `json:"erase_at,omitzero"`
	// Missing is what requires a second factor of somebody without one.
	Missing identity.MissingFactor `json:"missing_factor,omitzero"`
}

// place is one organization of a person's. Holds is what a role that the
// organization made holds; a built-in role leaves it empty.
type place struct {
	ID    identity.OrganizationID   `json:"id"`
	Role  identity.OrganizationRole `json:"role"`
	Holds []identity.Permission     `json:"holds,omitempty"`
	Ends  time.Time                 `json:"ends,omitzero"`
}

// loadPerson returns who somebody is in any request of theirs, whatever it comes
// with; ErrUserNotFound, ErrSuspended, ErrEmailUnproven.
func (a *App) loadPerson(ctx context.Context, id identity.UserID) (person, error) {
	u, err := a.deps.Reads.User(ctx, id)
	if err != nil {
		return person{}, err
	}
	if err := u.MaySignIn(); err != nil {
		return person{}, err
	}
	members, err := a.deps.Reads.MembershipsOf(ctx, u.ID)
	if err != nil {
		return person{}, err
	}
	places := make([]place, len(members))
	for i, m := range members {
		if places[i], err = a.loadPlace(ctx, m); err != nil {
			return person{}, err
		}
	}
	picture, err := a.deps.Reads.AvatarETag(ctx, u.ID)
	if err != nil {
		return person{}, err
	}
	missing, err := a.missingFactor(ctx, u, members)
	if err != nil {
		return person{}, err
	}
	return person{
		ID: u.ID, Name: u.Name, Email: string(u.Email), Role: u.Role, Places: places, Picture: picture, EraseAt: u.EraseAt, Missing: missing,
	}, nil
}

// ActorOf makes the actor of a request of somebody's, as of now, without one: to ask what
// they may do. It fails with identity.ErrUserNotFound, identity.ErrSuspended and identity.ErrEmailUnproven.
func (a *App) ActorOf(ctx context.Context, id identity.UserID) (identity.Actor, error) {
	p, err := a.loadPerson(ctx, id)
	if err != nil {
		return identity.Actor{}, fmt.Errorf("signin: actor of %s: %w", id, err)
	}
	return a.actorOf(ctx, p)
}

func (a *App) loadPlace(ctx context.Context, m identity.Membership) (place, error) {
	p := place{ID: m.Organization, Role: m.Role, Ends: m.EndsAt}
	if a.deps.OrganizationPolicy.BuiltIn(m.Role) {
		return p, nil
	}
	var made []identity.CustomRole
	switch role, err := a.deps.Reads.CustomRole(ctx, m.Organization, string(m.Role)); {
	case err == nil:
		made = append(made, role)
	case !errors.Is(err, identity.ErrRoleAbsent):
		return p, err
	}
	p.Holds = identity.OrganizationPermissions(a.deps.OrganizationPolicy, m.Role, made)
	return p, nil
}

// actorOf makes the actor of a request of the person's, with what follows from
// their roles and from the lack of a second factor that is required. What it names of the built-in roles is shared: nobody writes to it.
func (a *App) actorOf(ctx context.Context, p person) (identity.Actor, error) {
	permissions, err := a.deps.Roles.PermissionsOf(ctx, p.Role)
	if err != nil {
		return identity.Actor{}, fmt.Errorf("signin: read what role %s holds: %w", p.Role, err)
	}
	organizations := make([]identity.OrganizationID, 0, len(p.Places))
	within := make(map[identity.OrganizationID][]identity.Permission, len(p.Places))
	now := a.deps.Clock.Now()
	for _, at := range p.Places {
		if !at.Ends.IsZero() && !now.Before(at.Ends) {
			continue // whenever it was read, and whether it is removed yet
		}
		organizations, within[at.ID] = append(organizations, at.ID), at.Holds
		if builtIn, ok := a.deps.OrganizationPolicy[at.Role]; ok {
			within[at.ID] = builtIn
		}
	}
	actor := identity.Actor{
		UserID: p.ID, Name: p.Name, Email: p.Email, Role: p.Role, Permissions: permissions,
		Organizations: organizations, Within: within, Picture: p.Picture, EraseAt: p.EraseAt,
	}
	return p.Missing.Standing(a.deps.SecondFactor.Grace, now).Narrow(actor), nil
}
