// Command diff writes the migration that leads from the ones there are to what
// ent/schema declares, in both dialects:
//
//	go run ./adapters/entstore/migrations/diff NAME
//	go run ./adapters/entstore/migrations/diff -check
//
// With -check it writes nothing and exits 1 when a migration is missing. The
// present migrations are replayed on an empty database: SQLite's is made for the
// purpose, Postgres's is made and dropped on the server that the variable
// NEOFORGE_DEV_POSTGRES_URL names, whose role must be allowed to.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	atlas "ariga.io/atlas/sql/migrate"
	atlasschema "ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqltool"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/migrate"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "migrations:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has run
	}
}

var namePattern = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("diff", flag.ContinueOnError)
	check := flags.Bool("check", false, "write nothing; fail when a migration is missing")
	root := flags.String("dir", "adapters/entstore/migrations", "folder of the migrations")
	if err := flags.Parse(args); err != nil {
		return err
	}
	name := flags.Arg(0)
	if *check {
		name = "missing"
	}
	if !namePattern.MatchString(name) {
		return errors.New("give the migration a name of lower-case words with underscores between them")
	}
	for _, dialect := range []string{entstore.SQLite, entstore.Postgres} {
		written, err := diff(ctx, dialect, *root, name, *check)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", dialect, err)
		case written == "":
			fmt.Printf("%s: the migrations lead to the schema\n", dialect)
		case *check:
			return fmt.Errorf("%s: a migration is missing; run `go run ./adapters/entstore/migrations/diff NAME`", dialect)
		default:
			fmt.Printf("%s: wrote %s\n", dialect, written)
		}
	}
	return nil
}

// diff works on a copy of the folder, where atlas finds the checksums that it
// asks for and this project has no use for, and brings back the new file.
func diff(ctx context.Context, dialect, root, name string, check bool) (written string, err error) {
	folder := filepath.Join(root, map[string]string{entstore.SQLite: "sqlite", entstore.Postgres: "postgres"}[dialect])
	work, err := os.MkdirTemp("", "migrations-*")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	before, err := copySQL(folder, work, nil)
	if err != nil {
		return "", err
	}
	dir, err := sqltool.NewGooseDir(work)
	if err != nil {
		return "", err
	}
	sum, err := dir.Checksum()
	if err != nil {
		return "", err
	}
	if err := atlas.WriteSumFile(dir, sum); err != nil {
		return "", err
	}

	db, drop, err := empty(ctx, dialect)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close(), drop()) }()
	m, err := schema.NewMigrate(entsql.OpenDB(dialect, db.SQL()),
		schema.WithDir(dir),
		schema.WithFormatter(sqltool.GooseFormatter),
		schema.WithMigrationMode(schema.ModeReplay),
		schema.WithDialect(dialect),
		schema.WithDropColumn(true),
		schema.WithDropIndex(true),
		schema.WithErrNoPlan(true),
		schema.WithDiffHook(keepWrittenByHand),
	)
	if err != nil {
		return "", err
	}
	switch err := m.NamedDiff(ctx, name, parentsFirst(migrate.Tables)...); {
	case errors.Is(err, atlas.ErrNoPlan):
		return "", nil
	case err != nil:
		return "", err
	}
	target := folder
	if check {
		target = ""
	}
	after, err := copySQL(work, target, before)
	if err != nil || len(after) == 0 {
		return "", err
	}
	return after[0], nil
}

// writtenByHand are the indexes on declared tables that ent/schema cannot say:
// those on an expression. (Tables that it does not declare are left alone anyway.)
var writtenByHand = []string{"identity_users_words"}

// keepWrittenByHand lets no migration drop them.
func keepWrittenByHand(next schema.Differ) schema.Differ {
	return schema.DiffFunc(func(current, desired *atlasschema.Schema) ([]atlasschema.Change, error) {
		changes, err := next.Diff(current, desired)
		if err != nil {
			return nil, err
		}
		var kept []atlasschema.Change
		for _, c := range changes {
			table, ok := c.(*atlasschema.ModifyTable)
			if !ok {
				kept = append(kept, c)
				continue
			}
			table.Changes = slices.DeleteFunc(table.Changes, func(c atlasschema.Change) bool {
				drop, ok := c.(*atlasschema.DropIndex)
				return ok && slices.Contains(writtenByHand, drop.I.Name)
			})
			if len(table.Changes) > 0 {
				kept = append(kept, table)
			}
		}
		return kept, nil
	})
}

// parentsFirst orders tables so that each comes after those that it refers to.
// The way back is the same in reverse, and SQLite deletes no table whose parent is
// gone.
func parentsFirst(tables []*schema.Table) []*schema.Table {
	var (
		sorted []*schema.Table
		visit  func(t *schema.Table)
	)
	visit = func(t *schema.Table) {
		if slices.Contains(sorted, t) {
			return
		}
		for _, key := range t.ForeignKeys {
			if key.RefTable != t {
				visit(key.RefTable)
			}
		}
		sorted = append(sorted, t)
	}
	for _, t := range tables {
		visit(t)
	}
	return sorted
}

// copySQL copies the migrations of a folder, but those named in except, and
// returns their names. An empty target only names them.
func copySQL(from, to string, except []string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(from, "*.sql"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, path := range paths {
		name := filepath.Base(path)
		if slices.Contains(except, name) {
			continue
		}
		names = append(names, name)
		if to == "" {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(to, name), data, 0o644); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// empty opens a database without tables and returns what removes it.
func empty(ctx context.Context, dialect string) (*entstore.DB, func() error, error) {
	if dialect == entstore.SQLite {
		db, err := entstore.Open(ctx, "sqlite://:memory:", entstore.Options{})
		return db, func() error { return nil }, err
	}
	server := os.Getenv("NEOFORGE_DEV_POSTGRES_URL")
	if server == "" {
		return nil, nil, errors.New("set NEOFORGE_DEV_POSTGRES_URL to a server on which databases may be made: postgres://postgres:…@127.0.0.1:5432/postgres")
	}
	u, err := url.Parse(server)
	if err != nil {
		return nil, nil, errors.New("NEOFORGE_DEV_POSTGRES_URL is not a URL")
	}
	admin, err := entstore.Open(ctx, server, entstore.Options{MaxOpen: 2})
	if err != nil {
		return nil, nil, err
	}
	name := "migrations_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if _, err := admin.SQL().ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, nil, errors.Join(err, admin.Close())
	}
	drop := func() error {
		// Not ctx: the database is removed also when it ended.
		_, err := admin.SQL().ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)")
		return errors.Join(err, admin.Close())
	}
	u.Path = "/" + name
	db, err := entstore.Open(ctx, u.String(), entstore.Options{MaxOpen: 2})
	if err != nil {
		return nil, nil, errors.Join(err, drop())
	}
	return db, drop, nil
}
