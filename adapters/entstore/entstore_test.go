package entstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

func open(t *testing.T, url string, o entstore.Options) *entstore.DB {
	t.Helper()
	db, err := entstore.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func exec(t *testing.T, db *entstore.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.SQL().ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func TestDB_AFileIsMadeForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a folder", "with ?#% in it", "forge.db")
	db := open(t, "sqlite://"+path, entstore.Options{})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 || db.Path() != path || db.Dialect() != entstore.SQLite || db.PgxPool() != nil {
		t.Errorf("%s, mode %s", db.Path(), info.Mode())
	}
}

func TestDB_AnInMemoryDatabaseIsGoneAfterClose(t *testing.T) {
	t.Parallel()
	one, other := open(t, "sqlite://:memory:", entstore.Options{}), open(t, "sqlite://:memory:", entstore.Options{})
	exec(t, one, "CREATE TABLE t (n integer)")
	if _, err := other.SQL().ExecContext(t.Context(), "INSERT INTO t VALUES (1)"); err == nil {
		t.Error("two databases are one")
	}
	path := one.Path()
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is left: %v", err)
	}
}

func TestDB_WhatCannotBeOpenedIsAnErrorWithoutThePassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "mysql://forge:hunter2@localhost/forge", "forge:hunter2@localhost", "sqlite://",
		"sqlite:///proc/nowhere/forge.db", "postgres://forge:hunter2@127.0.0.1:1/forge?connect_timeout=2",
		"postgres://forge:hunter2@127.0.0.1:notaport/forge",
	} {
		db, err := entstore.Open(t.Context(), url, entstore.Options{})
		if err == nil {
			_ = db.Close()
			t.Errorf("%s was opened", url)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password is told: %v", err)
		}
	}
}

func TestDB_ADatabaseThatDoesNotAnswerIsUnavailable(t *testing.T) {
	t.Parallel()
	_, err := entstore.Open(t.Context(), "postgres://forge@127.0.0.1:1/forge", entstore.Options{})
	if !errors.Is(err, entstore.ErrUnavailable) || fault.KindOf(err) != fault.Unavailable {
		t.Errorf("have %v", err)
	}
}

func TestDB_TheReadingSideCannotWrite(t *testing.T) {
	t.Parallel()
	db := open(t, "sqlite://:memory:", entstore.Options{})
	exec(t, db, "CREATE TABLE t (n integer)")
	if _, err := db.Queries().ExecContext(t.Context(), "INSERT INTO t VALUES (1)"); err == nil {
		t.Error("it can")
	}
}

