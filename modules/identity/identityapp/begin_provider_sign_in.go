package identityapp

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// BeginProviderSignIn asks to sign in at a provider. LoginHint is the address the
// visitor means to use; it may be empty, and is passed on only when it is one.
type BeginProviderSignIn struct {
	Provider  string
	ReturnTo  string // where to go afterwards; anything but a path of this site means "/"
	LoginHint string
}

// BeginProviderSignIn starts a sign-in at a provider. It fails with
// ErrProviderUnknown and ErrProviderAway.
func (a *App) BeginProviderSignIn(ctx context.Context, cmd BeginProviderSignIn) (ProviderFlow, error) {
	return a.beginFlow(ctx, flowStart{
		provider: cmd.Provider, purpose: identity.FlowSignIn, returnTo: cmd.ReturnTo, loginHint: cmd.LoginHint,
	})
}
