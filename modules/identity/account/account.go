// Package account is what people see and change of their own account: their profile and
// picture, their password, second factors and accounts at providers, their personal access
// tokens, and the proof that it is still them. It is also the directory in which other
// contexts look people up.
//
// It promises that nobody takes the last way to sign in from an account, nor the last second factor
// where one is required, and that people learn by mail of every change of what protects
// their account.
package account

import (
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

// Deps is what the use cases need. All are required but SecondFactor.
type Deps struct {
	UnitOfWork   UnitOfWork
	Reads        Reads
	Sealer       identity.Sealer
	TimeCodes    identity.TimeCodes
	Ceremonies   identity.PasskeyCeremonies
	Pictures     identity.AvatarMaker
	SecondFactor identity.FactorPolicy `deps:"optional"` // the zero policy requires one of nobody
	SiteName     string
	Cache        cache.Cache
	Clock        clock.Clock
	IDs          idgen.Generator

	Trail     trail.Writer
	Limits    throttle.Limits
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
	if err := deps.Check("account", d); err != nil {
		return nil, err
	}
	return &App{deps: d}, nil
}
