package identityapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// BeginLink asks to connect an account at a provider with the actor's own.
type BeginLink struct {
	Actor    identity.Actor
	Provider string
	ReturnTo string // where to go afterwards; anything but a path of this site means "/"
}

// BeginLink starts to connect an account at a provider. It needs a recent proof of
// who the actor is, and a browser to go there with. It fails with ErrNotSignedIn,
// ErrNotRecent, ErrLinkInBrowser, ErrProviderUnknown and ErrProviderAway.
func (a *App) BeginLink(ctx context.Context, cmd BeginLink) (ProviderFlow, error) {
	if err := a.recently(cmd.Actor); err != nil {
		return ProviderFlow{}, err
	}
	session, err := a.deps.Reads.Session(ctx, cmd.Actor.SessionID)
	if err != nil && !errors.Is(err, identity.ErrSessionNotFound) {
		return ProviderFlow{}, fmt.Errorf("identityapp: begin to link: %w", err)
	}
	if session.Kind != identity.BrowserSession {
		return ProviderFlow{}, identity.ErrLinkInBrowser
	}
	return a.beginFlow(ctx, flowStart{
		provider: cmd.Provider, purpose: identity.FlowLink, actor: cmd.Actor, returnTo: cmd.ReturnTo,
	})
}

// recently checks that the actor proved who they are of late.
func (a *App) recently(actor identity.Actor) error {
	switch {
	case !actor.SignedIn():
		return identity.ErrNotSignedIn
	case !actor.RecentlyAuthenticated(a.deps.Clock.Now()):
		return identity.ErrNotRecent
	}
	return nil
}

// Linked is an identity that its person now has, and where they wanted to go.
type Linked struct {
	Identity identity.ExternalIdentity
	ReturnTo string
}

// LinkIdentity finishes what [App.BeginLink] began: the account that the provider
// names becomes one of the actor's, whatever its address. The actor must be who
// began, in the session in which they did. Linking what the actor has already
// changes nothing. It fails with ErrProviderUnknown, ErrLinkUnknown,
// ErrIdentityTaken, ErrProviderDenied, ErrProviderInvalid and ErrProviderAway.
func (a *App) LinkIdentity(ctx context.Context, cmd ProviderReturn) (Linked, error) {
	if !cmd.Actor.SignedIn() || cmd.Actor.Impersonator != "" {
		cmd.Actor = identity.Actor{} // takes the flow, and finds that it is nobody's
	}
	flow, claim, err := a.finishFlow(ctx, identity.FlowLink, cmd)
	if errors.Is(err, identity.ErrFlowUnknown) {
		return Linked{}, identity.ErrLinkUnknown
	}
	if err != nil {
		return Linked{ReturnTo: flow.ReturnTo}, err
	}
	out := Linked{ReturnTo: flow.ReturnTo}
	out.Identity, err = a.link(ctx, cmd.Actor, claim)
	if errors.Is(err, identity.ErrIdentityTaken) {
		out.Identity, err = a.link(ctx, cmd.Actor, claim) // taken this very moment, perhaps by the same person
	}
	if err != nil {
		return out, fmt.Errorf("identityapp: link an account at %s: %w", cmd.Provider, err)
	}
	return out, nil
}

func (a *App) link(ctx context.Context, actor identity.Actor, claim identity.Claim) (linked identity.ExternalIdentity, err error) {
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		u, err := lockActor(ctx, s, actor, now)
		if err != nil {
			return err
		}
		known, taken, err := s.Identities.BySubject(ctx, claim.Provider, claim.Subject)
		if err != nil {
			return err
		}
		if taken {
			linked = known
			return identity.MayLink(known, actor.UserID)
		}
		linked, err = a.linkIdentityWithNotice(ctx, s, u, claim, actor.Address, now)
		return err
	})
	return linked, err
}

// linkIdentity makes the account of a claim one of u's.
func (a *App) linkIdentity(ctx context.Context, s identity.Stores, u identity.User, c identity.Claim, address string, now time.Time) (identity.ExternalIdentity, error) {
	i := identity.ExternalIdentity{
		ID: a.deps.IDs.New(), User: u.ID, Provider: c.Provider, Subject: c.Subject, Email: c.Email, CreatedAt: now,
	}
	if err := s.Identities.Insert(ctx, i); err != nil {
		return i, err
	}
	return i, s.Audit.Append(ctx, a.entry(string(u.ID), "identity.identity_linked", userResource(u.ID), address, now))
}

// linkIdentityWithNotice tells the person besides, by a letter: whoever they are,
// who linked can come in from now on.
func (a *App) linkIdentityWithNotice(ctx context.Context, s identity.Stores, u identity.User, c identity.Claim, address string, now time.Time) (identity.ExternalIdentity, error) {
	i, err := a.linkIdentity(ctx, s, u, c, address, now)
	if err != nil {
		return i, err
	}
	return i, a.post(ctx, s, letter{Kind: letterIdentityLinked, User: u.ID, Data: a.connectionFacts(i)})
}

// connectionFacts is what a letter says of an identity.
func (a *App) connectionFacts(i identity.ExternalIdentity) map[string]string {
	label := i.Provider
	if p, ok := a.providers[i.Provider]; ok {
		label = p.Label()
	}
	return map[string]string{"provider": label}
}
