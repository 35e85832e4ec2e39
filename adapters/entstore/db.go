package entstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The dialects, as [DB.Dialect] answers.
const (
	SQLite   = dialect.SQLite
	Postgres = dialect.Postgres
)

// Options size the pools. Zero values choose for the machine.
type Options struct {
	MaxOpen   int           // connections; on SQLite those that read
	CacheSize int           // SQLite: bytes of page cache over all connections
	Lifetime  time.Duration // Postgres: after which a connection is replaced
	IdleTime  time.Duration // Postgres: after which an unused connection is closed
	Name      string        // Postgres: application_name
	Password  string        // Postgres: where the URL has none
	Pooler    Pooler        // Postgres: what stands before it
	Direct    string        // Postgres: a URL past the pooler, for [DB.SessionPool]; it connects when that is used
}

// Pooler is what stands between this program and Postgres.
type Pooler int

// The poolers. One in transaction mode, such as PgBouncer mostly is, gives a
// connection for one transaction only: prepared statements, LISTEN and locks of a
// session do not work through it. Open finds out about one that it is not told of.
const (
	PoolerUnknown Pooler = iota
	NoPooler
	SessionPooler
	TransactionPooler
)

func (o Options) withDefaults() Options {
	if o.MaxOpen <= 0 {
		o.MaxOpen = max(4, 4*runtime.GOMAXPROCS(0))
	}
	if o.CacheSize <= 0 {
		o.CacheSize = 32 << 20
	}
	if o.Lifetime <= 0 {
		o.Lifetime = 30 * time.Minute
	}
	if o.IdleTime <= 0 {
		o.IdleTime = 5 * time.Minute
	}
	if o.Name == "" {
		o.Name = "neoforge"
	}
	return o
}

// DB is an open database.
type DB struct {
	dialect string
	write   *sql.DB
	read    *sql.DB
	pool    *pgxpool.Pool // nil on SQLite
	path    string        // of SQLite's file
	queries Querier
	reads   dialect.Driver
	cleanup []func() error // in the order of opening

	following   *following    // nil on SQLite
	sessionPool *pgxpool.Pool // nil on SQLite, and where a pooler gives no sessions
	sessions    *sql.DB       // nil where a pooler gives no sessions
	idleTimeout string        // to be set in each transaction; empty: the connection has it

	origin       string // see Origin
	invalidated  func(id int64, tags []string)
	invalidating func(ctx context.Context, tx *sql.Tx, tags []string) error // see WithInvalidation; may be nil
	watchers     []func(ctx context.Context, s Statement)                   // see Watch
	transactions func(ctx context.Context) (context.Context, func(error))   // see WatchTransactions; may be nil
}

// Open connects to the database that a URL names and makes sure that it answers:
// "sqlite://path" for a file, which is made when missing; "sqlite://:memory:" for
// a database of one's own that is gone after Close; "postgres://…" for a server.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	o = o.withDefaults()
	var (
		db  *DB
		err error
	)
	switch scheme, rest, _ := strings.Cut(url, "://"); scheme {
	case "sqlite":
		db, err = openSQLite(rest, o)
	case "postgres", "postgresql":
		db, err = openPostgres(ctx, url, o)
	default:
		// The URL is not repeated: it may hold a password.
		return nil, errors.New("entstore: the database URL must begin with sqlite:// or postgres://")
	}
	if err != nil {
		return nil, err
	}
	if db.dialect == SQLite {
		db.sessions = db.write
		db.forgetStatistics(ctx) // before a reader has seen them
	}
	if err := db.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("entstore: open the database: %w", err), db.Close())
	}
	db.origin = rand.Text()
	db.reads = entsql.NewDriver(db.dialect, entsql.Conn{ExecQuerier: outside{db}})
	return db, nil
}

// Dialect is SQLite or Postgres.
func (db *DB) Dialect() string { return db.dialect }

// SQL is the pool that writes.
func (db *DB) SQL() *sql.DB { return db.write }

// PgxPool is the pool under SQL on Postgres; nil on SQLite.
func (db *DB) PgxPool() *pgxpool.Pool { return db.pool }

// SessionPool is for what needs a connection to itself between transactions, such as
// LISTEN; nil on SQLite, and behind a pooler that gives none.
func (db *DB) SessionPool() *pgxpool.Pool { return db.sessionPool }

// Sessions is for what holds a lock of its session, as migrations do; nil behind a
// pooler that gives none.
func (db *DB) Sessions() *sql.DB { return db.sessions }

// Path is SQLite's file; empty on Postgres.
func (db *DB) Path() string { return db.path }

// Reads is ent's driver outside any transaction, on the pool that reads.
func (db *DB) Reads() dialect.Driver { return db.reads }

// Querier runs SQL that a store has put together itself.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Queries is SQL outside any transaction, on the pool that reads.
func (db *DB) Queries() Querier { return outside{db} }

// Ping reports whether the database answers; ErrUnavailable.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.write.PingContext(ctx); err != nil {
		return unavailable(err)
	}
	if db.read == db.write {
		return nil
	}
	if err := db.read.PingContext(ctx); err != nil {
		return unavailable(err)
	}
	return nil
}

// CanWrite reports whether the database answers and takes writes, as a standby does
// not before it is promoted; ErrUnavailable.
func (db *DB) CanWrite(ctx context.Context) error {
	if db.following == nil {
		return db.Ping(ctx)
	}
	var refuses bool
	err := db.write.QueryRowContext(ctx, "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool").Scan(&refuses)
	if err != nil {
		return unavailable(err)
	}
	if refuses {
		db.following.drop()
		return fmt.Errorf("%w: it takes no writes: this is a standby, or a server that was made read only", ErrUnavailable)
	}
	return nil
}

// Close waits for running queries and closes every connection.
func (db *DB) Close() error {
	var errs []error
	for i := len(db.cleanup) - 1; i >= 0; i-- {
		errs = append(errs, db.cleanup[i]())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("entstore: close: %w", err)
	}
	return nil
}

// PoolStats is how busy one pool is.
type PoolStats struct {
	Pool    string // "write", "read" or "all"
	Max     int
	Open    int
	InUse   int
	Waits   int64         // how often somebody had to wait for a connection
	Waiting time.Duration // for how long altogether
}

// Stats tells how busy the pools are.
func (db *DB) Stats() []PoolStats {
	if db.pool != nil {
		s := db.pool.Stat()
		return []PoolStats{{
			Pool: "all", Max: int(s.MaxConns()), Open: int(s.TotalConns()), InUse: int(s.AcquiredConns()),
			Waits: s.EmptyAcquireCount(), Waiting: s.EmptyAcquireWaitTime(),
		}}
	}
	return []PoolStats{poolStats("write", db.write), poolStats("read", db.read)}
}

func poolStats(name string, db *sql.DB) PoolStats {
	s := db.Stats()
	return PoolStats{
		Pool: name, Max: s.MaxOpenConnections, Open: s.OpenConnections, InUse: s.InUse,
		Waits: s.WaitCount, Waiting: s.WaitDuration,
	}
}
