package wire

import (
	"context"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/invalidations"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/lifecycle"
)

// openInvalidations makes the reader of what changes made stale. On a server it has a
// connection of its own: a pool that is used up would keep it from reading, and a cache
// that cannot be believed would have the pool used up.
func (i *infra) openInvalidations(ctx context.Context, cfg config.Config) error {
	db := i.db
	if db.Dialect() == entstore.Postgres {
		own, err := entstore.Open(ctx, cfg.Database.URL, entstore.Options{
			MaxOpen: 1, Name: "neoforge-invalidations", Password: cfg.Database.Password, Pooler: poolers[cfg.Database.Pooler],
		})
		if err != nil {
			return explainDatabase(cfg, err)
		}
		i.onClose("the connection that reads invalidations", own.Close)
		db = own
	}
	log, err := invalidations.New(db, i.db.Origin(), i.cache)
	i.invalidations = log
	return err
}

// invalidationsPart reads what other processes have made stale while this one serves or
// works.
func (i *infra) invalidationsPart() lifecycle.Part {
	return lifecycle.Part{
		Name: "the reading of invalidations",
		Start: func(ctx context.Context) error {
			i.follow()
			i.invalidations.Start(ctx)
			return nil
		},
		Stop: func(context.Context) error { return i.invalidations.Close() },
	}
}
