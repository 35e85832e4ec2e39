package privacy

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// GivenConsent is the actor's word on one text. An empty Version means the one that
// is current.
type GivenConsent struct {
	Kind    identity.ConsentKind
	Version string
	Given   bool
}

// SetConsents records the actor's word; what stands already is not recorded again.
// It fails with ErrNotSignedIn, ErrConsentForeign, ErrConsentUnknown,
// ErrConsentOutdated and ErrConsentNeeded.
func (a *App) SetConsents(ctx context.Context, actor identity.Actor, given ...GivenConsent) error {
	switch {
	case !actor.SignedIn():
		return identity.ErrNotSignedIn
	case actor.Impersonator != "", actor.TokenID != "":
		return identity.ErrConsentForeign
	}
	history, err := a.deps.Reads.ConsentsOf(ctx, actor.UserID)
	if err != nil {
		return fmt.Errorf("privacy: consents of %s: %w", actor.UserID, err)
	}
	texts, err := a.deps.Texts.InForce(ctx)
	if err != nil {
		return err
	}
	standing := identity.Standing(history)
	var news []GivenConsent
	for _, g := range given {
		agreement, err := texts.MayConsent(g.Kind, g.Version, g.Given)
		if err != nil {
			return err
		}
		known := standing[g.Kind]
		if known.Given != g.Given || g.Given && known.Version != agreement.Version {
			news = append(news, g)
		}
	}
	if len(news) == 0 {
		return nil
	}
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		if err := a.recordConsents(ctx, s, texts, actor.UserID, actor.IP, a.deps.Clock.Now(), news...); err != nil {
			return err
		}
		return s.Audit.Append(ctx, a.deps.Trail.Own(actor, "identity.consent_changed", a.deps.Clock.Now()))
	})
	if err != nil {
		return fmt.Errorf("privacy: record the consents of %s: %w", actor.UserID, err)
	}
	return nil
}

// recordConsents writes somebody's word in the transaction of s.
func (a *App) recordConsents(ctx context.Context, s Stores, texts identity.Texts, id identity.UserID, address string, at time.Time, given ...GivenConsent) error {
	all := make([]identity.Consent, len(given))
	for i, g := range given {
		agreement, err := texts.MayConsent(g.Kind, g.Version, g.Given)
		if err != nil {
			return err
		}
		all[i] = identity.Consent{
			ID: a.deps.IDs.New(), User: id, Kind: g.Kind, Version: agreement.Version, Given: g.Given, IP: address, At: at,
		}
	}
	return s.Consents.Insert(ctx, all...)
}

// ConsentState is a text, and the actor's word on it.
type ConsentState struct {
	identity.Agreement
	Given   bool
	Version string    // that was agreed to; empty: none
	At      time.Time // zero: never asked
}

// Consents lists what there is to agree to, with the actor's word; ErrNotSignedIn.
func (a *App) Consents(ctx context.Context, actor identity.Actor) ([]ConsentState, error) {
	if !actor.SignedIn() {
		return nil, identity.ErrNotSignedIn
	}
	history, err := a.deps.Reads.ConsentsOf(ctx, actor.UserID)
	if err != nil {
		return nil, fmt.Errorf("privacy: consents of %s: %w", actor.UserID, err)
	}
	texts, err := a.deps.Texts.InForce(ctx)
	if err != nil {
		return nil, err
	}
	standing := identity.Standing(history)
	var out []ConsentState
	for _, agreement := range texts.Agreements() {
		c := standing[agreement.Kind]
		out = append(out, ConsentState{Agreement: agreement, Given: c.Given, Version: c.Version, At: c.At})
	}
	return out, nil
}

// Agreements lists what a visitor would agree to by making an account, in the
// versions that are in force.
func (a *App) Agreements(ctx context.Context) ([]identity.Agreement, error) {
	texts, err := a.deps.Texts.InForce(ctx)
	return texts.Agreements(), err
}
