// Package retention deletes what has served: sessions, tokens, links and invitations that
// ended, once they are no longer kept for who asks afterwards.
package retention

import (
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
)

// Deps is what the use cases need. All are required but Retention.
type Deps struct {
	UnitOfWork UnitOfWork
	Retention  Retention `deps:"optional"` // zero keeps for ever
	Clock      clock.Clock
}

// App is the use cases of this room.
type App struct{ deps Deps }

// New makes the use cases. It fails with a sentence that names every dependency that is
// missing.
func New(d Deps) (*App, error) {
	if err := deps.Check("retention", d); err != nil {
		return nil, err
	}
	return &App{deps: d}, nil
}
