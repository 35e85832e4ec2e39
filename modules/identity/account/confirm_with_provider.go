package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/providers"
)

// BeginProviderConfirmation asks to prove again who one is at a linked provider. It
// is for people who have nothing here to prove it by: ErrForbidden for who has a
// password or a second factor, which the provider must not stand in for. It fails
// with ErrNotSignedIn, ErrProviderUnknown, also for one that is not linked, and
// ErrProviderAway besides.
func (a *App) BeginProviderConfirmation(ctx context.Context, actor identity.Actor, provider, returnTo string) (identity.ProviderFlow, error) {
	if err := a.mayConfirmElsewhere(ctx, actor, provider); err != nil {
		return identity.ProviderFlow{}, err
	}
	return a.deps.Providers.Begin(ctx, providers.Start{
		Provider: provider, Purpose: identity.FlowConfirm, Actor: actor, ReturnTo: returnTo, LoginHint: actor.Email,
	})
}

func (a *App) mayConfirmElsewhere(ctx context.Context, actor identity.Actor, provider string) error {
	if err := mayConfirm(actor); err != nil {
		return err
	}
	s, err := a.securityOf(ctx, actor.UserID)
	if err != nil {
		return fmt.Errorf("account: confirm %s elsewhere: %w", actor.UserID, err)
	}
	if s.HasPassword || s.HasSecondFactor() {
		return identity.ErrForbidden
	}
	for _, i := range s.Identities {
		if i.Provider == provider {
			return nil
		}
	}
	return identity.ErrProviderUnknown
}

// ConfirmWithProvider finishes what BeginProviderConfirmation began. The account at
// the provider must be the actor's own: another one proves nothing about them, and
// fails with ErrProviderInvalid.
func (a *App) ConfirmWithProvider(ctx context.Context, r identity.ProviderReturn) (Confirmed, error) {
	if mayConfirm(r.Actor) != nil {
		r.Actor = identity.Actor{} // takes the flow, and finds that it is nobody's
	}
	flow, claim, err := a.deps.Providers.Finish(ctx, identity.FlowConfirm, r)
	if err != nil {
		return Confirmed{ReturnTo: flow.ReturnTo}, err
	}
	if err := a.mayConfirmElsewhere(ctx, r.Actor, r.Provider); err != nil {
		return Confirmed{ReturnTo: flow.ReturnTo}, err
	}
	out, err := a.confirm(ctx, r.Actor, a.deps.Clock.Now(), func(ctx context.Context, s Stores) error {
		known, ok, err := s.Identities.BySubject(ctx, claim.Provider, claim.Subject)
		if err == nil && (!ok || known.User != r.Actor.UserID) {
			err = errors.Join(identity.ErrProviderInvalid, errors.New("another account than the linked one"))
		}
		return err
	})
	out.ReturnTo = flow.ReturnTo
	return out, err
}
