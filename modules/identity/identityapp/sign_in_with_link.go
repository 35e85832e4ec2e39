package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// SignInWithLink is a browser that brings the link of a letter. Replaces is the
// session cookie that it still holds, if any.
type SignInWithLink struct {
	Token    identity.Secret
	Device   identity.Device
	Replaces identity.Secret
}

// SignInWithLink signs the browser in. The link proved the address too: an account
// whose address was never proven loses what whoever registered it left behind. It
// fails with ErrInvalidLink, ErrSuspended, ErrTooManyAttempts and ErrBusy.
func (a *App) SignInWithLink(ctx context.Context, cmd SignInWithLink) (SignedIn, error) {
	tried, err := a.countLink(ctx, cmd.Device.Address)
	if err != nil {
		return SignedIn{}, err
	}
	replaced, err := a.replacedSession(ctx, cmd.Replaces)
	if err != nil {
		return SignedIn{}, err
	}
	now := a.deps.Clock.Now()
	var in SignedIn
	var stale []string
	var whose identity.UserID
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		_, u, err := a.takeLink(ctx, s, identity.MagicLink, cmd.Token)
		whose = u.ID
		if err != nil {
			return err
		}
		if !u.EmailVerified {
			if err := a.proveAddress(ctx, s, &u, "", now); err != nil {
				return err
			}
			stale = tagsOfProven(u.ID)
			if err := s.Audit.Append(ctx, a.entry(string(u.ID), "identity.account_claimed", userResource(u.ID), cmd.Device.Address, now)); err != nil {
				return err
			}
		}
		if err := s.MailTokens.DeleteOf(ctx, u.ID, identity.MagicLink); err != nil {
			return err
		}
		in, err = a.admitBrowser(ctx, s, u, identity.SignedInBy{Method: identity.ByMagicLink}, cmd.Device, replaced, now)
		return err
	})
	if err != nil {
		err = fmt.Errorf("identityapp: sign in with a link: %w", err)
		if refusedSignIn(err) {
			err = a.failedSignIn(ctx, whose, "magic link", cmd.Device.Address, err)
		}
		return SignedIn{}, err
	}
	a.succeeded(ctx, tried)
	if replaced != nil {
		stale = append(stale, TagSession(replaced.ID))
	}
	return in, a.forget(ctx, stale...)
}
