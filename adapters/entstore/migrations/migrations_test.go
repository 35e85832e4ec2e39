package migrations_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
)

func open(t *testing.T, url string) *entstore.DB {
	t.Helper()
	db, err := entstore.Open(t.Context(), url, entstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func pending(t *testing.T, db *entstore.DB) int {
	t.Helper()
	n, err := entstoretest.Migrations.Pending(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestUp_AppliesEverythingOnceAndDownRevertsIt(t *testing.T) {
	t.Parallel()
	db := open(t, "sqlite://:memory:")
	all := pending(t, db)
	if all < 2 {
		t.Fatalf("%d migrations are known", all)
	}
	for range 2 {
		if err := entstoretest.Migrations.Up(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if n := pending(t, db); n != 0 {
			t.Fatalf("%d are pending after up", n)
		}
	}
	status, err := entstoretest.Migrations.Status(t.Context(), db)
	if err != nil || len(status) != all {
		t.Fatalf("%d in the status, %v", len(status), err)
	}
	for i, m := range status {
		if m.Name == "" || m.AppliedAt.IsZero() || i > 0 && m.Context == status[i-1].Context && m.Version <= status[i-1].Version {
			t.Errorf("status %d: %+v", i, m)
		}
	}
	if err := entstoretest.Migrations.Down(t.Context(), db, status[all-1]); err != nil {
		t.Fatal(err)
	}
	if n := pending(t, db); n != 1 {
		t.Fatalf("%d are pending after one down", n)
	}
	if err := entstoretest.Migrations.Down(t.Context(), db, status[:all-1]...); err != nil {
		t.Fatal(err)
	}
	var tables int
	err = db.SQL().QueryRowContext(t.Context(),
		"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_migrations'").Scan(&tables)
	if err != nil || tables != 0 {
		t.Errorf("%d tables are left, %v", tables, err)
	}
	if err := entstoretest.Migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
}

func TestUp_OfManyAtOnceOneMigrates(t *testing.T) {
	t.Parallel()
	url := "sqlite://" + filepath.Join(t.TempDir(), "folder", "new?#%.db")
	const n = 6
	var all []*entstore.DB
	for range n {
		all = append(all, open(t, url))
	}
	ready, done := make(chan struct{}), make(chan error)
	for _, db := range all {
		go func() {
			<-ready
			done <- entstoretest.Migrations.Up(t.Context(), db)
		}()
	}
	close(ready)
	for range n {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := pending(t, all[0]); n != 0 {
		t.Errorf("%d are pending", n)
	}
}

var (
	comment  = regexp.MustCompile(`(?m)^--.*$`)
	created  = regexp.MustCompile(`(?i)CREATE TABLE (?:IF NOT EXISTS )?"(\w+)"`)
	altered  = regexp.MustCompile(`(?i)ALTER TABLE "(\w+)"`)
	written  = regexp.MustCompile(`(?i)(?:UPDATE|DELETE FROM|INSERT INTO) "(\w+)"`)
	indexed  = regexp.MustCompile(`(?i)CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?(?:IF NOT EXISTS )?"(\w+)" ON "(\w+)"`)
	onceOnly = regexp.MustCompile(`(?i)ADD COLUMN "|CREATE TABLE "|CREATE (?:UNIQUE )?INDEX "`)
)

// TestPostgresMigrations_KeepReadersWaitingForNoRows holds the migrations to what a site
// that is being read needs. A transaction that alters a table lets nobody read it before
// it ends, so it neither rewrites rows nor builds an index on a table that had rows; an
// index on one is built concurrently, or with the rows that it forbids, in a transaction
// that lets readers through. What is no transaction can run again wherever it broke off.
func TestPostgresMigrations_KeepReadersWaitingForNoRows(t *testing.T) {
	t.Parallel()
	own, err := filepath.Glob(filepath.Join("postgres", "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join("..", "*", "migrations", "postgres", "*.sql"))
	if err != nil || len(own) == 0 || len(files) < 3 {
		t.Fatalf("%d and %d files, %v", len(own), len(files), err)
	}
	for _, file := range slices.Concat(own, files) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, up, _ := strings.Cut(string(text), "-- +goose Up")
		up, _, _ = strings.Cut(up, "-- +goose Down")
		ours := map[string]bool{}
		for _, m := range created.FindAllStringSubmatch(up, -1) {
			ours[m[1]] = true
		}
		apart := strings.Contains(head, "-- +goose NO TRANSACTION")
		for _, one := range transactions(up, apart) {
			one = comment.ReplaceAllString(one, "")
			alters := map[string]bool{}
			for _, m := range altered.FindAllStringSubmatch(one, -1) {
				alters[m[1]] = !ours[m[1]]
			}
			for _, m := range written.FindAllStringSubmatch(one, -1) {
				if alters[m[1]] {
					t.Errorf("%s alters %s and rewrites its rows in one transaction", file, m[1])
				}
			}
			for _, m := range indexed.FindAllStringSubmatch(one, -1) {
				switch concurrently, name, table := m[1] != "", m[2], m[3]; {
				case ours[table]:
				case concurrently && !strings.Contains(up, `DROP INDEX CONCURRENTLY IF EXISTS "`+name+`"`):
					t.Errorf("%s does not drop %s, which may be there and broken", file, name)
				case !concurrently && (alters[table] || !strings.Contains(one, `LOCK TABLE "`+table+`" IN SHARE ROW EXCLUSIVE MODE`)):
					t.Errorf("%s builds %s while others wait", file, name)
				}
			}
			if m := onceOnly.FindString(one); apart && m != "" {
				t.Errorf("%s is no transaction, and cannot run again after %s", file, m)
			}
		}
	}
}

// transactions are the parts of a migration that are committed one by one.
func transactions(up string, apart bool) []string {
	if !apart {
		return []string{up}
	}
	var all []string
	for i, part := range strings.Split(up, "-- +goose Statement") {
		if i%2 == 1 { // between Begin and End
			all = append(all, part)
			continue
		}
		all = append(all, strings.Split(part, ";\n")...)
	}
	return all
}

// What is taken back is what was applied last, and so is what Status shows last, even
// where a branch brought a migration that is older than those before it.
func TestStatus_IsInTheOrderInWhichDownGoesBack(t *testing.T) {
	t.Parallel()
	db := open(t, "sqlite://:memory:")
	if err := entstoretest.Migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	before, err := entstoretest.Migrations.Status(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	// The newest of another context than the last one's: nothing was built on it since.
	late := before[len(before)-1]
	for i := len(before) - 1; late.Context == before[len(before)-1].Context; i-- {
		late = before[i]
	}
	for _, statement := range []string{
		"DELETE FROM " + late.Context + "_migrations WHERE version_id = ?",
		"INSERT INTO " + late.Context + "_migrations (version_id, is_applied, tstamp) VALUES (?, 1, strftime('%Y-%m-%d %H:%M:%f', 'now', '+1 second'))",
	} {
		if _, err := db.SQL().ExecContext(t.Context(), statement, late.Version); err != nil {
			t.Fatal(err)
		}
	}
	after, err := entstoretest.Migrations.Status(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if last := after[len(after)-1]; last.Version != late.Version {
		t.Errorf("the last is said to be %d, and %d was applied last", last.Version, late.Version)
	}
	if err := entstoretest.Migrations.Down(t.Context(), db, after[len(after)-1]); err != nil {
		t.Fatal(err)
	}
	if after, err = entstoretest.Migrations.Status(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if last := after[len(after)-1]; last.Version != late.Version || !last.AppliedAt.IsZero() {
		t.Errorf("taken back was another than %d: the last is %+v", late.Version, last)
	}
}
