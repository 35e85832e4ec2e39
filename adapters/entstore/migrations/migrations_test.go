package migrations_test

import (
	"path/filepath"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations"
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
	n, err := migrations.Pending(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestUpAppliesEverythingOnceAndDownTakesItBack(t *testing.T) {
	t.Parallel()
	db := open(t, "sqlite://:memory:")
	all := pending(t, db)
	if all < 2 {
		t.Fatalf("%d migrations are known", all)
	}
	for range 2 {
		if err := migrations.Up(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if n := pending(t, db); n != 0 {
			t.Fatalf("%d are pending after up", n)
		}
	}
	status, err := migrations.Status(t.Context(), db)
	if err != nil || len(status) != all {
		t.Fatalf("%d in the status, %v", len(status), err)
	}
	for i, m := range status {
		if m.Name == "" || m.AppliedAt.IsZero() || i > 0 && m.Version <= status[i-1].Version {
			t.Errorf("status %d: %+v", i, m)
		}
	}
	if err := migrations.Down(t.Context(), db, 1); err != nil {
		t.Fatal(err)
	}
	if n := pending(t, db); n != 1 {
		t.Fatalf("%d are pending after one down", n)
	}
	if err := migrations.Down(t.Context(), db, all+5); err != nil {
		t.Fatal(err)
	}
	var tables int
	err = db.SQL().QueryRowContext(t.Context(),
		"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'platform_migrations'").Scan(&tables)
	if err != nil || tables != 0 {
		t.Errorf("%d tables are left, %v", tables, err)
	}
	if err := migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
}

func TestOfManyWhoMigrateAFileAtOnceOneDoes(t *testing.T) {
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
			done <- migrations.Up(t.Context(), db)
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
