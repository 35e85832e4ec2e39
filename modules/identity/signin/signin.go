// Package signin is how somebody comes in, and who a request comes from: making an account,
// signing in by password, mailed link or code, passkey and provider, the second step, the
// sessions and tokens that a sign-in leaves, and the links in mails that prove an address.
//
// A use case checks who may do it, decides by the rules of package identity, and commits
// rows, audit entries, events and jobs together. What a stranger is answered tells them
// nothing about whether there is an account, nor does the time that it takes. What a
// revocation makes stale is dropped from every replica's cache before the use case
// returns.
//
// To prove an address takes from its account whatever its first owner left there, which is
// why this room's [Stores] reach further than those of other rooms.
package signin

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/factors"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/passwords"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/people"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/providers"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

// Keys signs access tokens.
type Keys interface {
	SignAccess(ctx context.Context, c identity.AccessClaims) (string, error)
}

// Deps is what the use cases need. All are required but SecondFactor, Captcha and Texts.
type Deps struct {
	UnitOfWork UnitOfWork
	Reads      Reads
	Tokens     identity.AccessTokens // that are verified; Keys signs them
	Keys       Keys
	Sealer     identity.Sealer
	Ceremonies identity.PasskeyCeremonies
	// OrganizationPolicy is what members hold within organizations by their built-in roles.
	OrganizationPolicy identity.OrganizationPolicy
	// SecondFactor is of whom a second factor is required; the zero policy of nobody.
	SecondFactor identity.FactorPolicy `deps:"optional"`
	// Captcha tells people from programs at sign-up; nil asks nothing.
	Captcha identity.Captcha `deps:"optional"`
	// Texts says which version of each text that people agree to is in force; nil: the
	// site's operator publishes none.
	Texts    identity.TextsInForce `deps:"optional"`
	SiteName string
	Cache    cache.Cache
	Clock    clock.Clock
	IDs      idgen.Generator

	Trail     trail.Writer
	Limits    throttle.Limits
	Devices   throttle.Devices
	Failures  throttle.Failures
	Roles     access.Roles
	People    people.Registry
	Passwords *passwords.Checker
	Factors   factors.Prover
	Providers *providers.Flows
}

// App is the use cases of this room.
type App struct{ deps Deps }

// New makes the use cases. It fails with a sentence that names every dependency that is
// missing.
func New(d Deps) (*App, error) {
	if err := deps.Check("signin", d); err != nil {
		return nil, err
	}
	return &App{deps: d}, nil
}
