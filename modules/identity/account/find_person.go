package account

import (
	"context"
	"fmt"
	"slices"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// FindPerson looks somebody up by their address, with the organizations that they
// belong to, their own first: for the command line and the seed, which know people by
// nothing else. No route offers it. It fails with ErrInvalidEmail and ErrUserNotFound.
func (a *App) FindPerson(ctx context.Context, address string) (identity.User, []identity.OrganizationID, error) {
	email, err := identity.ParseEmail(address)
	if err != nil {
		return identity.User{}, nil, err
	}
	user, err := a.deps.Reads.UserByEmail(ctx, email)
	if err != nil {
		return identity.User{}, nil, fmt.Errorf("account: find %s: %w", email, err)
	}
	memberships, err := a.deps.Reads.MembershipsOf(ctx, user.ID)
	if err != nil {
		return identity.User{}, nil, fmt.Errorf("account: organizations of %s: %w", user.ID, err)
	}
	memberships = identity.Current(memberships, a.deps.Clock.Now())
	if !slices.ContainsFunc(memberships, func(m identity.Membership) bool { return m.Personal }) {
		return identity.User{}, nil, fmt.Errorf("account: %s has no personal organization: %w", user.ID, identity.ErrOrganizationAbsent)
	}
	return user, identity.OrganizationsOf(memberships), nil
}
