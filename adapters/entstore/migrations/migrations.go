// Package migrations brings the database's tables to what this program needs.
//
// Each context owns versioned SQL for both databases, generated from its schema by
// `go run ./adapters/entstore/migrations/diff NAME`, embedded by its store, and applied
// in the order of its numbers; the table <context>_migrations remembers which. This
// package owns the platform's, with which the tables of the job queue take part by
// versions of their own, which count from 1 and so come before the dates. Of many
// processes that run [Set.Up] at once, one does the work and the others wait for it.
package migrations

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
)

var (
	// ErrNoSessions reports that the database is behind a pooler that gives no sessions,
	// and no address past it is known: the lock of migrations would be lost on the way.
	ErrNoSessions = errors.New("migrations: the pooler gives no sessions")
	// ErrChanged reports that other migrations than those named were applied last.
	ErrChanged = errors.New("migrations: others were applied or rolled back meanwhile")
)

// Set is the migrations of a program: the platform's, and those of its contexts.
type Set struct{ contexts []entstore.Tables }

// Of is the platform's migrations and those of these contexts, which are applied in
// this order.
func Of(contexts ...entstore.Tables) Set {
	return Set{slices.Concat([]entstore.Tables{platform}, contexts)}
}

// Migration is one step of a context's schema; AppliedAt is zero while it is pending.
type Migration struct {
	Context   string
	Version   int64
	Name      string
	AppliedAt time.Time
	Unknown   bool // applied by another version of the program; Name is empty
	Absent    bool // Unknown, and of a context that this program does not have
}

// Up applies what is pending. A migration that fails leaves nothing behind; those
// before it stay; ErrNoSessions. On Postgres some are no transaction, so that a site can be read and
// written meanwhile: they build indexes concurrently and rewrite rows in small parts.
// Such a one may leave a part behind, and is applied from its beginning the next time.
func (s Set) Up(ctx context.Context, db *entstore.DB) error {
	// Nearly every start finds nothing to do and should not queue for the lock.
	pending, err := s.Pending(ctx, db)
	if err != nil || pending == 0 {
		return err
	}
	return alone(ctx, db, func() error {
		for _, of := range s.contexts {
			var options []goose.ProviderOption
			if db.Dialect() == entstore.Postgres {
				locker, err := sessionLocker()
				if err != nil {
					return err
				}
				options = append(options, goose.WithSessionLocker(locker))
			}
			p, _, err := provider(of, db.Dialect(), db.Sessions(), options...)
			if err != nil {
				return err
			}
			if _, err := p.Up(ctx); err != nil {
				return fmt.Errorf("migrations: up %s: %w", of.Context, err)
			}
		}
		return nil
	})
}

// Down rolls back the migrations that Status lists as applied last, in its order, the
// newest first. It deletes data. When they are not the last any more, because somebody
// else migrated meanwhile, it rolls back none: ErrChanged; ErrNoSessions.
func (s Set) Down(ctx context.Context, db *entstore.DB, last ...Migration) error {
	return aloneThroughout(ctx, db, func() error {
		applied, _, err := s.status(ctx, db.Dialect(), db.Sessions())
		if err != nil {
			return err
		}
		if len(applied) < len(last) {
			return ErrChanged
		}
		for i, m := range applied[len(applied)-len(last):] {
			if m.Context != last[i].Context || m.Version != last[i].Version {
				return ErrChanged
			}
		}
		for _, m := range slices.Backward(last) {
			p, _, err := provider(s.of(m.Context), db.Dialect(), db.Sessions())
			if err != nil {
				return err
			}
			if _, err := p.ApplyVersion(ctx, m.Version, false); err != nil {
				return fmt.Errorf("migrations: down %s: %w", m.Context, err)
			}
		}
		return nil
	})
}

func (s Set) of(context string) entstore.Tables {
	i := slices.IndexFunc(s.contexts, func(t entstore.Tables) bool { return t.Context == context })
	return s.contexts[i]
}

// Status returns the applied migrations in the order in which they were applied, which
// is that of Down turned round, then what Up would apply, and then what another version
// of the program applied.
func (s Set) Status(ctx context.Context, db *entstore.DB) ([]Migration, error) {
	// Without the lock: who only looks need not wait, and may come through a pooler.
	applied, pending, err := s.status(ctx, db.Dialect(), db.SQL())
	if err != nil {
		return nil, err
	}
	var known, unknown []Migration
	for _, m := range applied {
		if m.Unknown {
			unknown = append(unknown, m)
		} else {
			known = append(known, m)
		}
	}
	slices.SortStableFunc(unknown, func(a, b Migration) int { return cmp.Compare(a.Version, b.Version) })
	absent, err := s.absent(ctx, db)
	if err != nil {
		return nil, err
	}
	return slices.Concat(known, pending, unknown, absent), nil
}

