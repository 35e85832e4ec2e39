package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// ResetSecondFactors takes all second factors from somebody who lost them:
// authenticator app, recovery codes and passkeys. The person signs in with what is
// left, is told by letter, and sets new ones up. It fails with ErrNotSignedIn,
// ErrForbidden and ErrUserNotFound.
func (a *App) ResetSecondFactors(ctx context.Context, by identity.Actor, id identity.UserID) error {
	switch {
	case !by.SignedIn():
		return identity.ErrNotSignedIn
	case !by.May(identity.PermissionManageUsers) || by.Impersonator != "":
		return identity.ErrForbidden
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		if _, err := s.Users.ByID(ctx, id); err != nil {
			return err
		}
		if err := dropFactors(ctx, s, id); err != nil {
			return err
		}
		if err := s.Audit.Append(ctx, a.entry(string(by.UserID), "identity.second_factors_reset", userResource(id), by.Address, now)); err != nil {
			return err
		}
		return a.post(ctx, s, letter{Kind: letterSecondFactorsReset, User: id})
	})
	if err != nil {
		return fmt.Errorf("identityapp: reset the second factors of %s: %w", id, err)
	}
	return a.forget(ctx, identity.TagUser(id))
}
