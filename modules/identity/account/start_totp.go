package account

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// TOTPSetup is an authenticator app that is being set up: the secret to type, the
// text that apps read, and its QR code as rows of modules.
type TOTPSetup struct {
	Secret string
	URI    string
	QR     [][]bool
}

// StartTOTP makes a new secret for the actor's authenticator app, over one that was
// never confirmed. It fails with ErrNotSignedIn, ErrNotRecent and ErrTOTPActive.
func (a *App) StartTOTP(ctx context.Context, actor identity.Actor) (TOTPSetup, error) {
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return TOTPSetup{}, err
	}
	secret, err := a.deps.TimeCodes.NewSecret()
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("account: start totp of %s: %w", actor.UserID, err)
	}
	sealed, err := a.deps.Sealer.Seal(identity.TOTPLabel(actor.UserID), []byte(secret))
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("account: start totp of %s: %w", actor.UserID, err)
	}
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		return s.TOTPs.Begin(ctx, identity.TOTP{User: actor.UserID, SealedSecret: sealed, CreatedAt: now})
	})
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("account: start totp of %s: %w", actor.UserID, err)
	}
	return a.describeTOTP(actor, secret)
}

// PendingTOTP returns what StartTOTP began; ErrNotSignedIn, ErrNotRecent and
// ErrTOTPMissing.
func (a *App) PendingTOTP(ctx context.Context, actor identity.Actor) (TOTPSetup, error) {
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return TOTPSetup{}, err
	}
	t, ok, err := a.deps.Reads.TOTPOf(ctx, actor.UserID)
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("account: read totp of %s: %w", actor.UserID, err)
	}
	if !ok || t.Active() {
		return TOTPSetup{}, identity.ErrTOTPMissing
	}
	secret, err := a.deps.Sealer.Open(identity.TOTPLabel(actor.UserID), t.SealedSecret)
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("account: open the authenticator's secret of %s: %w", actor.UserID, err)
	}
	return a.describeTOTP(actor, string(secret))
}

func (a *App) describeTOTP(actor identity.Actor, secret string) (TOTPSetup, error) {
	uri, err := a.deps.TimeCodes.ProvisioningURI(secret, actor.Email)
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("account: describe totp of %s: %w", actor.UserID, err)
	}
	picture, err := a.deps.TimeCodes.Draw(uri)
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("account: draw totp of %s: %w", actor.UserID, err)
	}
	return TOTPSetup{Secret: secret, URI: uri, QR: picture}, nil
}
