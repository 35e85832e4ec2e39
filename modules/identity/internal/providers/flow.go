package providers

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/ports/localpath"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// FlowLimit bounds sign-ins at providers that are begun and not finished: each is a row
// for ten minutes.
var FlowLimit = ratelimit.Limit{Count: 300, Per: 15 * time.Minute}

// Start is what a flow is to be for.
type Start struct {
	Provider  string
	Purpose   identity.FlowPurpose
	Actor     identity.Actor  // of a flow that links or confirms
	Device    identity.Device // of a flow that signs in
	ReturnTo  string          // anything but a path of this site means "/"
	LoginHint string          // passed on only when it is an address
	Agreed    identity.Agreed // of a sign-in: what an account that it opens agrees to
}

// flowOf counts the flows of a visitor or a person: each is a row until somebody comes
// back, and what they bring is asked of the provider. One that a provider vouched for
// is given back.
func (f *Flows) flowOf(p identity.FlowPurpose, actor identity.Actor, d identity.Device) throttle.Attempt {
	if p == identity.FlowSignIn {
		return f.deps.Devices.OfVisitor("identity.flow", d, FlowLimit)
	}
	return throttle.One("identity.flow:account:"+string(actor.UserID), FlowLimit)
}

// Begin starts a flow at a provider. It fails with ErrProviderUnknown,
// ErrProviderAway, ErrTooManyAttempts and ErrBusy.
func (f *Flows) Begin(ctx context.Context, start Start) (identity.ProviderFlow, error) {
	provider, ok := f.byName[start.Provider]
	if !ok {
		return identity.ProviderFlow{}, identity.ErrProviderUnknown
	}
	if _, err := f.deps.Limits.CountAll(ctx, f.flowOf(start.Purpose, start.Actor, start.Device)...); err != nil {
		return identity.ProviderFlow{}, err
	}
	hint := ""
	if email, err := identity.ParseEmail(start.LoginHint); err == nil {
		hint = string(email)
	}
	state, browser := identity.NewSecret(), identity.NewSecret()
	nonce, verifier := identity.NewSecret().Reveal(), identity.NewSecret().Reveal()
	begun, err := provider.Begin(ctx, identity.AuthorizationRequest{
		State: state.Reveal(), Nonce: nonce, Verifier: verifier, LoginHint: hint,
		Fresh: start.Purpose == identity.FlowConfirm,
	})
	if err != nil {
		return identity.ProviderFlow{}, fmt.Errorf("providers: begin to %s at %s: %w", start.Purpose, start.Provider, err)
	}
	flow := identity.OAuthFlow{
		Purpose: start.Purpose, StateHash: state.Hash(), Provider: start.Provider,
		BrowserHash: holderHash(start.Purpose, browser, start.Actor), User: flowUser(start.Purpose, start.Actor),
		Nonce: nonce, Verifier: verifier, Session: begun.Session,
		ReturnTo: localpath.OrRoot(start.ReturnTo), Agreed: start.Agreed, ExpiresAt: f.deps.Clock.Now().Add(identity.FlowTTL),
	}
	err = f.deps.Do(ctx, func(ctx context.Context, flows identity.OAuthFlows) error {
		return flows.Insert(ctx, flow)
	})
	if err != nil {
		return identity.ProviderFlow{}, fmt.Errorf("providers: keep the flow at %s: %w", start.Provider, err)
	}
	return identity.ProviderFlow{RedirectURL: begun.URL, State: state, BrowserSecret: browser}, nil
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
func (f *Flows) ReturnPurpose(ctx context.Context, params url.Values) (identity.FlowPurpose, error) {
	state := identity.Secret(params.Get("state"))
	if state == "" {
		return identity.FlowSignIn, nil
	}
	purpose, err := f.deps.Reads.FlowPurpose(ctx, state.Hash())
	if errors.Is(err, identity.ErrFlowUnknown) {
		return identity.FlowSignIn, nil
	}
	if err != nil {
		return "", fmt.Errorf("providers: read the purpose of a flow: %w", err)
	}
	return purpose, nil
}

// Finish takes the flow behind a callback and has the provider's answer
// verified. It fails with ErrProviderUnknown, ErrFlowUnknown, ErrProviderDenied,
// ErrProviderInvalid and ErrProviderAway.
func (f *Flows) Finish(ctx context.Context, purpose identity.FlowPurpose, r identity.ProviderReturn) (identity.OAuthFlow, identity.Claim, error) {
	provider, ok := f.byName[r.Provider]
	if !ok {
		return identity.OAuthFlow{}, identity.Claim{}, identity.ErrProviderUnknown
	}
	flow, err := f.takeFlow(ctx, purpose, r)
	if err != nil {
		return identity.OAuthFlow{}, identity.Claim{}, err
	}
	claim, err := provider.Complete(ctx, identity.AuthorizationResponse{
		Nonce: flow.Nonce, Verifier: flow.Verifier, Session: flow.Session, Params: r.Params,
	})
	if err != nil {
		return flow, identity.Claim{}, fmt.Errorf("providers: complete the flow at %s: %w", r.Provider, err)
	}
	if !validSubject(claim.Subject) {
		return flow, identity.Claim{}, fmt.Errorf("providers: %s named no proper subject: %w", r.Provider, identity.ErrProviderInvalid)
	}
	f.deps.Limits.GiveBack(ctx, f.flowOf(purpose, r.Actor, r.Device))
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
func (f *Flows) takeFlow(ctx context.Context, purpose identity.FlowPurpose, r identity.ProviderReturn) (identity.OAuthFlow, error) {
	state := identity.Secret(r.Params.Get("state"))
	if state == "" || r.BrowserSecret == "" || len(r.Params["state"]) != 1 {
		return identity.OAuthFlow{}, identity.ErrFlowUnknown
	}
	// Looked at first: what nobody began takes no transaction.
	if _, err := f.deps.Reads.FlowPurpose(ctx, state.Hash()); err != nil {
		return identity.OAuthFlow{}, fmt.Errorf("providers: look for the flow at %s: %w", r.Provider, err)
	}
	var flow identity.OAuthFlow
	err := f.deps.Do(ctx, func(ctx context.Context, flows identity.OAuthFlows) (err error) {
		flow, err = flows.Take(ctx, state.Hash())
		return err
	})
	if err != nil {
		return identity.OAuthFlow{}, fmt.Errorf("providers: take the flow at %s: %w", r.Provider, err)
	}
	ours := subtle.ConstantTimeCompare(flow.BrowserHash, holderHash(purpose, r.BrowserSecret, r.Actor)) == 1
	if !ours || flow.Purpose != purpose || flow.Provider != r.Provider || flow.User != flowUser(purpose, r.Actor) ||
		!f.deps.Clock.Now().Before(flow.ExpiresAt) {
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
