package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/providers"
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
func (a *App) BeginLink(ctx context.Context, cmd BeginLink) (identity.ProviderFlow, error) {
	if err := identity.CheckRecent(cmd.Actor, a.deps.Clock.Now()); err != nil {
		return identity.ProviderFlow{}, err
	}
	session, err := a.deps.Reads.Session(ctx, cmd.Actor.SessionID)
	if err != nil && !errors.Is(err, identity.ErrSessionNotFound) {
		return identity.ProviderFlow{}, fmt.Errorf("account: begin to link: %w", err)
	}
	if session.Kind != identity.BrowserSession {
		return identity.ProviderFlow{}, identity.ErrLinkInBrowser
	}
	return a.deps.Providers.Begin(ctx, providers.Start{
		Provider: cmd.Provider, Purpose: identity.FlowLink, Actor: cmd.Actor, ReturnTo: cmd.ReturnTo,
	})
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
func (a *App) LinkIdentity(ctx context.Context, cmd identity.ProviderReturn) (Linked, error) {
	if !cmd.Actor.SignedIn() || cmd.Actor.Impersonator != "" {
		cmd.Actor = identity.Actor{} // takes the flow, and finds that it is nobody's
	}
	flow, claim, err := a.deps.Providers.Finish(ctx, identity.FlowLink, cmd)
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
		return out, fmt.Errorf("account: link an account at %s: %w", cmd.Provider, err)
	}
	return out, nil
}

func (a *App) link(ctx context.Context, actor identity.Actor, claim identity.Claim) (linked identity.ExternalIdentity, err error) {
	now := a.deps.Clock.Now()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		u, err := access.LockActor(ctx, s.Users, s.Sessions, actor, now)
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
		linked, err = a.deps.Providers.LinkWithNotice(ctx, s.links(), u, claim, actor.IP, now)
		return err
	})
	return linked, err
}
