package account

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
)

// RemoveTOTP turns the actor's authenticator app off; without any factor left the
// recovery codes go too. It fails with ErrNotSignedIn, ErrNotRecent and, when none
// is set up, ErrTOTPMissing; with ErrLastSecondFactor when one is required.
func (a *App) RemoveTOTP(ctx context.Context, actor identity.Actor) error {
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err := a.removeFactor(ctx, actor.UserID, now, func(ctx context.Context, s Stores) error {
		t, ok, err := s.TOTPs.ByUser(ctx, actor.UserID)
		if err != nil {
			return err
		}
		if !ok {
			return identity.ErrTOTPMissing
		}
		if _, err := s.TOTPs.Delete(ctx, actor.UserID); err != nil {
			return err
		}
		if !t.Active() {
			return nil // a set-up that was given up protected nothing
		}
		if err := dropCodesWithoutFactor(ctx, s, actor.UserID); err != nil {
			return err
		}
		return a.factorChanged(ctx, s, actor, "identity.totp_disabled", mails.Mail{Kind: mails.TOTPDisabled, User: actor.UserID}, now)
	})
	if err != nil {
		return fmt.Errorf("account: remove totp of %s: %w", actor.UserID, err)
	}
	return nil
}