// status lists what is applied of all contexts, in the order of application, and what
// is not. It makes no table: who only looks may not be allowed to.
func (s Set) status(ctx context.Context, dialect string, on *sql.DB) (applied, pending []Migration, err error) {
	for _, of := range s.contexts {
		p, table, err := provider(of, dialect, on)
		if err != nil {
			return nil, nil, err
		}
		own, err := table.applied(ctx, on)
		if err != nil {
			return nil, nil, entstore.Failure(err, entstore.Rules{}, "migrations: list the versions of %s", of.Context)
		}
		for i := range own {
			own[i].Context, own[i].Unknown = of.Context, true
		}
		for _, source := range p.ListSources() {
			at := slices.IndexFunc(own, func(a Migration) bool { return a.Version == source.Version })
			if at < 0 {
				pending = append(pending, Migration{Context: of.Context, Version: source.Version, Name: name(source)})
				continue
			}
			own[at].Name, own[at].Unknown = name(source), false
		}
		applied = inTime(applied, own)
	}
	return applied, pending, nil
}

// absent lists what was applied of contexts that this program does not have: of a module
// that was taken away, or that a release before a rollback brought.
func (s Set) absent(ctx context.Context, db *entstore.DB) (out []Migration, err error) {
	contexts, err := contextsIn(ctx, db)
	if err != nil {
		return nil, entstore.Failure(err, entstore.Rules{}, "migrations: list the contexts of the database")
	}
	for _, name := range contexts {
		if slices.ContainsFunc(s.contexts, func(t entstore.Tables) bool { return t.Context == name }) {
			continue
		}
		table, err := versionsOf(db.Dialect(), entstore.Tables{Context: name})
		if err != nil {
			return nil, err
		}
		of, err := table.applied(ctx, db.SQL())
		if err != nil {
			return nil, entstore.Failure(err, entstore.Rules{}, "migrations: list the versions of %s", name)
		}
		for _, m := range of {
			m.Context, m.Unknown, m.Absent = name, true, true
			out = append(out, m)
		}
	}
	return out, nil
}

// inTime merges two lists by when their migrations were applied. The order within each
// stays: it is that of the rows, whatever a clock said. At one time, a comes first, but
// for what another version of the program applied.
func inTime(a, b []Migration) []Migration {
	out := make([]Migration, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if b[0].AppliedAt.Before(a[0].AppliedAt) || b[0].AppliedAt.Equal(a[0].AppliedAt) && a[0].Unknown {
			out, b = append(out, b[0]), b[1:]
		} else {
			out, a = append(out, a[0]), a[1:]
		}
	}
	return slices.Concat(out, a, b)
}

// Pending counts the migrations that Up would apply.
func (s Set) Pending(ctx context.Context, db *entstore.DB) (int, error) {
	_, pending, err := s.status(ctx, db.Dialect(), db.SQL())
	return len(pending), err
}

// Retentions lists what becomes of the rows of every table, the job queue's included.
func (s Set) Retentions() []entstore.Retention {
	var out []entstore.Retention
	for _, of := range s.contexts {
		out = append(out, entstore.Retention{Table: of.Context + "_migrations", Kept: "one row for each migration"})
		out = append(out, of.Retentions...)
	}
	return out
}

func name(s *goose.Source) string {
	if s.Type == goose.TypeGo {
		return "job_queue"
	}
	_, name, _ := strings.Cut(strings.TrimSuffix(path.Base(s.Path), ".sql"), "_")
	return name
}

// provider applies the migrations of one context.
func provider(of entstore.Tables, dialect string, on *sql.DB, more ...goose.ProviderOption) (*goose.Provider, versions, error) {
	table, err := versionsOf(dialect, of)
	if err != nil {
		return nil, versions{}, err
	}
	options := []goose.ProviderOption{
		goose.WithDisableGlobalRegistry(true),
		goose.WithStore(table),
		// Branches are merged in any order, and the job queue's next version
		// has a small number: what is missing is applied wherever it stands.
		goose.WithAllowOutofOrder(true),
		goose.WithLogger(goose.NopLogger()),
	}
	if of.Context == platform.Context {
		queue, err := jobqueue.NewSchema(dialect)
		if err != nil {
			return nil, versions{}, fmt.Errorf("migrations: %w", err)
		}
		for _, v := range queue.Versions() {
			options = append(options, goose.WithGoMigrations(goose.NewGoMigration(v,
				&goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error { return queue.Up(ctx, tx, v) }},
				&goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error { return queue.Down(ctx, tx, v) }},
			)))
		}
	}
	own, err := fs.Sub(of.Files, path.Join(of.Folder, folder(dialect)))
	if err != nil {
		return nil, versions{}, fmt.Errorf("migrations: open those of %s: %w", of.Context, err)
	}
	p, err := goose.NewProvider(goose.DialectCustom, on, own, append(options, more...)...)
	if err != nil {
		return nil, versions{}, fmt.Errorf("migrations: read those of %s: %w", of.Context, err)
	}
	return p, table, nil
}

// folder is where the migrations for a dialect are.
func folder(dialect string) string {
	if dialect == entstore.Postgres {
		return "postgres"
	}
	return "sqlite"
}
