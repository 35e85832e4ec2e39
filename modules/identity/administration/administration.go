// Package administration is what administrators do: looking after people, acting in
// somebody's name, reading the audit trail, and mending what the queues and mail servers
// refused.
//
// It promises that every act is done in the administrator's own name and stands in the audit
// trail, that nobody does such a thing to their own account, and that the last administrator
// stays one.
package administration

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/passwords"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/people"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

// Sessions says whose a session is, and ends it.
type Sessions interface {
	// AuthenticateSession fails with ErrNotSignedIn.
	AuthenticateSession(ctx context.Context, secret identity.Secret) (identity.Actor, error)
	SignOut(ctx context.Context, actor identity.Actor) error
	// ActorOf makes the actor of a request of somebody's; ErrUserNotFound, ErrSuspended,
	// ErrEmailUnproven.
	ActorOf(ctx context.Context, id identity.UserID) (identity.Actor, error)
}

// Deps is what the use cases need. All are required but Jobs, AuditStates and Errors.
type Deps struct {
	UnitOfWork UnitOfWork
	Reads      Reads
	Policy     identity.Policy
	// Jobs is what the job queues hold, of all contexts; nil shows administrators none.
	Jobs JobReads `deps:"optional"`
	// AuditStates is how the seals of the audit trail stand; nil: nothing seals it.
	AuditStates audit.States `deps:"optional"`
	// Errors are the defects that were seen, of all contexts; nil shows administrators none.
	Errors errortracking.Reads `deps:"optional"`
	// Sessions is what this room asks of signing in.
	Sessions Sessions
	// Explainers tell, for the resources of every context, who may do what to one.
	Explainers func() []identityport.Explainer
	Cache      cache.Cache
	Clock      clock.Clock
	IDs        idgen.Generator

	Trail     trail.Writer
	Roles     access.Roles
	People    people.Registry
	Passwords *passwords.Checker
}

// App is the use cases of this room.
type App struct{ deps Deps }

// New makes the use cases. It fails with a sentence that names every dependency that is
// missing.
func New(d Deps) (*App, error) {
	if err := deps.Check("administration", d); err != nil {
		return nil, err
	}
	return &App{deps: d}, nil
}
