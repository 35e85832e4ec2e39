package signin

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
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
	user, err := a.deps.Passwords.Check(ctx, cmd.Email, cmd.Password, cmd.Device)
	if err != nil {
		return SignedIn{}, err
	}
	replaced, err := a.replacedSession(ctx, cmd.Replaces)
	if err != nil {
		return SignedIn{}, err
	}
	now := a.deps.Clock.Now()
	var in SignedIn
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		locked, err := access.LockVerified(ctx, s.Users, user)
		if err != nil {
			return err
		}
		in, err = a.admitBrowser(ctx, s, locked, identity.SignedInBy{Method: identity.ByPassword}, cmd.Device, replaced, now)
		return err
	})
	if err != nil {
		return SignedIn{}, fmt.Errorf("signin: sign in %s: %w", user.ID, err)
	}
	if replaced != nil {
		cached.Invalidate(ctx, a.deps.Cache, identity.TagSession(replaced.ID))
	}
	return in, err
}
