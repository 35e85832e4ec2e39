package signin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/cached"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/people"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/providers"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// SignInWithProvider is a browser that came back from a provider. Replaces is the
// session cookie that it still holds, if any.
type SignInWithProvider struct {
	Provider      string
	BrowserSecret identity.Secret
	Params        url.Values
	Device        identity.Device
	Replaces      identity.Secret
}

// SignInWithProvider finishes a sign-in at a provider: it takes the flow, has the
// provider's answer verified, and enters, links, claims or opens an account by
// [identity.DecideSignIn]. It fails with ErrProviderUnknown, ErrFlowUnknown,
// ErrProviderDenied, ErrProviderInvalid, ErrProviderAway, ErrEmailUnverified and
// ErrSuspended.
func (a *App) SignInWithProvider(ctx context.Context, cmd SignInWithProvider) (SignedIn, error) {
	in, whose, err := a.signInWithProvider(ctx, cmd)
	if errors.Is(err, identity.ErrFlowUnknown) {
		if _, limited := a.deps.Limits.CountAll(ctx, a.deps.Devices.OfVisitor("identity.flow_unknown", cmd.Device, providers.FlowLimit)...); limited != nil {
			return in, err // nobody's sign-in, too often to be noted each time
		}
	}
	if err != nil && throttle.Refused(err) && a.deps.Providers.Has(cmd.Provider) {
		err = a.deps.Failures.Note(ctx, whose, "provider "+cmd.Provider, cmd.Device.IP, err)
	}
	return in, err
}

// signInWithProvider also returns whose account was refused, as far as that was found out.
func (a *App) signInWithProvider(ctx context.Context, cmd SignInWithProvider) (in SignedIn, whose identity.UserID, err error) {
	flow, claim, err := a.deps.Providers.Finish(ctx, identity.FlowSignIn, identity.ProviderReturn{
		Provider: cmd.Provider, BrowserSecret: cmd.BrowserSecret, Params: cmd.Params, Device: cmd.Device,
	})
	if err != nil {
		return SignedIn{}, "", err
	}
	replaced, err := a.replacedSession(ctx, cmd.Replaces)
	if err != nil {
		return SignedIn{}, "", err
	}
	agreed := flow.Agreed
	if agreed == nil {
		texts, err := a.deps.Texts.InForce(ctx)
		if err != nil {
			return SignedIn{}, "", err
		}
		agreed = texts.AgreedAtSignUp(false)
	}
	in, whose, err = a.admit(ctx, claim, agreed, cmd.Device, replaced)
	if errors.Is(err, identity.ErrEmailTaken) || errors.Is(err, identity.ErrIdentityTaken) || errors.Is(err, identity.ErrUserChanged) {
		// Another callback of the same person won meanwhile; what it wrote decides now.
		in, whose, err = a.admit(ctx, claim, agreed, cmd.Device, replaced)
	}
	if err != nil {
		return SignedIn{}, whose, fmt.Errorf("signin: sign in with %s: %w", cmd.Provider, err)
	}
	in.ReturnTo = flow.ReturnTo
	return in, whose, nil
}

