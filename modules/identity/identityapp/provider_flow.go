package identityapp

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/localpath"
)

// ProviderFlow is a way through a provider that has begun: send the browser to
// RedirectURL and have it keep BrowserSecret until it comes back with State. A
// browser may be on several ways at once.
type ProviderFlow struct {
	RedirectURL   string
	State         identity.Secret
	BrowserSecret identity.Secret
}

// ProviderReturn is a browser that came back from a provider. Actor is who is
// signed in in it, which only a flow that links or confirms asks about.
type ProviderReturn struct {
	Provider      string
	BrowserSecret identity.Secret
	Params        url.Values
	Actor         identity.Actor
	Device        identity.Device // of a flow that signs in
}

// flowStart is what a flow is to be for.
type flowStart struct {
	provider  string
	purpose   identity.FlowPurpose
	actor     identity.Actor  // of a flow that links or confirms
	device    identity.Device // of a flow that signs in
	returnTo  string          // anything but a path of this site means "/"
	loginHint string          // passed on only when it is an address
	agreed    identity.Agreed // of a sign-in: what an account that it opens agrees to
}

// flowOf counts the flows of a visitor or a person: each is a row until somebody comes
// back, and what they bring is asked of the provider. One that a provider vouched for
// is given back.
func (a *App) flowOf(p identity.FlowPurpose, actor identity.Actor, d identity.Device) attempt {
	if p == identity.FlowSignIn {
		return a.ofVisitor("identity.flow", d, flowLimit)
	}
	return attempt{{"identity.flow:account:" + string(actor.UserID), flowLimit}}
}

// beginFlow starts a flow at a provider. It fails with ErrProviderUnknown,
// ErrProviderAway, ErrTooManyAttempts and ErrBusy.
func (a *App) beginFlow(ctx context.Context, f flowStart) (ProviderFlow, error) {
	provider, ok := a.providers[f.provider]
	if !ok {
		return ProviderFlow{}, identity.ErrProviderUnknown
	}
	if _, err := a.countAll(ctx, a.flowOf(f.purpose, f.actor, f.device)...); err != nil {
		return ProviderFlow{}, err
	}
	hint := ""
	if email, err := identity.ParseEmail(f.loginHint); err == nil {
		hint = string(email)
	}
	state, browser := identity.NewSecret(), identity.NewSecret()
	nonce, verifier := identity.NewSecret().Reveal(), identity.NewSecret().Reveal()
	start, err := provider.Begin(ctx, identity.AuthorizationRequest{
		State: state.Reveal(), Nonce: nonce, Verifier: verifier, LoginHint: hint,
		Fresh: f.purpose == identity.FlowConfirm,
	})
	if err != nil {
		return ProviderFlow{}, fmt.Errorf("identityapp: begin to %s at %s: %w", f.purpose, f.provider, err)
	}
	flow := identity.OAuthFlow{
		Purpose: f.purpose, StateHash: state.Hash(), Provider: f.provider,
		BrowserHash: holderHash(f.purpose, browser, f.actor), User: flowUser(f.purpose, f.actor),
		Nonce: nonce, Verifier: verifier, Session: start.Session,
		ReturnTo: localpath.OrRoot(f.returnTo), Agreed: f.agreed, ExpiresAt: a.deps.Clock.Now().Add(identity.FlowLife),
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		return s.Flows.Insert(ctx, flow)
	})
	if err != nil {
		return ProviderFlow{}, fmt.Errorf("identityapp: keep the flow at %s: %w", f.provider, err)
	}
	return ProviderFlow{RedirectURL: start.URL, State: state, BrowserSecret: browser}, nil
}

// holderHash is what a flow is held against when its browser comes back: the
// secret that the browser keeps and, when the flow is somebody's, the session in
// which it was begun.
func holderHash(p identity.FlowPurpose, browser identity.Secret, actor identity.Actor) []byte {
	if p == identity.FlowSignIn {
		return browser.Hash()
	}
	return identity.Secret(browser.Reveal() + "\n" + actor.SessionID).Hash()
}

func flowUser(p identity.FlowPurpose, actor identity.Actor) identity.UserID {
	if p == identity.FlowSignIn {
		return ""
	}
	return actor.UserID
}

