// Package organizations is who belongs together and what they may do: organizations, their
// members, invitations and roles, the roles of the installation, and grants on single
// resources.
//
// It promises that nobody gives or takes more than they hold, that every organization keeps
// an owner, and that who does not belong to one is answered as if there were none.
package organizations

import (
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/people"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/throttle"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

// Deps is what the use cases need. All are required but SecondFactor.
type Deps struct {
	UnitOfWork UnitOfWork
	Reads      Reads
	Policy     identity.Policy
	// OrganizationPolicy is what members hold within organizations by their built-in roles.
	OrganizationPolicy identity.OrganizationPolicy
	SecondFactor       identity.FactorPolicy `deps:"optional"` // whose grace period organizations share
	Cache              cache.Cache
	Clock              clock.Clock
	IDs                idgen.Generator

	Trail  trail.Writer
	Limits throttle.Limits
	People people.Registry
}

// App is the use cases of this room.
type App struct{ deps Deps }

// New makes the use cases. It fails with a sentence that names every dependency that is
// missing.
func New(d Deps) (*App, error) {
	if err := deps.Check("organizations", d); err != nil {
		return nil, err
	}
	return &App{deps: d}, nil
}
