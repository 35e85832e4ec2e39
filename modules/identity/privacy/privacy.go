// Package privacy is what people may ask of whoever keeps their data: what they agreed to,
// a copy of everything that is held about them, and the end of their account.
//
// It promises that a copy names what every context holds, that an erased person is gone from
// identity in one transaction in which the other contexts are told, and that nobody is
// erased on whom others depend.
package privacy

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/access"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/mails"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/ports/idgen"
)

// Mails writes to somebody who is gone from the site.
type Mails interface {
	SendTo(ctx context.Context, m mails.Mail, name string) error
}

// Deps is what the use cases need. All are required but Texts and ErasureDelayed.
type Deps struct {
	UnitOfWork         UnitOfWork
	Reads              Reads
	Policy             identity.Policy
	OrganizationPolicy identity.OrganizationPolicy
	SiteName           string
	// Exporters lists every context that keeps something about people, this one
	// included. It is asked when an export begins, after all contexts are built.
	Exporters func() []identity.Exporter
	// Texts says which version of each text that people agree to is in force; nil: the
	// site's operator publishes none.
	Texts identity.TextsInForce `deps:"optional"`
	// ErasureDelayed is told of somebody whose account should have ended at a moment,
	// and what it waits for; nil tells nobody.
	ErasureDelayed func(id identity.UserID, since time.Time, reason error) `deps:"optional"`
	Mails          Mails
	Cache          cache.Cache
	Clock          clock.Clock
	IDs            idgen.Generator

	Trail trail.Writer
	Roles access.Roles
}

// App is the use cases of this room.
type App struct{ deps Deps }

// New makes the use cases. It fails with a sentence that names every dependency that is
// missing.
func New(d Deps) (*App, error) {
	if err := deps.Check("privacy", d); err != nil {
		return nil, err
	}
	return &App{deps: d}, nil
}
