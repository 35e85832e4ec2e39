package account

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
)

// RemovePasskey removes one of the actor's passkeys; without any factor left the
// recovery codes go too. It fails with ErrNotSignedIn, ErrNotRecent, ErrLastAuthMethod,
// ErrLastSecondFactor when one is required and, also for another person's,
// ErrPasskeyNotFound.
func (a *App) RemovePasskey(ctx context.Context, actor identity.Actor, id string) error {
	if err := identity.CheckRecent(actor, a.deps.Clock.Now()); err != nil {
		return err
	}
	now := a.deps.Clock.Now()
	err := a.removeFactor(ctx, actor.UserID, now, func(ctx context.Context, s Stores) error {
		have, err := s.Passkeys.Of(ctx, actor.UserID)
		if err != nil {
			return err
		}
		name := ""
		for _, p := range have {
			if p.ID == id {
				name = p.Name
			}
		}
		if err := s.Passkeys.Delete(ctx, actor.UserID, id); err != nil {
			return err
		}
		if err := a.requireAuthMethod(ctx, s, actor.UserID); err != nil {
			return err
		}
		if err := dropCodesWithoutFactor(ctx, s, actor.UserID); err != nil {
			return err
		}
		return a.factorChanged(ctx, s, actor, "identity.passkey_removed",
			mails.Mail{Kind: mails.PasskeyRemoved, User: actor.UserID, Data: map[string]string{"passkey": name}}, now)
	})
	if err != nil {
		return fmt.Errorf("account: remove a passkey of %s: %w", actor.UserID, err)
	}
	return nil
}
