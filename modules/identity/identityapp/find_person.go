package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// FindPerson looks somebody up by their address, with their personal organization:
// for the command line and the seed, which know people by nothing else. No route
// offers it. It fails with ErrInvalidEmail and ErrUserNotFound.
func (a *App) FindPerson(ctx context.Context, address string) (identity.User, identity.OrganizationID, error) {
	email, err := identity.ParseEmail(address)
	if err != nil {
		return identity.User{}, "", err
	}
	user, err := a.deps.Reads.UserByEmail(ctx, email)
	if err != nil {
		return identity.User{}, "", fmt.Errorf("identityapp: find %s: %w", email, err)
	}
	memberships, err := a.deps.Reads.MembershipsOf(ctx, user.ID)
	if err != nil {
		return identity.User{}, "", fmt.Errorf("identityapp: organizations of %s: %w", user.ID, err)
	}
	for _, m := range memberships {
		if m.Personal {
			return user, m.Organization, nil
		}
	}
	return identity.User{}, "", fmt.Errorf("identityapp: %s has no personal organization: %w", user.ID, identity.ErrOrganizationAbsent)
}