// admit decides what a verified claim leads to and does it in one transaction. It
// returns whose account that is, also when they are refused.
func (a *App) admit(ctx context.Context, claim identity.Claim, agreed identity.Agreed, device identity.Device, replaced *identity.Session) (in SignedIn, whose identity.UserID, err error) {
	email := identity.Email(claim.Email)
	now := a.deps.Clock.Now()
	var stale []string
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) error {
		known, owner, err := whoIs(ctx, s, claim, email)
		if err != nil {
			return err
		}
		var user identity.User
		opened := false
		switch identity.DecideSignIn(claim, known, owner) {
		case identity.EnterAccount:
			user = *known
		case identity.LinkAccount:
			user = *owner
			_, err = a.deps.Providers.LinkWithNotice(ctx, s.links(), user, claim, device.IP, now)
		case identity.ClaimAccount:
			if known != nil {
				owner = known
			}
			user, err = a.claimAccount(ctx, s, *owner, claim, agreed, device.IP, now)
			stale = tagsOfProven(owner.ID)
		case identity.OpenAccount:
			user, err = a.openAccount(ctx, s, claim, email, agreed, device.IP, now)
			opened = true
		default:
			if claim.Incomplete != nil {
				return claim.Incomplete // the provider may well have verified the address
			}
			return identity.ErrEmailUnverified
		}
		if err != nil {
			return err
		}
		whose = user.ID
		in, err = a.admitBrowser(ctx, s, user, identity.SignedInBy{Method: identity.ByProvider, Provider: claim.Provider}, device, replaced, now)
		in.NewAccount = opened
		return err
	})
	if err != nil {
		return SignedIn{}, whose, err
	}
	if replaced != nil {
		stale = append(stale, identity.TagSession(replaced.ID))
	}
	cached.Invalidate(ctx, a.deps.Cache, stale...)
	return in, whose, nil
}

// whoIs returns the person who has the identity or else the one who has the address,
// locked. Nobody is no fault here: not finding a row ends no transaction.
func whoIs(ctx context.Context, s Stores, claim identity.Claim, email identity.Email) (known, owner *identity.User, err error) {
	link, ok, err := s.Identities.BySubject(ctx, claim.Provider, claim.Subject)
	if err != nil {
		return nil, nil, err
	}
	if ok {
		u, err := s.Users.Lock(ctx, link.User)
		return &u, nil, err
	}
	if email == "" {
		return nil, nil, nil
	}
	u, err := s.Users.ByEmail(ctx, email)
	switch {
	case errors.Is(err, identity.ErrUserNotFound):
		return nil, nil, nil
	case err != nil:
		return nil, nil, err
	}
	if u, err = s.Users.Lock(ctx, u.ID); err == nil && u.Email != email {
		err = identity.ErrUserChanged // they took another address at this moment
	}
	return nil, &u, err
}

// claimAccount hands an account whose address was never proven to whoever proved
// it: whatever the one who registered it left behind goes, the name included.
func (a *App) claimAccount(ctx context.Context, s Stores, u identity.User, c identity.Claim, agreed identity.Agreed, address string, now time.Time) (identity.User, error) {
	name, err := identity.ParseName(c.Name)
	if err != nil {
		name = people.NameFrom(u.Email)
	}
	if err := a.proveAddress(ctx, s, &u, name, now); err != nil {
		return u, err
	}
	if err := s.Audit.Append(ctx, a.deps.Trail.Entry(string(u.ID), "identity.account_claimed", trail.User(u.ID), address, now)); err != nil {
		return u, err
	}
	if err := a.replaceAgreed(ctx, s, u.ID, agreed, address, now); err != nil {
		return u, err
	}
	_, err = a.deps.Providers.Link(ctx, s.links(), u, c, address, now)
	return u, err
}

// openAccount makes the account of somebody who is here for the first time. The
// page that sent them to the provider said what they agree to.
func (a *App) openAccount(ctx context.Context, s Stores, c identity.Claim, email identity.Email, agreed identity.Agreed, address string, now time.Time) (identity.User, error) {
	name, err := identity.ParseName(c.Name)
	if err != nil {
		name = people.NameFrom(email)
	}
	u := identity.User{
		ID: identity.UserID(a.deps.IDs.New()), Email: email, EmailVerified: true, Name: name,
		Role: identityport.RoleMember, CreatedAt: now, UpdatedAt: now,
	}
	if err := a.deps.People.Register(ctx, s.people(), u, string(u.ID), address, now); err != nil {
		return u, err
	}
	if err := a.recordAgreed(ctx, s, u.ID, agreed, address, now); err != nil {
		return u, err
	}
	_, err = a.deps.Providers.Link(ctx, s.links(), u, c, address, now)
	return u, err
}
