// Package migrations brings the database's tables to what this program needs.
//
// It owns the versioned SQL of both dialects, generated from the contexts' schemas by
// `go run ./adapters/entstore/migrations/diff NAME`, embedded, and applied in the
// order of their numbers; the table platform_migrations remembers which. The tables
// of the job queue take part with its own versions, which count from 1 and so come
// before this package's, which are dates. Of many processes that run [Up] at once,
// one does the work and the others wait for it.
package migrations

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
)

// table remembers what is applied.
const table = "platform_migrations"

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

var (
	// ErrNoSessions reports that the database is behind a pooler that gives no sessions,
	// and no address past it is known: the lock of migrations would be lost on the way.
	ErrNoSessions = errors.New("migrations: the pooler gives no sessions")
	// ErrChanged reports that other migrations than those named were applied last.
	ErrChanged = errors.New("migrations: others were applied or taken back meanwhile")
)

// Migration is one step of the schema; AppliedAt is zero while it is pending.
type Migration struct {
	Version   int64
	Name      string
	AppliedAt time.Time
	Unknown   bool // applied by another version of the program; Name is empty
}

// Up applies what is pending. A migration that fails leaves nothing behind; those
// before it stay; ErrNoSessions. On Postgres some are no transaction, so that a site can be read and
// written meanwhile: they build indexes concurrently and rewrite rows in small parts.
// Such a one may leave a part behind, and is applied from its beginning the next time.
func Up(ctx context.Context, db *entstore.DB) error {
	// Nearly every start finds nothing to do and should not queue for the lock.
	pending, err := Pending(ctx, db)
	if err != nil || pending == 0 {
		return err
	}
	return alone(ctx, db, func() error {
		var options []goose.ProviderOption
		if db.Dialect() == entstore.Postgres {
			locker, err := sessionLocker()
			if err != nil {
				return err
			}
			options = append(options, goose.WithSessionLocker(locker))
		}
		p, err := provider(db, db.Sessions(), options...)
		if err != nil {
			return err
		}
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrations: up: %w", err)
		}
		return nil
	})
}

// Down takes back the migrations that Status lists as applied last, in its order, the
// newest first. It deletes data. When they are not the last any more, because somebody
// else migrated meanwhile, it takes back none: ErrChanged; ErrNoSessions.
func Down(ctx context.Context, db *entstore.DB, last ...Migration) error {
	return aloneThroughout(ctx, db, func() error {
		_, applied, err := versions(ctx, db, db.Sessions())
		if err != nil {
			return err
		}
		if len(applied) < len(last) {
			return ErrChanged
		}
		for i, m := range slices.Backward(last) {
			if applied[len(last)-1-i].Version != m.Version {
				return ErrChanged
			}
		}
		p, err := provider(db, db.Sessions())
		if err != nil {
			return err
		}
		for _, m := range slices.Backward(last) {
			if _, err := p.ApplyVersion(ctx, m.Version, false); err != nil {
				return fmt.Errorf("migrations: down: %w", err)
			}
		}
		return nil
	})
}

// Status returns the applied migrations in the order in which they were applied, which
// is that of Down turned round, then what Up would apply, and then what another version
// of the program applied.
func Status(ctx context.Context, db *entstore.DB) ([]Migration, error) {
	// Without the lock: who only looks need not wait, and may come through a pooler.
	p, err := provider(db, nil)
	if err != nil {
		return nil, err
	}
	all, err := p.Status(ctx)
	if err != nil {
		return nil, entstore.Failure(err, entstore.Rules{}, "migrations: status")
	}
	out := make([]Migration, len(all))
	for i, m := range all {
		out[i] = Migration{Version: m.Source.Version, Name: name(m.Source)}
		if m.State == goose.StateApplied {
			out[i].AppliedAt = m.AppliedAt.UTC()
		}
	}
	store, applied, err := versions(ctx, db, db.SQL())
	if err != nil {
		return nil, err
	}
	// A branch may have brought one that is older than what was there already.
	nth := map[int64]int{}
	for i, a := range slices.Backward(applied) { // the newest comes first
		nth[a.Version] = i
	}
	slices.SortStableFunc(out, func(a, b Migration) int {
		i, isApplied := nth[a.Version]
		j, alsoApplied := nth[b.Version]
		switch {
		case isApplied && alsoApplied:
			return cmp.Compare(j, i)
		case isApplied:
			return -1
		case alsoApplied:
			return 1
		}
		return cmp.Compare(a.Version, b.Version)
	})
	others, err := unknown(ctx, db, store, applied, out)
	return slices.Concat(out, others), err
}

