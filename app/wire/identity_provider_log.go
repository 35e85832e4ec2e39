package wire

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/zaplog"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

const (
	stepState   = "state"   // of a callback that belongs to no flow of its browser
	stepAccount = "account" // what the site makes of a person whom the provider named
)

// loggedProvider tells whoever runs the site why somebody did not get through a
// provider: the person is told no more than to try again.
type loggedProvider struct {
	identity.OAuthProvider
	log *zap.Logger
}

// Begin implements [identity.OAuthProvider].
func (p loggedProvider) Begin(ctx context.Context, r identity.AuthorizationRequest) (identity.AuthorizationStart, error) {
	start, err := p.OAuthProvider.Begin(ctx, r)
	p.logFailure(ctx, err)
	return start, err
}

// Complete implements [identity.OAuthProvider].
func (p loggedProvider) Complete(ctx context.Context, r identity.AuthorizationResponse) (identity.Claim, error) {
	claim, err := p.OAuthProvider.Complete(ctx, r)
	p.logFailure(ctx, err)
	p.logFailure(ctx, claim.Incomplete)
	return claim, err
}

func (p loggedProvider) logFailure(ctx context.Context, err error) {
	if err == nil {
		return
	}
	step, reason := identity.FlowStep("unknown"), err
	var f *identity.ProviderFailure
	if errors.As(err, &f) {
		step, reason = f.Step, f.Err
	}
	providerFailed(ctx, p.log, p.Name(), string(step), reason)
}

func providerFailed(ctx context.Context, log *zap.Logger, provider, step string, reason error) {
	zaplog.From(ctx, log).Warn("somebody did not get through a sign-in provider",
		zap.String("provider", provider), zap.String("step", step), zap.String("reason", reason.Error()))
}

// loggedLinks logs why accounts at providers did not do for people who are signed in.
type loggedLinks struct {
	*account.App
	log *zap.Logger
}

// LinkIdentity logs why an account at a provider was not connected.
func (l loggedLinks) LinkIdentity(ctx context.Context, cmd identity.ProviderReturn) (account.Linked, error) {
	linked, err := l.App.LinkIdentity(ctx, cmd)
	refusedHere(ctx, l.log, cmd.Provider, err)
	return linked, err
}

// ConfirmWithProvider logs why somebody was not confirmed.
func (l loggedLinks) ConfirmWithProvider(ctx context.Context, cmd identity.ProviderReturn) (account.Confirmed, error) {
	done, err := l.App.ConfirmWithProvider(ctx, cmd)
	refusedHere(ctx, l.log, cmd.Provider, err)
	return done, err
}

// refusedHere logs why this site refused an answer. What the provider was to blame
// for stands in the log already, and a defect comes with the request.
func refusedHere(ctx context.Context, log *zap.Logger, provider string, err error) {
	var elsewhere *identity.ProviderFailure
	if err == nil || fault.As(err) == nil || errors.As(err, &elsewhere) || errors.Is(err, identity.ErrProviderUnknown) {
		return
	}
	step := stepAccount
	if errors.Is(err, identity.ErrFlowUnknown) || errors.Is(err, identity.ErrLinkUnknown) {
		step = stepState
	}
	providerFailed(ctx, log, provider, step, err)
}
