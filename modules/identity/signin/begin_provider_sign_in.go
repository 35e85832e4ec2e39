package signin

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/providers"
)

// BeginProviderSignIn asks to sign in at a provider. LoginHint is the address the
// visitor means to use; it may be empty, and is passed on only when it is one.
type BeginProviderSignIn struct {
	Provider  string
	ReturnTo  string // where to go afterwards; anything but a path of this site means "/"
	LoginHint string
	Agreed    identity.Agreed // which versions the page showed; a kind without one: that in force
	Device    identity.Device
}

// BeginProviderSignIn starts a sign-in at a provider. Whoever comes back for the first
// time has agreed to what an account rests on in the versions of now. It fails with
// ErrConsentOutdated, ErrConsentUnknown, ErrProviderUnknown, ErrProviderAway,
// ErrTooManyAttempts and ErrBusy.
func (a *App) BeginProviderSignIn(ctx context.Context, cmd BeginProviderSignIn) (identity.ProviderFlow, error) {
	texts, err := a.deps.Texts.InForce(ctx)
	if err != nil {
		return identity.ProviderFlow{}, err
	}
	agreed, err := texts.AgreeAtSignUp(cmd.Agreed, false)
	if err != nil {
		return identity.ProviderFlow{}, err
	}
	return a.deps.Providers.Begin(ctx, providers.Start{
		Provider: cmd.Provider, Purpose: identity.FlowSignIn, Device: cmd.Device, ReturnTo: cmd.ReturnTo, LoginHint: cmd.LoginHint, Agreed: agreed,
	})
}
