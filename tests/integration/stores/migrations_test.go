package stores_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func notMigrated(context.Context, string) error { return nil }

func TestMigrations_RunOnceWhenReplicasStartAtOnce(t *testing.T) {
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
			err := entstoretest.Migrations.Up(t.Context(), db)
			if err == nil {
				var pending int
				if pending, err = entstoretest.Migrations.Pending(t.Context(), db); pending != 0 {
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

func TestMigrations_GoDownAndUpAgainOnPostgres(t *testing.T) {
	t.Parallel()
	db := openPostgres(t)
	before := shape(t, db)
	status, err := entstoretest.Migrations.Status(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	if err := entstoretest.Migrations.Down(t.Context(), db, status...); err != nil {
		t.Fatal(err)
	}
	var tables int
	err = db.SQL().QueryRowContext(t.Context(),
		"SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%_migrations'").Scan(&tables)
	if err != nil || tables != 0 {
		t.Errorf("%d tables are left, %v", tables, err)
	}
	if err := entstoretest.Migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	sameShape(t, shape(t, db), before)
}

// A grant that is written without the time at which it was accepted is no offer.
func TestGrants_AreAcceptedUnlessTheyAreOffered(t *testing.T) {
	t.Parallel()
	db := openPostgres(t)
	fixture.Exec(t, db, `INSERT INTO identity_users (id, email, email_verified, name, role, created_at, updated_at, version)
		VALUES ('00000000-0000-7000-8000-000000000001', 'ada@neoforge.test', true, 'Ada', 'author', now(), now(), 1);
		INSERT INTO identity_grants (id, permission, resource, granted_by, created_at, user_id)
		VALUES (gen_random_uuid(), 'content.post.edit', 'post:1', gen_random_uuid(), now(), '00000000-0000-7000-8000-000000000001')`)
	if n := number(t, db, `SELECT count(*) FROM identity_grants WHERE accepted_at IS NOT NULL`); n != 1 {
		t.Error("a grant without that time is an offer")
	}
}

// Between the question of an operator and the answer another one may migrate. What was
// confirmed is taken back, or nothing.
func TestDown_TakesBackWhatWasConfirmedOrNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *entstore.DB) {
		status := func() []migrations.Migration {
			t.Helper()
			all, err := entstoretest.Migrations.Status(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		all := status()
		confirmed := all[len(all)-2:]
		refused := func(what string, want int) {
			t.Helper()
			if err := entstoretest.Migrations.Down(t.Context(), db, confirmed...); !errors.Is(err, migrations.ErrChanged) {
				t.Errorf("%s: %v", what, err)
			}
			if have, err := entstoretest.Migrations.Pending(t.Context(), db); err != nil || have != want {
				t.Errorf("%s: %d are pending, want %d, %v", what, have, want, err)
			}
		}
		if err := entstoretest.Migrations.Down(t.Context(), db, confirmed[1]); err != nil {
			t.Fatal(err)
		}
		refused("one was taken back", 1)
		if err := entstoretest.Migrations.Up(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		fixture.Exec(t, db, "INSERT INTO platform_migrations (version_id, is_applied) VALUES (20990101000000, true)")
		refused("another version applied one", 0)
		fixture.Exec(t, db, "DELETE FROM platform_migrations WHERE version_id = 20990101000000")
		if err := entstoretest.Migrations.Down(t.Context(), db, confirmed...); err != nil {
			t.Fatal(err)
		}
		for _, m := range status()[len(all)-2:] {
			if !m.AppliedAt.IsZero() {
				t.Errorf("%d was not taken back", m.Version)
			}
		}
		refused("they are taken back already", 2)
	})
}

// A module that was taken away leaves its tables, and one that a release before a rollback
// brought does too: they are listed, and are in nobody's way.
func TestStatus_ListsWhatIsAppliedOfModulesThatAreNotThere(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *entstore.DB) {
		fixture.Exec(t, db, "CREATE TABLE notices_migrations (id integer, version_id bigint, is_applied boolean, tstamp timestamp DEFAULT CURRENT_TIMESTAMP)")
		fixture.Exec(t, db, "INSERT INTO notices_migrations (id, version_id, is_applied) VALUES (1, 0, true), (2, 20260102030405, true)")
		fixture.Exec(t, db, "CREATE TABLE others_migrations (name text)") // of another program
		all, err := entstoretest.Migrations.Status(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		last := all[len(all)-1]
		if last.Context != "notices" || last.Version != 20260102030405 || !last.Unknown || !last.Absent || last.AppliedAt.IsZero() {
			t.Errorf("the last is %+v", last)
		}
		if err := entstoretest.Migrations.Down(t.Context(), db, all[len(all)-2]); err != nil {
			t.Errorf("another module's tables keep ours: %v", err)
		}
	})
}

// Who only looks may not be allowed to make a table.
func TestStatus_MakesNoTable(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{
		"sqlite": "sqlite://" + filepath.Join(t.TempDir(), "empty.db"), "postgres": harness.Database(t, nil),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := entstore.Open(t.Context(), url, entstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
			all, err := entstoretest.Migrations.Status(t.Context(), db)
			if err != nil || len(all) == 0 || slices.ContainsFunc(all, func(m migrations.Migration) bool { return !m.AppliedAt.IsZero() }) {
				t.Fatalf("%d are listed, %v", len(all), err)
			}
			var made int
			query := "SELECT count(*) FROM sqlite_master"
			if name == "postgres" {
				query = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
			}
			if err := db.SQL().QueryRowContext(t.Context(), query).Scan(&made); err != nil || made != 0 {
				t.Errorf("%d tables were made, %v", made, err)
			}
		})
	}
}

// A rollback of the program leaves the newer one's migrations: the older program starts
// on them, says so, and takes nothing back.
func TestServe_StartsOnWhatANewerVersionMigrated(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{
		"sqlite": "sqlite://" + filepath.Join(t.TempDir(), "newer.db"), "postgres": harness.Database(t, program.MigrateUp),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := entstore.Open(t.Context(), url, entstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
			if err := entstoretest.Migrations.Up(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			fixture.Exec(t, db, "ALTER TABLE content_posts ADD COLUMN of_a_newer_version text NOT NULL DEFAULT ''")
			fixture.Exec(t, db, "INSERT INTO platform_migrations (version_id, is_applied) VALUES (20990101000000, true)")
			before, err := entstoretest.Migrations.Status(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			p := program.Start(t, program.Options{DatabaseURL: url})
			res, err := http.Get(p.URL + "/readyz")
			if err != nil {
				t.Fatal(err)
			}
			if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
				t.Errorf("/readyz answers %s, %v", res.Status, err)
			}
			log := filepath.Join(t.TempDir(), "log")
			if err := p.KeepLog(log); err != nil {
				t.Fatal(err)
			}
			if text, err := os.ReadFile(log); err != nil || !strings.Contains(string(text), "migrations that this version does not know") || !strings.Contains(string(text), "20990101000000") {
				t.Errorf("the log does not say so: %v\n%s", err, text)
			}
			if after, err := entstoretest.Migrations.Status(t.Context(), db); err != nil || !slices.Equal(before, after) {
				t.Errorf("the migrations changed, %v", err)
			}
			// What `work` asks before it begins.
			if err := p.App.Ready(t.Context()); err != nil {
				t.Errorf("jobs are not worked on: %v", err)
			}
		})
	}
}

// onBoth runs a test on a migrated database of each kind.
func onBoth(t *testing.T, test func(t *testing.T, db *entstore.DB)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		db, err := entstore.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "own.db"), entstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		if err := entstoretest.Migrations.Up(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		test(t, db)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, openPostgres(t))
	})
}