// ReturnPurpose tells what a browser that comes back had gone for. A state that
// nobody knows counts as a sign-in, which then refuses it.
func (a *App) ReturnPurpose(ctx context.Context, params url.Values) (identity.FlowPurpose, error) {
	state := identity.Secret(params.Get("state"))
	if state == "" {
		return identity.FlowSignIn, nil
	}
	purpose, err := a.deps.Reads.FlowPurpose(ctx, state.Hash())
	if errors.Is(err, identity.ErrFlowUnknown) {
		return identity.FlowSignIn, nil
	}
	if err != nil {
		return "", fmt.Errorf("identityapp: read the purpose of a flow: %w", err)
	}
	return purpose, nil
}

// finishFlow takes the flow behind a callback and has the provider's answer
// verified. It fails with ErrProviderUnknown, ErrFlowUnknown, ErrProviderDenied,
// ErrProviderInvalid and ErrProviderAway.
func (a *App) finishFlow(ctx context.Context, purpose identity.FlowPurpose, r ProviderReturn) (identity.OAuthFlow, identity.Claim, error) {
	provider, ok := a.providers[r.Provider]
	if !ok {
		return identity.OAuthFlow{}, identity.Claim{}, identity.ErrProviderUnknown
	}
	flow, err := a.takeFlow(ctx, purpose, r)
	if err != nil {
		return identity.OAuthFlow{}, identity.Claim{}, err
	}
	claim, err := provider.Complete(ctx, identity.AuthorizationResponse{
		Nonce: flow.Nonce, Verifier: flow.Verifier, Session: flow.Session, Params: r.Params,
	})
	if err != nil {
		return flow, identity.Claim{}, fmt.Errorf("identityapp: complete the flow at %s: %w", r.Provider, err)
	}
	if !validSubject(claim.Subject) {
		return flow, identity.Claim{}, fmt.Errorf("identityapp: %s named no proper subject: %w", r.Provider, identity.ErrProviderInvalid)
	}
	a.succeeded(ctx, a.flowOf(purpose, r.Actor, r.Device))
	claim.Provider = r.Provider
	email, err := identity.ParseEmail(claim.Email)
	if err != nil {
		email = "" // what is no address can neither link nor register
	}
	claim.Email = string(email)
	return flow, claim, nil
}

// takeFlow takes the flow that the callback's state names, and checks that this
// browser began it at this provider for this purpose. The flow is gone whatever
// comes of it, so an answer is never tried twice.
func (a *App) takeFlow(ctx context.Context, purpose identity.FlowPurpose, r ProviderReturn) (identity.OAuthFlow, error) {
	state := identity.Secret(r.Params.Get("state"))
	if state == "" || r.BrowserSecret == "" || len(r.Params["state"]) != 1 {
		return identity.OAuthFlow{}, identity.ErrFlowUnknown
	}
	// Looked at first: what nobody began takes no transaction.
	if _, err := a.deps.Reads.FlowPurpose(ctx, state.Hash()); err != nil {
		return identity.OAuthFlow{}, fmt.Errorf("identityapp: look for the flow at %s: %w", r.Provider, err)
	}
	var flow identity.OAuthFlow
	err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) (err error) {
		flow, err = s.Flows.Take(ctx, state.Hash())
		return err
	})
	if err != nil {
		return identity.OAuthFlow{}, fmt.Errorf("identityapp: take the flow at %s: %w", r.Provider, err)
	}
	ours := subtle.ConstantTimeCompare(flow.BrowserHash, holderHash(purpose, r.BrowserSecret, r.Actor)) == 1
	if !ours || flow.Purpose != purpose || flow.Provider != r.Provider || flow.User != flowUser(purpose, r.Actor) ||
		!a.deps.Clock.Now().Before(flow.ExpiresAt) {
		return identity.OAuthFlow{}, identity.ErrFlowUnknown
	}
	return flow, nil
}

// validSubject reports whether s can be somebody's id at a provider: 1 to 255
// printable ASCII characters (OpenID Connect Core 1.0, 2).
func validSubject(s string) bool {
	outside := func(r rune) bool { return r < ' ' || r > '~' }
	return s != "" && len(s) <= 255 && !strings.ContainsFunc(s, outside)
}
