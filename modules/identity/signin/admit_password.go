package signin

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// AdmitPassword takes a place for a request that has a password hashed, before anything
// is read or counted for it; leave gives it back, and may be called again. It fails with
// ErrBusy.
func (a *App) AdmitPassword(ctx context.Context, device identity.Secret, actor identity.Actor) (_ context.Context, leave func(), err error) {
	return a.deps.Passwords.Admit(ctx, device, actor)
}

// PasswordLoad returns what this process has to do with passwords.
func (a *App) PasswordLoad() identity.PasswordLoad { return a.deps.Passwords.Load() }
