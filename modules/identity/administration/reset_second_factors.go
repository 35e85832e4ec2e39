package administration

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
)

// ResetSecondFactors takes all second factors from somebody who lost them:
// authenticator app, recovery codes and passkeys. The person signs in with what is
// left, is told by mail, and sets new ones up. It fails with ErrNotSignedIn,
// ErrForbidden and ErrUserNotFound.
func (a *App) ResetSecondFactors(ctx context.Context, by identity.Actor, id identity.UserID) error {
	switch {
	case !by.SignedIn():
		return identity.ErrNotSignedIn
	case !by.May(identity.PermissionManageUsers) || by.Impersonator != "":
		return identity.ErrForbidden
	}
	now := a.deps.Clock.Now()
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if _, err := s.Users.ByID(ctx, id); err != nil {
			return err
		}
		if err := factors.Drop(ctx, s.factors(), id); err != nil {
			return err
		}
		if err := s.Audit.Append(ctx, a.deps.Trail.Entry(string(by.UserID), "identity.second_factors_reset", trail.User(id), by.IP, now)); err != nil {
			return err
		}
		return mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.SecondFactorsReset, User: id})
	})
	if err != nil {
		return fmt.Errorf("administration: reset the second factors of %s: %w", id, err)
	}
	cached.Invalidate(ctx, a.deps.Cache, identity.TagUser(id))
	return nil
}
