package stores_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// beforeSplit are the migrations that were one transaction on Postgres when they were
// new, with a row that they rewrite, and the indexes that they build while others write.
// testdata/migrations has them as they were.
var beforeSplit = []struct {
	version, name, table, row string
	indexes                   []string
}{
	{
		"20261126103524", "billing_convergence", "billing_checkouts",
		`INSERT INTO billing_accounts VALUES ('00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002', now());
		INSERT INTO billing_checkouts (id, price_id, started_by, provider, provider_ref, url, status, created_at, updated_at, version, account_id)
		SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'p', 'r', 'u', 'open', now(), now(), 1, '00000000-0000-7000-8000-000000000001' FROM generate_series(1, 2)`,
		[]string{"billing_webhooks_checkout", "billing_webhooks_subscription", "billing_webhooks_waiting"},
	},
	{
		"20261126135439", "outdated_teasers", "content_posts",
		`INSERT INTO content_posts (id, author_id, slug, title, visibility, status, created_at, updated_at, version, reading_minutes, tags, excerpt, teaser, body, markdown)
		SELECT gen_random_uuid(), gen_random_uuid(), 'post-' || n, 't', CASE WHEN n % 3 = 0 THEN 'public' ELSE 'paid' END, 'draft', now(), now(), 1, 1, '[]', '', 'open', 'open', 'open' FROM generate_series(1, 1200) AS n`,
		[]string{"content_posts_outdated_teaser"},
	},
	{
		"20261126142112", "grant_offers", "identity_grants",
		`INSERT INTO identity_users (id, email, email_verified, name, role, created_at, updated_at, version)
		VALUES ('00000000-0000-7000-8000-000000000001', 'ada@neoforge.test', true, 'Ada', 'author', now(), now(), 1);
		INSERT INTO identity_grants (id, permission, resource, granted_by, created_at, user_id)
		VALUES (gen_random_uuid(), 'content.post.edit', 'post:1', gen_random_uuid(), '2026-01-02 03:04:05Z', '00000000-0000-7000-8000-000000000001')`,
		nil,
	},
}

// rewritten looks for rows that a migration should have rewritten and did not.
var rewritten = map[string]string{
	"billing_convergence": `SELECT count(*) - 1 FROM billing_checkouts WHERE status = 'open'`,
	"outdated_teasers":    `SELECT count(*) FILTER (WHERE (teaser = '') = (visibility = 'public')) + abs(count(*) - 1200) FROM content_posts`,
	"grant_offers":        `SELECT abs(count(*) - 1) FROM identity_grants WHERE accepted_at = created_at`,
}