func TestDB_ReadersGoOnWhileATransactionWrites(t *testing.T) {
	t.Parallel()
	db := open(t, "sqlite://:memory:", entstore.Options{MaxOpen: 2})
	exec(t, db, "CREATE TABLE t (n integer)")
	count := func() (n int) {
		rows, err := db.Queries().QueryContext(t.Context(), "SELECT count(*) FROM t")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			if err := rows.Scan(&n); err != nil {
				t.Fatal(err)
			}
		}
		return n
	}
	err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
		if _, err := tx.SQL.ExecContext(ctx, "INSERT INTO t VALUES (1)"); err != nil {
			return err
		}
		if n := count(); n != 0 {
			t.Errorf("a reader sees %d rows before the commit", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 1 {
		t.Errorf("a reader sees %d rows after the commit", n)
	}
}

func TestOpen_TakesSQLitePathsThatBeginWithTwoSlashes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.db")
	db, err := entstore.Open(t.Context(), "sqlite:///"+file, entstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

// TestOpen_PlansAsIfNobodyHadAnalyzed has the newest rows read by their index, with a table
// that somebody's tool has counted.
func TestOpen_PlansAsIfNobodyHadAnalyzed(t *testing.T) {
	t.Parallel()
	const newest = "SELECT p.body, a.name FROM posts p LEFT JOIN authors a ON a.id = p.author WHERE p.status = 'published' ORDER BY p.at DESC, p.id DESC LIMIT 20"
	url := "sqlite://" + filepath.Join(t.TempDir(), "forge.db")
	db := open(t, url, entstore.Options{})
	for _, statement := range []string{
		"CREATE TABLE authors (id text NOT NULL PRIMARY KEY, name text NOT NULL)",
		"CREATE TABLE posts (id text NOT NULL PRIMARY KEY, author text NOT NULL, status text NOT NULL, at text NOT NULL, body text NOT NULL)",
		"CREATE INDEX posts_published ON posts (at, id) WHERE status = 'published'",
		"INSERT INTO authors VALUES ('a', 'Ada')",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO posts SELECT 'p' || i, 'a', 'published', 'at ' || i, hex(randomblob(200)) FROM n",
		"ANALYZE",
	} {
		exec(t, db, statement)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(url, "sqlite://"))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if plan := planOf(t, raw, newest); !strings.Contains(plan, "TEMP B-TREE") {
		t.Fatalf("SQLite reads counted rows by the index by itself, so that nothing has to be forgotten:\n%s", plan)
	}
	db = open(t, url, entstore.Options{})
	byReaders, err := db.Explain(t.Context(), newest, 0)
	if err != nil {
		t.Fatal(err)
	}
	for side, plan := range map[string]string{"reads": byReaders, "writes": planOf(t, db.SQL(), newest)} {
		if !strings.Contains(plan, "USING INDEX posts_published") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("the side that %s has the plan\n%s", side, plan)
		}
	}
}

// planOf is how a database would answer a query.
func planOf(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var (
			id, parent, unused int
			detail             string
		)
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

func TestDB_QueriesOfManyShapesAreAnswered(t *testing.T) {
	t.Parallel()
	db := open(t, "sqlite://:memory:", entstore.Options{MaxOpen: 4})
	done := make(chan error)
	const readers = 4
	for range readers {
		go func() {
			for i := range 400 { // more shapes than are kept prepared
				rows, err := db.Queries().QueryContext(t.Context(), fmt.Sprintf("SELECT %d + ?", i), i)
				if err != nil {
					done <- err
					return
				}
				var sum int
				for rows.Next() {
					err = rows.Scan(&sum)
				}
				if err := errors.Join(err, rows.Err(), rows.Close()); err != nil || sum != 2*i {
					done <- fmt.Errorf("%d + %d = %d, %w", i, i, sum, err)
					return
				}
			}
			done <- nil
		}()
	}
	for range readers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestDB_ABrokenUniqueIndexIsNamed(t *testing.T) {
	t.Parallel()
	db := open(t, "sqlite://:memory:", entstore.Options{})
	exec(t, db, "CREATE TABLE identity_external (provider text, subject text, n integer CHECK (n > 0))")
	exec(t, db, "CREATE UNIQUE INDEX whatever ON identity_external (provider, subject)")
	insert := func(subject string, n int) error {
		_, err := db.SQL().ExecContext(t.Context(), "INSERT INTO identity_external VALUES ('dev', ?, ?)", subject, n)
		return err
	}
	if err := insert("a", 1); err != nil {
		t.Fatal(err)
	}
	taken := fault.New(fault.Conflict, "test.taken", "Taken.")
	rules := entstore.Rules{Indexes: identityent.UniqueIndexes, Unique: map[string]error{"identity_external_subject": taken}}
	err := insert("a", 1)
	if have := entstore.BrokenIndex(err, identityent.UniqueIndexes); have != "identity_external_subject" {
		t.Errorf("have %q for %v", have, err)
	}
	if have := entstore.Failure(err, rules, "insert %s", "a"); !errors.Is(have, taken) || have.Error() != "insert a: test.taken: Taken." {
		t.Errorf("have %v", have)
	}
	for _, err := range []error{insert("b", 0), errors.New("other"), context.Canceled} {
		if have := entstore.Failure(err, rules, "insert"); !errors.Is(have, err) || fault.As(have) != nil {
			t.Errorf("have %v for %v", have, err)
		}
	}
	if entstore.Failure(nil, rules, "insert") != nil {
		t.Error("nil is a failure")
	}
}

func TestDB_OnlyTheCanonicalFormIsAnID(t *testing.T) {
	t.Parallel()
	const id = "0190a8f0-0000-7000-8000-00000000000a"
	if have, err := entstore.ID(id); err != nil || have.String() != id {
		t.Errorf("have %s, %v", have, err)
	}
	absent := fault.New(fault.NotFound, "test.absent", "Absent.")
	for _, s := range []string{"", "x", strings.ToUpper(id), "{" + id + "}", "urn:uuid:" + id, strings.ReplaceAll(id, "-", ""), id + "\n"} {
		_, err := entstore.ID(s)
		if have := entstore.Failure(err, entstore.Rules{Absent: absent}, "find"); !errors.Is(have, absent) {
			t.Errorf("%q: have %v", s, have)
		}
	}
}

func TestDB_TimesKeepTheirMoment(t *testing.T) {
	t.Parallel()
	if entstore.Null(time.Time{}) != nil || !entstore.Time(nil).IsZero() {
		t.Error("the zero time is kept as a time")
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.FixedZone("", 3600))
	if have := entstore.Time(entstore.Null(at)); !have.Equal(at) || have.Location() != time.UTC {
		t.Errorf("have %s", have)
	}
}

func TestDB_PoolsTellHowBusyTheyAre(t *testing.T) {
	t.Parallel()
	db := open(t, "sqlite://:memory:", entstore.Options{MaxOpen: 3})
	stats := db.Stats()
	if len(stats) != 2 || stats[0].Pool != "write" || stats[0].Max != 1 || stats[1].Pool != "read" || stats[1].Max != 3 {
		t.Errorf("have %+v", stats)
	}
}
