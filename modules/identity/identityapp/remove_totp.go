package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// RemoveTOTP turns the actor's authenticator app off; without any factor left the
// recovery codes go too. It fails with ErrNotSignedIn, ErrNotRecent and, when none
// is set up, ErrTOTPMissing; with ErrLastSecondFactor when one is required.
func (a *App) RemoveTOTP(ctx context.Context, actor identity.Actor) error {
	if err := a.recently(actor); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err := a.removeFactor(ctx, actor.UserID, now, func(ctx context.Context, s identity.Stores) error {
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
		if err := factorGone(ctx, s, actor.UserID); err != nil {
			return err
		}
		return a.factorChanged(ctx, s, actor, "identity.totp_disabled", letter{Kind: letterTOTPDisabled, User: actor.UserID}, now)
	})
	if err != nil {
		return fmt.Errorf("identityapp: remove totp of %s: %w", actor.UserID, err)
	}
	return nil
}