func number(t *testing.T, db *entstore.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := db.SQL().QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestMigrations_LetReadersReadWhileTheyRewriteRows stops each migration in the midst of
// its rewriting and reads the table meanwhile.
func TestMigrations_LetReadersReadWhileTheyRewriteRows(t *testing.T) {
	t.Parallel()
	for _, m := range beforeSplit {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			db := openPostgres(t)
			fixture.MigrateBefore(t, db, m.name)
			fixture.Exec(t, db, m.row)
			fixture.Exec(t, db, `CREATE FUNCTION wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NEW; END'`)
			fixture.Exec(t, db, `CREATE TRIGGER wait_for_the_test BEFORE UPDATE ON `+m.table+` FOR EACH ROW EXECUTE FUNCTION wait_for_the_test()`)
			holder, err := db.SQL().Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer holder.Close()
			on := func(c *sql.Conn, query string) {
				t.Helper()
				if _, err := c.ExecContext(context.WithoutCancel(t.Context()), query); err != nil {
					t.Error(err)
				}
			}
			on(holder, `SELECT pg_advisory_lock(4711)`)
			done := make(chan error, 1)
			go func() { done <- migrations.Up(t.Context(), db) }()
			waits := `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
			fixture.Correspondent{T: t}.Eventually("the migration rewrites a row", func() bool {
				select {
				case err := <-done:
					t.Fatalf("the migration ended: %v", err)
				default:
				}
				return number(t, db, waits) == 1
			})
			reader, err := db.SQL().Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			on(reader, `SET lock_timeout = '2s'`)
			on(reader, `SELECT * FROM `+m.table)
			on(reader, `RESET lock_timeout`)
			on(holder, `SELECT pg_advisory_unlock(4711)`)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if n := number(t, db, rewritten[m.name]); n != 0 {
				t.Errorf("%d rows are not as they should be", n)
			}
		})
	}
}

// statements are the statements of a migration's way up.
func statements(t *testing.T, file string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, up, _ := strings.Cut(string(text), "-- +goose Up")
	up, _, _ = strings.Cut(up, "-- +goose Down")
	block, one := false, ""
	for _, line := range strings.SplitAfter(up, "\n") {
		switch {
		case strings.HasPrefix(line, "-- +goose StatementBegin"):
			block = true
		case strings.HasPrefix(line, "-- +goose StatementEnd"):
			block, all, one = false, append(all, one), ""
		case strings.HasPrefix(line, "--"):
		default:
			one += line
			if !block && strings.HasSuffix(strings.TrimSpace(line), ";") {
				all, one = append(all, one), ""
			}
		}
	}
	return all
}

// shape is every column and index of a database.
func shape(t *testing.T, db *entstore.DB) (all []string) {
	t.Helper()
	rows, err := db.SQL().QueryContext(t.Context(), `
		SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) FROM information_schema.columns WHERE table_schema = 'public'
		UNION ALL SELECT indexdef || CASE WHEN indisvalid THEN '' ELSE ' (invalid)' END FROM pg_indexes JOIN pg_index ON indexrelid = (quote_ident(indexname))::regclass WHERE schemaname = 'public'
		ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func sameShape(t *testing.T, have, want []string) {
	t.Helper()
	for _, line := range have {
		if !slices.Contains(want, line) {
			t.Errorf("the database has %s", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(have, line) {
			t.Errorf("the database lacks %s", line)
		}
	}
}

// TestMigrations_GoOnWhereTheyWereOneTransaction upgrades a database that applied the
// split migrations as they were before.
func TestMigrations_GoOnWhereTheyWereOneTransaction(t *testing.T) {
	t.Parallel()
	db := openPostgres(t)
	want := shape(t, db)
	fixture.MigrateBefore(t, db, beforeSplit[0].name)
	for _, m := range beforeSplit {
		fixture.Exec(t, db, m.row)
		for _, s := range statements(t, filepath.Join("testdata", "migrations", m.name+".sql")) {
			fixture.Exec(t, db, s)
		}
		version, err := strconv.ParseInt(m.version, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		fixture.Exec(t, db, "INSERT INTO platform_migrations (version_id, is_applied) VALUES ($1, true)", version)
	}
	if err := migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	sameShape(t, shape(t, db), want)
	for name, query := range rewritten {
		if n := number(t, db, query); n != 0 {
			t.Errorf("%s: %d rows are not as they should be", name, n)
		}
	}
}

// TestMigrations_RunAgainAfterTheyBrokeOff breaks each off after each of its statements,
// with an index that is not whole.
func TestMigrations_RunAgainAfterTheyBrokeOff(t *testing.T) {
	t.Parallel()
	for _, m := range beforeSplit {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			db := openPostgres(t)
			want := shape(t, db)
			fixture.MigrateBefore(t, db, m.name)
			fixture.Exec(t, db, m.row)
			steps := statements(t, filepath.Join("..", "..", "..", "adapters", "entstore", "migrations", "postgres", m.version+"_"+m.name+".sql"))
			for n := range steps {
				for _, s := range steps[:n+1] {
					fixture.Exec(t, db, s)
				}
			}
			for _, index := range m.indexes {
				fixture.Exec(t, db, `UPDATE pg_index SET indisvalid = false WHERE indexrelid = $1::regclass`, index)
			}
			if err := migrations.Up(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			sameShape(t, shape(t, db), want)
			if n := number(t, db, rewritten[m.name]); n != 0 {
				t.Errorf("%d rows are not as they should be", n)
			}
		})
	}
}

// TestGrantOffers_LeaveTheGrantsOfOlderReplicasGood writes a grant as a release does that
// knows no offers, on a database that is new and on one that had the column before.
func TestGrantOffers_LeaveTheGrantsOfOlderReplicasGood(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustOpen(t, harness.Database(t, program.MigrateUp))
	fixture.Exec(t, db, strings.Replace(beforeSplit[2].row, "'2026-01-02 03:04:05Z'", "now()", 1))
	if n := number(t, db, `SELECT count(*) FROM identity_grants WHERE accepted_at IS NOT NULL`); n != 1 {
		t.Error("the grant of an older replica is an offer")
	}
	fixture.Exec(t, db, `DELETE FROM identity_users`)
	fixture.MigrateBefore(t, db, "grant_defaults")
	fixture.Exec(t, db, `ALTER TABLE identity_grants ALTER COLUMN accepted_at DROP DEFAULT`)
	if err := migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	fixture.Exec(t, db, strings.Replace(beforeSplit[2].row, "'2026-01-02 03:04:05Z'", "now()", 1))
	if n := number(t, db, `SELECT count(*) FROM identity_grants WHERE accepted_at IS NOT NULL`); n != 1 {
		t.Error("on a database that had the column, the grant of an older replica is an offer")
	}
}
