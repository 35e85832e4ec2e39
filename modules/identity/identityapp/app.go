// Package identityapp holds the use cases of identity, one file each: signing in
// and out, who a request comes from, making and erasing accounts.
//
// A use case checks who may do it, decides by the rules of package identity, and
// commits rows, audit entries, events and jobs together. Guesses of passwords are
// counted before they are checked, over all replicas; when nobody can count, no
// guess is taken. What a revocation makes stale is forgotten by every replica's
// cache before the use case returns.
package identityapp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// Deps is what the use cases need. All are required but Providers, HumanCheck,
// Breached, SecondFactor, Watchers, Texts, Jobs and ErasureDelayed.
type Deps struct {
	UnitOfWork identity.UnitOfWork
	Reads      identity.Reads
	Hasher     identity.PasswordHasher
	Tokens     identity.AccessTokens
	Sealer     identity.Sealer
	TimeCodes  identity.TimeCodes
	Ceremonies identity.PasskeyCeremonies
	Providers  []identity.OAuthProvider
	Policy     identity.Policy
	// OrganizationPolicy is identity's own part when nothing else is given.
	OrganizationPolicy identity.OrganizationPolicy
	Cache              cache.Cache
	Limiter            ratelimit.Limiter
	Mail               mail.Sender
	Clock              clock.Clock
	IDs                idgen.Generator
	BaseURL            string // origin of the site, for links in letters
	SiteName           string
	// HumanCheck tells people from programs at sign-up; nil asks nothing.
	HumanCheck identity.HumanCheck
	// Breached is where new passwords are looked up; nil looks nowhere.
	Breached identity.BreachedPasswords
	// SecondFactor is of whom a second factor is required; the zero policy of nobody.
	SecondFactor FactorPolicy
	Retention    Retention
	// PasswordsAtOnce bounds the requests that have a password hashed or wait for it;
	// zero: 64.
	PasswordsAtOnce int
	// PasswordsRefused is told that some are refused, once a minute at the most. It must
	// not wait; nil tells nobody.
	PasswordsRefused func(PasswordLoad)
	Pictures         identity.AvatarMaker
	// ErasureDelayed is told of somebody whose account should have ended at a moment,
	// and what it waits for; nil tells nobody.
	ErasureDelayed func(id identity.UserID, since time.Time, reason error)
	// Watchers are the contexts that show names. They are asked for when a name has
	// changed, after all contexts are built; nil: there are none.
	Watchers func() []identityport.Watcher
	// Texts says which version of each text that people agree to is in force; nil: the
	// site's operator publishes none.
	Texts func(ctx context.Context) (identity.Texts, error)
	// Jobs is what the job queues hold, of all contexts; nil shows administrators none.
	Jobs JobReads
	// Exporters lists every context that keeps something about people, this one
	// included. It is asked when an export begins, after all contexts are built.
	Exporters func() []Exporter
}

// App is the use cases. It is the directory of people for other contexts.
type App struct {
	deps      Deps
	providers map[string]identity.OAuthProvider
	letters   *letterBook
	gate      *passwordGate
}

var _ identityport.Directory = (*App)(nil)

// New makes the use cases. It fails with a sentence that names every dependency
// that is missing, and when two providers share a name.
func New(d Deps) (*App, error) {
	var missing []string
	for _, need := range []struct {
		name  string
		given bool
	}{
		{"UnitOfWork", d.UnitOfWork != nil},
		{"Reads", d.Reads != nil},
		{"Hasher", d.Hasher != nil},
		{"Tokens", d.Tokens != nil},
		{"Sealer", d.Sealer != nil},
		{"TimeCodes", d.TimeCodes != nil},
		{"Ceremonies", d.Ceremonies != nil},
		{"Policy", d.Policy != nil},
		{"Cache", d.Cache != nil},
		{"Limiter", d.Limiter != nil},
		{"Mail", d.Mail != nil},
		{"Pictures", d.Pictures != nil},
		{"Exporters", d.Exporters != nil},
		{"Clock", d.Clock != nil},
		{"IDs", d.IDs != nil},
		{"BaseURL", d.BaseURL != ""},
		{"SiteName", d.SiteName != ""},
		{"SecondFactor.Administrative", d.SecondFactor.Requirement != identity.RequireAdministrators || len(d.SecondFactor.Administrative) > 0},
	} {
		if !need.given {
			missing = append(missing, need.name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("identityapp: missing %s", strings.Join(missing, ", "))
	}
	d.BaseURL = strings.TrimRight(d.BaseURL, "/")
	if d.OrganizationPolicy == nil {
		d.OrganizationPolicy = identity.IdentityOrganizationPolicy()
	}
	d.Providers = slices.Clone(d.Providers)
	letters, err := openLetters()
	if err != nil {
		return nil, err
	}
	a := &App{deps: d, letters: letters, gate: newPasswordGate(d.PasswordsAtOnce, d.PasswordsRefused), providers: make(map[string]identity.OAuthProvider, len(d.Providers))}
	for i, p := range d.Providers {
		if p == nil {
			return nil, fmt.Errorf("identityapp: provider %d is missing", i)
		}
		if _, taken := a.providers[p.Name()]; taken {
			return nil, fmt.Errorf("identityapp: two sign-in providers are named %q", p.Name())
		}
		a.providers[p.Name()] = p
	}
	return a, nil
}

// system is the actor of acts that no person asked for.
const system = "system"

// entry makes an audit entry; address is empty for the command line and jobs.
func (a *App) entry(actor, action, resource, address string, at time.Time) audit.Entry {
	return audit.Entry{ID: a.deps.IDs.New(), Actor: actor, Action: action, Resource: resource, Address: address, At: at}
}

// publish writes an event in the transaction of s.
func (a *App) publish(ctx context.Context, s identity.Stores, at time.Time, p events.Payload) error {
	e, err := events.New(a.deps.IDs.New(), at, p)
	if err != nil {
		return fmt.Errorf("identityapp: %w", err)
	}
	if err := s.Events.Write(ctx, e); err != nil {
		return fmt.Errorf("identityapp: publish %s: %w", e.Name, err)
	}
	return nil
}

func userResource(id identity.UserID) string { return "user:" + string(id) }
func sessionResource(id string) string       { return "session:" + id }
