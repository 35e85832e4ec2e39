// Package signingkeys is the keys that sign access tokens: the first one, their succession,
// and the set in which others look them up (RFC 7517).
//
// It promises that an installation makes its first key once, however many replicas need it
// at the same moment, and that a key verifies for as long as tokens of it may live.
package signingkeys

import (
	"context"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/internal/trail"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/deps"
)

// Deps is what the use cases need.
type Deps struct {
	UnitOfWork UnitOfWork
	Reads      identity.SigningKeyReads
	Tokens     identity.AccessTokens
	Clock      clock.Clock
	Trail      trail.Writer
}

// App is the use cases of this room.
type App struct{ deps Deps }

// New makes the use cases. It fails with a sentence that names every dependency that is
// missing.
func New(d Deps) (*App, error) {
	if err := deps.Check("signingkeys", d); err != nil {
		return nil, err
	}
	return &App{deps: d}, nil
}

// Stores is what a use case of this room may change in one transaction.
type Stores struct {
	SigningKeys identity.SigningKeys
	Audit       audit.Trail
}

// StoresOf picks this room's stores of all.
func StoresOf(all identity.Stores) Stores {
	return Stores{SigningKeys: all.SigningKeys, Audit: all.Audit}
}

// UnitOfWork runs fn in one transaction; see [identity.UnitOfWork].
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}
