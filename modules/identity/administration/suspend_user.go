package administration

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// SuspendUser keeps somebody out: from their next request on, on every replica,
// and by every way of signing in, until they are restored. The reason is kept in
// the audit trail. It fails like [App.administer], and with ErrInvalidReason.
func (a *App) SuspendUser(ctx context.Context, by identity.Actor, id identity.UserID, reason string) error {
	if err := identity.CheckAdministration(by, identity.PermissionManageUsers); err != nil {
		return err
	}
	why, err := identity.ParseReason(reason)
	if err != nil {
		return err
	}
	return a.administer(ctx, adminAction{
		by: by, person: id, action: "identity.user_suspended", detail: why, ends: true,
		do: func(ctx context.Context, s Stores, u identity.User, now time.Time) error {
			if err := s.Users.Update(ctx, u.Suspend(now)); err != nil {
				return err
			}
			// Restored, they sign in anew.
			if err := s.MailTokens.EndLinks(ctx, u.ID); err != nil {
				return err
			}
			_, err := s.Sessions.RevokeAll(ctx, u.ID, now)
			return err
		},
	})
}

// RestoreUser lets somebody who was suspended in again.
func (a *App) RestoreUser(ctx context.Context, by identity.Actor, id identity.UserID) error {
	return a.administer(ctx, adminAction{
		by: by, person: id, action: "identity.user_restored",
		do: func(ctx context.Context, s Stores, u identity.User, now time.Time) error {
			return s.Users.Update(ctx, u.Restore(now))
		},
	})
}
