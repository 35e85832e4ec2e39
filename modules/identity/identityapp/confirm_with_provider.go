package identityapp

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// BeginProviderConfirmation asks to prove again who one is at a linked provider. It
// is for people who have nothing here to prove it by: ErrForbidden for who has a
// password or a second factor, which the provider must not stand in for. It fails
// with ErrNotSignedIn, ErrProviderUnknown, also for one that is not linked, and
// ErrProviderAway besides.
func (a *App) BeginProviderConfirmation(ctx context.Context, actor identity.Actor, provider, returnTo string) (ProviderFlow, error) {
	if err := a.mayConfirmElsewhere(ctx, actor, provider); err != nil {
		return ProviderFlow{}, err
	}
	return a.beginFlow(ctx, flowStart{
		provider: provider, purpose: identity.FlowConfirm, actor: actor, returnTo: returnTo, loginHint: actor.Email,
	})
}

func (a *App) mayConfirmElsewhere(ctx context.Context, actor identity.Actor, provider string) error {
	if err := mayConfirm(actor); err != nil {
		return err
	}
	s, err := a.securityOf(ctx, actor.UserID)
	if err != nil {
		return fmt.Errorf("identityapp: confirm %s elsewhere: %w", actor.UserID, err)
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
func (a *App) ConfirmWithProvider(ctx context.Context, r ProviderReturn) (Confirmed, error) {
	if mayConfirm(r.Actor) != nil {
		r.Actor = identity.Actor{} // takes the flow, and finds that it is nobody's
	}
	flow, claim, err := a.finishFlow(ctx, identity.FlowConfirm, r)
	if err != nil {
		return Confirmed{ReturnTo: flow.ReturnTo}, err
	}
	if err := a.mayConfirmElsewhere(ctx, r.Actor, r.Provider); err != nil {
		return Confirmed{ReturnTo: flow.ReturnTo}, err
	}
	out, err := a.confirm(ctx, r.Actor, a.deps.Clock.Now(), func(ctx context.Context, s identity.Stores) error {
		known, ok, err := s.Identities.BySubject(ctx, claim.Provider, claim.Subject)
		if err == nil && (!ok || known.User != r.Actor.UserID) {
			err = errors.Join(identity.ErrProviderInvalid, errors.New("another account than the linked one"))
		}
		return err
	})
	out.ReturnTo = flow.ReturnTo
	return out, err
}
