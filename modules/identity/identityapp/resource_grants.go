package identityapp

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

var _ identityport.Grants = (*App)(nil)

// grantLimit bounds how many addresses somebody can ask after.
var grantLimit = ratelimit.Limit{Count: 60, Per: time.Hour}

// errNotGranted is the answer to taking back what was never given.
var errNotGranted = fault.New(fault.NotFound, "identity.grant_not_found", "Nothing of the kind was granted.")

// May implements [identityport.Grants].
func (a *App) May(ctx context.Context, user identity.UserID, p identity.Permission, resource string) (bool, error) {
	yes, err := a.deps.Reads.Granted(ctx, user, p, resource)
	if err != nil {
		return false, fmt.Errorf("identityapp: grant of %s on %s: %w", user, resource, err)
	}
	return yes, nil
}

// GrantOnResource implements [identityport.Grants]. An address that was never proven
// is nobody's: ErrUserNotFound.
func (a *App) GrantOnResource(ctx context.Context, by identity.Actor, address string, p identity.Permission, resource string) (identity.Person, error) {
	if !by.SignedIn() {
		return identity.Person{}, identity.ErrNotSignedIn
	}
	if err := identity.CheckGrant(p, resource); err != nil {
		return identity.Person{}, err
	}
	email, err := identity.ParseEmail(address)
	if err != nil {
		return identity.Person{}, err
	}
	if err := a.count(ctx, "identity.grant:"+string(by.UserID), grantLimit); err != nil {
		return identity.Person{}, err
	}
	now := a.deps.Clock.Now()
	var person identity.Person
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		u, err := s.Users.ByEmail(ctx, email)
		if err != nil {
			return err
		}
		if !u.EmailVerified {
			return identity.ErrUserNotFound
		}
		person = personOf(u)
		added, err := s.Grants.Put(ctx, identity.ResourceGrant{
			ID: a.deps.IDs.New(), User: u.ID, Permission: p, Resource: resource, GrantedBy: by.UserID, CreatedAt: now,
		})
		if err != nil || !added {
			return err
		}
		return s.Audit.Append(ctx, a.actedOn(by, "identity.resource_granted", resource, now))
	})
	if err != nil {
		return identity.Person{}, fmt.Errorf("identityapp: grant on %s: %w", resource, err)
	}
	return person, nil
}

// RevokeGrant implements [identityport.Grants].
func (a *App) RevokeGrant(ctx context.Context, by identity.Actor, user identity.UserID, p identity.Permission, resource string) error {
	if !by.SignedIn() {
		return identity.ErrNotSignedIn
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		gone, err := s.Grants.Delete(ctx, user, p, resource)
		if err != nil {
			return err
		}
		if !gone {
			return errNotGranted
		}
		return s.Audit.Append(ctx, a.actedOn(by, "identity.resource_grant_revoked", resource, now))
	})
	if err != nil {
		return fmt.Errorf("identityapp: revoke the grant of %s on %s: %w", user, resource, err)
	}
	return nil
}

// ListGrants implements [identityport.Grants].
func (a *App) ListGrants(ctx context.Context, p identity.Permission, resource string) ([]identity.Person, error) {
	people, err := a.deps.Reads.GrantsOn(ctx, p, resource)
	if err != nil {
		return nil, fmt.Errorf("identityapp: grants on %s: %w", resource, err)
	}
	return people, nil
}
