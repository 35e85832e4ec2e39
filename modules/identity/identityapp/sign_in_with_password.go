package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// SignInWithPassword is a browser that signs in by address and password. Replaces
// is the session cookie that it still holds, if any.
type SignInWithPassword struct {
	Email    string
	Password string
	Device   identity.Device
	Replaces identity.Secret
}

// SignInWithPassword opens a browser's session. It fails with
// ErrInvalidCredentials, ErrTooManyAttempts (with RetryAfter), ErrBusy,
// ErrSuspended and ErrSignInEnded.
func (a *App) SignInWithPassword(ctx context.Context, cmd SignInWithPassword) (SignedIn, error) {
	user, err := a.checkPassword(ctx, cmd.Email, cmd.Password, cmd.Device)
	if err != nil {
		return SignedIn{}, err
	}
	replaced, err := a.replacedSession(ctx, cmd.Replaces)
	if err != nil {
		return SignedIn{}, err
	}
	now := a.deps.Clock.Now()
	var in SignedIn
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		locked, err := lockVerified(ctx, s, user)
		if err != nil {
			return err
		}
		in, err = a.admitBrowser(ctx, s, locked, identity.SignedInBy{Method: identity.ByPassword}, cmd.Device, replaced, now)
		return err
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("identityapp: sign in %s: %w", user.ID, err)
	}
	if replaced != nil {
		err = a.forget(ctx, identity.TagSession(replaced.ID))
	}
	return in, err
}
