// Package migratediff writes the migrations of contexts: what leads from the ones there
// are to what a schema declares, on both databases. A program of one call makes it the
// tool of a repository:
//
//	func main() { migratediff.Main(migratediff.Context{Name: "notices", Schema: …, Folder: …}) }
//
//	go run ./migrate NAME     writes what is missing
//	go run ./migrate -check   writes nothing, and exits 1 when a migration is missing
//
// The present migrations of a context are replayed on an empty database: SQLite's is
// made for the purpose, Postgres's is made and dropped on the server that the variable
// NEOFORGE_DEV_POSTGRES_URL names, whose role must be allowed to, or on one that is
// started in a container. All files are written, with one time in their names, or none
// is.
package migratediff

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
	"time"

	atlas "ariga.io/atlas/sql/migrate"
	atlasschema "ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqltool"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/declared"
)

// Context is what belongs to one context.
type Context struct {
	Name   string // the names of its tables begin with it
	Schema string // the package of its schema, by its path
	Folder string // of its migrations, which are in postgres and sqlite
	// ByHand are indexes that a schema cannot say, such as those on an expression: no
	// migration drops them. (Tables that it does not declare are left alone anyway.)
	ByHand []string
	// Foreign are tables whose names do not begin with the context's.
	Foreign []string
}

// Main is the tool of these contexts, with the arguments of the process.
func Main(contexts ...Context) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], contexts); err != nil {
		fmt.Fprintln(os.Stderr, "migrations:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has run
	}
}

var namePattern = regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)

func run(ctx context.Context, args []string, contexts []Context) (err error) {
	flags := flag.NewFlagSet("diff", flag.ContinueOnError)
	check := flags.Bool("check", false, "write nothing; fail when a migration is missing")
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
	address, end, err := server(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	var planned []plan
	for _, of := range contexts {
		tables, err := of.tables()
		if err != nil {
			return err
		}
		for _, dialect := range []string{entstore.SQLite, entstore.Postgres} {
			p, err := diff(ctx, dialect, of, name, tables, address)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", of.Name, dialect, err)
			}
			if p.text == nil {
				fmt.Printf("%s, %s: the migrations lead to the schema\n", of.Name, dialect)
				continue
			}
			if *check {
				return fmt.Errorf("%s, %s: a migration is missing; run the same with a NAME", of.Name, dialect)
			}
			planned = append(planned, p)
		}
	}
	files, err := write(planned, name, time.Now().UTC())
	for _, file := range files {
		fmt.Println("wrote", file)
	}
	return err
}

// tables are those that the schema declares. One of another name would be in the way of
// another context's.
func (c Context) tables() ([]*schema.Table, error) {
	tables, err := declared.Tables(c.Schema)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		if !strings.HasPrefix(t.Name, c.Name+"_") && !slices.Contains(c.Foreign, t.Name) {
			return nil, fmt.Errorf("the table %s is declared in %s: its name has to begin with %s_", t.Name, c.Schema, c.Name)
		}
	}
	return tables, nil
}

// plan is a migration that is not written yet: nil where none is needed.
type plan struct {
	folder string
	text   []byte
}

// write writes what is planned, under one time, which is later than that of every
// migration there is: all, or nothing.
func write(planned []plan, name string, now time.Time) (files []string, err error) {
	const form = "20060102150405"
	stamp := now.Format(form)
	for _, p := range planned {
		there, err := copySQL(p.folder, "", nil)
		if err != nil {
			return nil, err
		}
		for _, file := range there {
			if last, _, _ := strings.Cut(file, "_"); last >= stamp {
				at, err := time.Parse(form, last)
				if err != nil {
					return nil, fmt.Errorf("%s does not begin with a time: %w", file, err)
				}
				stamp = at.Add(time.Second).Format(form)
			}
		}
	}
	defer func() {
		if err != nil {
			for _, file := range files {
				err = errors.Join(err, os.Remove(file))
			}
			files = nil
		}
	}()
	for _, p := range planned {
		file := filepath.Join(p.folder, stamp+"_"+name+".sql")
		f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // source code is for all to read
		if err != nil {
			return files, err
		}
		files = append(files, file)
		_, err = f.Write(p.text)
		if err := errors.Join(err, f.Close()); err != nil {
			return files, err
		}
	}
	return files, nil
}

// diff works on a copy of the folder, where atlas finds the checksums that it
// asks for and this project has no use for, and brings back the new text.
func diff(ctx context.Context, dialect string, of Context, name string, tables []*schema.Table, server string) (p plan, err error) {
	folder := filepath.Join(of.Folder, map[string]string{entstore.SQLite: "sqlite", entstore.Postgres: "postgres"}[dialect])
	work, err := os.MkdirTemp("", "migrations-*")
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	before, err := copySQL(folder, work, nil)
	if err != nil {
		return p, err
	}
	dir, err := sqltool.NewGooseDir(work)
	if err != nil {
		return p, err
	}
	sum, err := dir.Checksum()
	if err != nil {
		return p, err
	}
	if err := atlas.WriteSumFile(dir, sum); err != nil {
		return p, err
	}

	db, drop, err := empty(ctx, dialect, server)
	if err != nil {
		return p, err
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
		schema.WithDiffHook(of.keepByHand),
	)
	if err != nil {
		return p, err
	}
	switch err := m.NamedDiff(ctx, name, parentsFirst(tables)...); {
	case errors.Is(err, atlas.ErrNoPlan):
		return p, nil
	case err != nil:
		return p, err
	}
	after, err := copySQL(work, "", before)
	if err != nil || len(after) == 0 {
		return p, err
	}
	p.folder = folder
	p.text, err = os.ReadFile(filepath.Join(work, after[0]))
	return p, err
}

// keepByHand lets no migration drop an index that the schema cannot say.
func (c Context) keepByHand(next schema.Differ) schema.Differ {
	return schema.DiffFunc(func(current, desired *atlasschema.Schema) ([]atlasschema.Change, error) {
		changes, err := next.Diff(current, desired)
		if err != nil {
			return nil, err
		}
		var kept []atlasschema.Change
		for _, change := range changes {
			table, ok := change.(*atlasschema.ModifyTable)
			if !ok {
				kept = append(kept, change)
				continue
			}
			table.Changes = slices.DeleteFunc(table.Changes, func(one atlasschema.Change) bool {
				drop, ok := one.(*atlasschema.DropIndex)
				return ok && slices.Contains(c.ByHand, drop.I.Name)
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

// empty opens a database without tables, on a server or in memory, and returns what
// removes it.
func empty(ctx context.Context, dialect, server string) (*entstore.DB, func() error, error) {
	if dialect == entstore.SQLite {
		db, err := entstore.Open(ctx, "sqlite://:memory:", entstore.Options{})
		return db, func() error { return nil }, err
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
