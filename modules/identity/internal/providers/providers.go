// Package providers leads browsers through sign-in providers (OpenID Connect, OAuth 2.0)
// and links the accounts that people have there.
//
// It promises that an answer is taken once, by the browser that asked, for what it asked,
// and that nothing of it counts until the provider's signature has been verified.
package providers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// Deps is what flows need.
type Deps struct {
	Providers []identity.OAuthProvider `deps:"optional"`
	Devices   throttle.Devices
	Limits    throttle.Limits
	Trail     trail.Writer
	Clock     clock.Clock
	IDs       idgen.Generator
	Reads     Reads
	// Do runs fn in a transaction.
	Do func(ctx context.Context, fn func(ctx context.Context, flows identity.OAuthFlows) error) error
}

// Reads is what is known of flows.
type Reads interface {
	// FlowPurpose returns what a flow was begun for; ErrFlowUnknown.
	FlowPurpose(ctx context.Context, stateHash []byte) (identity.FlowPurpose, error)
}

// LinkStores is what linking an account at a provider writes.
type LinkStores struct {
	Identities identity.Identities
	Audit      audit.Trail
	Jobs       jobs.Enqueuer
}

// Flows is the providers that are set up, and the ways through them.
type Flows struct {
	deps   Deps
	byName map[string]identity.OAuthProvider
}

// New fails when a dependency is missing, and when two providers share a name.
func New(d Deps) (*Flows, error) {
	if err := deps.Check("providers", d); err != nil {
		return nil, err
	}
	f := &Flows{deps: d, byName: make(map[string]identity.OAuthProvider, len(d.Providers))}
	f.deps.Providers = slices.Clone(d.Providers)
	for i, p := range d.Providers {
		if p == nil {
			return nil, fmt.Errorf("providers: provider %d is missing", i)
		}
		if _, taken := f.byName[p.Name()]; taken {
			return nil, fmt.Errorf("providers: two sign-in providers are named %q", p.Name())
		}
		f.byName[p.Name()] = p
	}
	return f, nil
}

// Has reports whether a provider of that name is set up.
func (f *Flows) Has(name string) bool { return f.byName[name] != nil }

// Label returns what people call a provider; false when it is not set up.
func (f *Flows) Label(name string) (string, bool) {
	p, ok := f.byName[name]
	if !ok {
		return "", false
	}
	return p.Label(), true
}

// List lists the ways of signing in, in the order of the configuration.
func (f *Flows) List() []identity.ProviderInfo {
	infos := make([]identity.ProviderInfo, 0, len(f.deps.Providers))
	for _, p := range f.deps.Providers {
		infos = append(infos, identity.ProviderInfo{Name: p.Name(), Label: p.Label()})
	}
	return infos
}

// Link makes the account of a claim one of u's.
func (f *Flows) Link(ctx context.Context, s LinkStores, u identity.User, c identity.Claim, address string, now time.Time) (identity.ExternalIdentity, error) {
	i := identity.ExternalIdentity{
		ID: f.deps.IDs.New(), User: u.ID, Provider: c.Provider, Subject: c.Subject, Email: c.Email, CreatedAt: now,
	}
	if err := s.Identities.Insert(ctx, i); err != nil {
		return i, err
	}
	return i, s.Audit.Append(ctx, f.deps.Trail.Entry(string(u.ID), "identity.identity_linked", trail.User(u.ID), address, now))
}

// LinkWithNotice tells the person besides, by a mail: whoever they are,
// who linked can come in from now on.
func (f *Flows) LinkWithNotice(ctx context.Context, s LinkStores, u identity.User, c identity.Claim, address string, now time.Time) (identity.ExternalIdentity, error) {
	i, err := f.Link(ctx, s, u, c, address, now)
	if err != nil {
		return i, err
	}
	return i, mails.Post(ctx, s.Jobs, mails.Mail{Kind: mails.IdentityLinked, User: u.ID, Data: f.MailData(i)})
}

// MailData is what a mail says of an identity.
func (f *Flows) MailData(i identity.ExternalIdentity) map[string]string {
	label := i.Provider
	if p, ok := f.byName[i.Provider]; ok {
		label = p.Label()
	}
	return map[string]string{"provider": label}
}
