package identityapp

import (
	"context"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// BeginProviderSignIn asks to sign in at a provider. LoginHint is the address the
// visitor means to use; it may be empty, and is passed on only when it is one.
type BeginProviderSignIn struct {
	Provider  string
	ReturnTo  string // where to go afterwards; anything but a path of this site means "/"
	LoginHint string
}

// ProviderSignIn is a sign-in that is under way: send the browser to RedirectURL
// and have it keep BrowserSecret until it comes back.
type ProviderSignIn struct {
	RedirectURL   string
	BrowserSecret identity.Secret
}

// BeginProviderSignIn starts a sign-in at a provider. It fails with
// ErrProviderUnknown and ErrProviderAway.
func (a *App) BeginProviderSignIn(ctx context.Context, cmd BeginProviderSignIn) (ProviderSignIn, error) {
	provider, ok := a.providers[cmd.Provider]
	if !ok {
		return ProviderSignIn{}, identity.ErrProviderUnknown
	}
	hint := ""
	if email, err := identity.ParseEmail(cmd.LoginHint); err == nil {
		hint = string(email)
	}
	state, browser := identity.NewSecret(), identity.NewSecret()
	nonce, verifier := identity.NewSecret().Reveal(), identity.NewSecret().Reveal()
	start, err := provider.Begin(ctx, identity.AuthorizationRequest{
		State: state.Reveal(), Nonce: nonce, Verifier: verifier, LoginHint: hint,
	})
	if err != nil {
		return ProviderSignIn{}, fmt.Errorf("identityapp: begin sign-in at %s: %w", cmd.Provider, err)
	}
	flow := identity.OAuthFlow{
		StateHash: state.Hash(), BrowserHash: browser.Hash(), Provider: cmd.Provider,
		Nonce: nonce, Verifier: verifier, Session: start.Session,
		ReturnTo: localPath(cmd.ReturnTo), ExpiresAt: a.deps.Clock.Now().Add(identity.FlowLife),
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		return s.Flows.Insert(ctx, flow)
	})
	if err != nil {
		return ProviderSignIn{}, fmt.Errorf("identityapp: keep sign-in at %s: %w", cmd.Provider, err)
	}
	return ProviderSignIn{RedirectURL: start.URL, BrowserSecret: browser}, nil
}