// versions reads the table of what was applied, the newest first.
func versions(ctx context.Context, db *entstore.DB, on *sql.DB) (database.Store, []*database.ListMigrationsResult, error) {
	dialect := database.DialectSQLite3
	if db.Dialect() == entstore.Postgres {
		dialect = database.DialectPostgres
	}
	store, err := database.NewStore(dialect, table)
	if err != nil {
		return nil, nil, fmt.Errorf("migrations: open the table of versions: %w", err)
	}
	applied, err := store.ListMigrations(ctx, on)
	if err != nil {
		return nil, nil, entstore.Failure(err, entstore.Rules{}, "migrations: list the versions")
	}
	return store, applied, nil
}

// unknown lists what is applied and is none of these.
func unknown(ctx context.Context, db *entstore.DB, store database.Store, applied []*database.ListMigrationsResult, known []Migration) ([]Migration, error) {
	var out []Migration
	for _, a := range applied {
		if a.Version == 0 || !a.IsApplied || slices.ContainsFunc(known, func(m Migration) bool { return m.Version == a.Version }) {
			continue
		}
		m, err := store.GetMigration(ctx, db.SQL(), a.Version)
		if err != nil {
			return nil, entstore.Failure(err, entstore.Rules{}, "migrations: read a version")
		}
		out = append(out, Migration{Version: a.Version, AppliedAt: m.Timestamp.UTC(), Unknown: true})
	}
	slices.SortFunc(out, func(a, b Migration) int { return cmp.Compare(a.Version, b.Version) })
	return out, nil
}

// Pending counts the migrations that Up would apply.
func Pending(ctx context.Context, db *entstore.DB) (int, error) {
	all, err := Status(ctx, db)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, s := range all {
		if s.AppliedAt.IsZero() {
			n++
		}
	}
	return n, nil
}

func name(s *goose.Source) string {
	switch {
	case s.Version == emailForms:
		return "email_forms"
	case s.Version == searchWords:
		return "search_words_of_people"
	case s.Type == goose.TypeGo:
		return "job_queue"
	}
	_, name, _ := strings.Cut(strings.TrimSuffix(path.Base(s.Path), ".sql"), "_")
	return name
}

// provider applies migrations on sessions, for who is alone; without, it only looks at
// them.
func provider(db *entstore.DB, sessions *sql.DB, more ...goose.ProviderOption) (*goose.Provider, error) {
	dialect, dir := goose.DialectSQLite3, "sqlite"
	options := []goose.ProviderOption{
		goose.WithDisableGlobalRegistry(true),
		goose.WithTableName(table),
		// Branches are merged in any order, and the job queue's next version
		// has a small number: what is missing is applied wherever it stands.
		goose.WithAllowOutofOrder(true),
		goose.WithLogger(goose.NopLogger()),
	}
	if db.Dialect() == entstore.Postgres {
		dialect, dir = goose.DialectPostgres, "postgres"
	}
	queue, err := jobqueue.NewSchema(db.Dialect())
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	for _, v := range queue.Versions() {
		options = append(options, goose.WithGoMigrations(goose.NewGoMigration(v,
			&goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error { return queue.Up(ctx, tx, v) }},
			&goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error { return queue.Down(ctx, tx, v) }},
		)))
	}
	options = append(options, goose.WithGoMigrations(goose.NewGoMigration(emailForms,
		&goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error { return foldEmails(ctx, tx, db.Dialect()) }},
		&goose.GoFunc{RunTx: func(context.Context, *sql.Tx) error { return nil }}, // the older program reads this form too
	)))
	// The words go down with their column.
	words, none := &goose.GoFunc{RunDB: foldPeople}, &goose.GoFunc{RunDB: func(context.Context, *sql.DB) error { return nil }}
	if db.Dialect() == entstore.SQLite {
		words, none = &goose.GoFunc{RunTx: foldPeopleAtOnce}, &goose.GoFunc{RunTx: func(context.Context, *sql.Tx) error { return nil }}
	}
	options = append(options, goose.WithGoMigrations(goose.NewGoMigration(searchWords, words, none)))
	own, err := fs.Sub(files, dir)
	if err != nil {
		return nil, fmt.Errorf("migrations: open %s: %w", dir, err)
	}
	on := sessions
	if on == nil {
		on = db.SQL()
	}
	p, err := goose.NewProvider(dialect, on, own, append(options, more...)...)
	if err != nil {
		return nil, fmt.Errorf("migrations: read %s: %w", dir, err)
	}
	return p, nil
}
