package entstore

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPostgres opens one pgx pool and puts database/sql on top of it, so that ent
// and the job queue take from the same connections. pgx prepares each statement
// once a connection and keeps it.
func openPostgres(ctx context.Context, url string, o Options) (*DB, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("entstore: read the database URL: %w", err)
	}
	config.MaxConns = int32(min(o.MaxOpen, 1<<15))
	config.MinIdleConns = min(2, config.MaxConns)
	config.MaxConnLifetime = o.Lifetime
	config.MaxConnLifetimeJitter = o.Lifetime / 10 // so that they are not all replaced at once
	config.MaxConnIdleTime = o.IdleTime
	config.HealthCheckPeriod = 15 * time.Second
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	defaults := map[string]string{
		"application_name": o.Name,
		"timezone":         "UTC",
		// A transaction whose process hangs must not hold its locks for ever.
		"idle_in_transaction_session_timeout": "60000",
	}
	for name, value := range defaults {
		if _, given := config.ConnConfig.RuntimeParams[name]; !given {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	following := followPrimary(config, url)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("entstore: make the pool: %w", err)
	}
	following.pool.Store(pool)
	db := stdlib.OpenDBFromPool(pool)
	return &DB{
		dialect: Postgres, write: db, read: db, pool: pool, queries: db, following: following,
		cleanup: []func() error{
			func() error { pool.Close(); return nil },
			db.Close,
		},
	}, nil
}
