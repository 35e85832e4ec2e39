package entstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// A transaction whose process hangs must not hold its locks for ever.
const (
	idleTimeout   = "idle_in_transaction_session_timeout"
	idleTimeoutMs = "60000"
)

// ErrBadURL reports a URL of Postgres that cannot be read.
var ErrBadURL = errors.New("entstore: the database URL cannot be read")

// openPostgres opens one pgx pool and puts database/sql on top of it, so that ent
// and the job queue take from the same connections. pgx prepares each statement
// once a connection and keeps it; behind a pooler that gives a connection for a
// transaction only, it keeps no more than their descriptions, on this side.
func openPostgres(ctx context.Context, url string, o Options) (*DB, error) {
	config, err := poolConfig(url, o)
	if err != nil {
		return nil, err
	}
	mode := o.Pooler
	if mode == PoolerUnknown {
		if mode, err = findPooler(ctx, config, o); err != nil {
			return nil, unavailable(err)
		}
	}
	db := &DB{dialect: Postgres}
	switch params := config.ConnConfig.RuntimeParams; mode {
	case TransactionPooler:
		// Poolers refuse what they cannot keep for each client, and what is set on
		// a connection would be left to another client: it is set in transactions.
		db.idleTimeout = preset(params, idleTimeout, idleTimeoutMs)
		delete(params, idleTimeout)
		if !strings.Contains(url, "default_query_exec_mode=") {
			config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
		}
	case SessionPooler:
		timeout := preset(params, idleTimeout, idleTimeoutMs)
		delete(params, idleTimeout)
		config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "SELECT set_config($1, $2, false)", idleTimeout, timeout)
			return err
		}
	default:
		preset(params, idleTimeout, idleTimeoutMs)
	}
	db.following = followPrimary(config, url)
	if db.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("entstore: make the pool: %w", err)
	}
	db.following.pool.Store(db.pool)
	db.write = stdlib.OpenDBFromPool(db.pool)
	db.read, db.queries = db.write, db.write
	db.cleanup = append(db.cleanup, func() error { db.pool.Close(); return nil }, db.write.Close)
	if o.Direct == "" && mode != TransactionPooler {
		db.sessionPool, db.sessions = db.pool, db.write
	}
	if o.Direct != "" {
		if err := db.openDirect(ctx, o); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

// openDirect makes the pool past the pooler. It connects when somebody asks for it.
func (db *DB) openDirect(ctx context.Context, o Options) error {
	config, err := poolConfig(o.Direct, o)
	if err != nil {
		return err
	}
	preset(config.ConnConfig.RuntimeParams, idleTimeout, idleTimeoutMs)
	config.MaxConns, config.MinIdleConns, config.MaxConnIdleTime = 4, 0, 30*time.Second
	following := followPrimary(config, o.Direct)
	if db.sessionPool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return fmt.Errorf("entstore: make the direct pool: %w", err)
	}
	following.pool.Store(db.sessionPool)
	db.sessions = stdlib.OpenDBFromPool(db.sessionPool)
	db.cleanup = append(db.cleanup, func() error { db.sessionPool.Close(); return nil }, db.sessions.Close)
	return nil
}

func poolConfig(url string, o Options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrBadURL, reasonOf(err))
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
	if config.ConnConfig.Password == "" {
		config.ConnConfig.Password = o.Password
	}
	preset(config.ConnConfig.RuntimeParams, "application_name", o.Name)
	preset(config.ConnConfig.RuntimeParams, "timezone", "UTC")
	return config, nil
}

// reasonOf is what the driver says of a URL, without the URL: it holds a password.
func reasonOf(err error) string {
	const end = "`: "
	text := err.Error()
	if i := strings.LastIndex(text, end); i >= 0 {
		return text[i+len(end):]
	}
	return "its form is wrong"
}

// preset returns the value in force: the one that was given, or this one.
func preset(params map[string]string, name, value string) string {
	if given, ok := params[name]; ok {
		return given
	}
	params[name] = value
	return value
}

// findPooler asks the other side who it is. Postgres tells its process id when a
// connection begins, and when it is asked; a pooler answers the beginning itself,
// with a number of its own. How it pools cannot be seen from here, so the mode that
// promises less is assumed.
func findPooler(ctx context.Context, config *pgxpool.Config, o Options) (_ Pooler, err error) {
	if o.Direct != "" {
		return TransactionPooler, nil
	}
	probe := config.ConnConfig.Copy()
	delete(probe.RuntimeParams, idleTimeout)
	probe.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conn, err := pgx.ConnectConfig(ctx, probe)
	if err != nil {
		return PoolerUnknown, err
	}
	defer func() { _ = conn.Close(ctx) }() // the answer is known; nothing of it is lost
	var pid uint32
	if err := conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		return PoolerUnknown, err
	}
	if pid != conn.PgConn().PID() {
		return TransactionPooler, nil
	}
	return NoPooler, nil
}
