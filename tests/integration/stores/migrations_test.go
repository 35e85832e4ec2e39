package stores_test

import (
	"context"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations"
	"github.com/neoforge-dev/neoforge/tests/harness"
)

func notMigrated(context.Context, string) error { return nil }

func TestReplicasThatStartAtOnceMigratePostgresOnce(t *testing.T) {
	t.Parallel()
	url := harness.Database(t, notMigrated)
	const replicas = 4
	ready, done := make(chan struct{}), make(chan error)
	for range replicas {
		db, err := entstore.Open(t.Context(), url, entstore.Options{MaxOpen: 2})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		go func() {
			<-ready
			err := migrations.Up(t.Context(), db)
			if err == nil {
				var pending int
				if pending, err = migrations.Pending(t.Context(), db); pending != 0 {
					t.Errorf("%d migrations are pending", pending)
				}
			}
			done <- err
		}()
	}
	close(ready)
	for range replicas {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestPostgresIsMigratedDownAndUpAgain(t *testing.T) {
	t.Parallel()
	db := openPostgres(t)
	status, err := migrations.Status(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrations.Down(t.Context(), db, len(status)); err != nil {
		t.Fatal(err)
	}
	var tables int
	err = db.SQL().QueryRowContext(t.Context(),
		"SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'platform_migrations'").Scan(&tables)
	if err != nil || tables != 0 {
		t.Errorf("%d tables are left, %v", tables, err)
	}
	if err := migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
}
