package harness_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/tests/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

var migrations atomic.Int64

func migrate(ctx context.Context, url string) error {
	migrations.Add(1)
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close(ctx) }()
	_, err = connection.Exec(ctx, "CREATE TABLE notes (body text NOT NULL); INSERT INTO notes VALUES ('from the template')")
	return err
}

func mustConnect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close(context.Background()) })
	return connection
}

func TestDatabase_IsOneForEachTestAndMigratedOnce(t *testing.T) {
	t.Parallel()
	var group sync.WaitGroup
	urls := make([]string, 8)
	for i := range urls {
		group.Go(func() { urls[i] = harness.Database(t, migrate) })
	}
	group.Wait()
	if t.Failed() || t.Skipped() {
		return
	}
	for i, url := range urls {
		connection := mustConnect(t, url)
		if _, err := connection.Exec(t.Context(), "INSERT INTO notes VALUES ($1)", fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
		var notes int
		if err := connection.QueryRow(t.Context(), "SELECT count(*) FROM notes").Scan(&notes); err != nil {
			t.Fatal(err)
		}
		if notes != 2 {
			t.Errorf("database %d has %d notes, want the template's and its own", i, notes)
		}
	}
	if n := migrations.Load(); n != 1 {
		t.Errorf("migrated %d times", n)
	}
}

func TestDatabase_IsEmptyWithoutMigrations(t *testing.T) {
	t.Parallel()
	var tables int
	connection := mustConnect(t, harness.Database(t, nil))
	err := connection.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&tables)
	if err != nil || tables != 0 {
		t.Fatalf("%d tables (%v)", tables, err)
	}
}

func TestDatabase_IsDroppedWhenItsTestEnds(t *testing.T) { //nolint:tparallel // the inner test must have ended before the outer one looks
	t.Parallel()
	admin := mustConnect(t, harness.Postgres(t))
	var name string
	t.Run("inner", func(t *testing.T) {
		connection := mustConnect(t, harness.Database(t, migrate))
		if err := connection.QueryRow(t.Context(), "SELECT current_database()").Scan(&name); err != nil {
			t.Fatal(err)
		}
	})
	var exists bool
	if err := admin.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists); err != nil {
		t.Fatal(err)
	}
	if name == "" || exists {
		t.Fatalf("database %q is still there", name)
	}
}

func TestPostgres_IsSetUpForManyTestsAtOnce(t *testing.T) {
	t.Parallel()
	connection := mustConnect(t, harness.Postgres(t))
	for setting, want := range map[string]string{"fsync": "off", "max_connections": "1000"} {
		var got string
		if err := connection.QueryRow(t.Context(), "SELECT current_setting($1)", setting).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", setting, got, want, err)
		}
	}
}

func TestRedis_IsADatabaseForEachTest(t *testing.T) {
	t.Parallel()
	first, second := harness.Redis(t), harness.Redis(t)
	if first == second {
		t.Fatalf("both are %s", first)
	}
	for _, url := range []string{first, second} {
		c, err := redisstore.Open(t.Context(), url, "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if n, err := c.Redis.DBSize(t.Context()).Result(); err != nil || n != 0 {
			t.Errorf("%d keys (%v), want none", n, err)
		}
		if err := c.Redis.Set(t.Context(), "key", "value", 0).Err(); err != nil {
			t.Error(err)
		}
	}
}

func TestChromium_IsAProgram(t *testing.T) {
	t.Parallel()
	path := harness.Chromium(t)
	if info, err := os.Stat(path); err != nil || info.Mode()&0o111 == 0 {
		t.Fatalf("%s: %v", path, err)
	}
}

// The rest runs this binary again on a machine that has nothing.
func bare(t *testing.T, extra ...string) (output, report string, err error) {
	t.Helper()
	return bareRun(t, "^(TestPostgres_IsSetUp|TestChromium_IsAProgram|TestRedis_IsADatabase)", extra...)
}

func bareRun(t *testing.T, tests string, extra ...string) (output, report string, err error) {
	t.Helper()
	reportPath := filepath.Join(t.TempDir(), "skipped")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), self, "-test.run", tests, "-test.v")
	run.Env = append(os.Environ(),
		"DOCKER_HOST=unix://"+filepath.Join(t.TempDir(), "no.sock"), "NEOFORGE_TEST_CHROMIUM=/nonexistent/chromium",
		"NEOFORGE_REQUIRE=", "NEOFORGE_SKIP_REPORT="+reportPath)
	run.Env = append(run.Env, extra...)
	out, err := run.CombinedOutput()
	written, _ := os.ReadFile(reportPath)
	return string(out), string(written), err
}

func TestSkips_NameWhatTheMachineDoesNotHave(t *testing.T) {
	t.Parallel()
	output, report, err := bare(t)
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, want := range []string{
		"skipped 2: no Docker engine answers", "skipped 1: no Chromium is installed",
		"TestPostgres_IsSetUpForManyTestsAtOnce", "TestChromium_IsAProgram",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("the report does not say %q:\n%s", want, report)
		}
		if !strings.Contains(output, want) {
			t.Errorf("the output does not say %q:\n%s", want, output)
		}
	}
}

func TestSkips_AreFailuresWhereItIsRequired(t *testing.T) {
	t.Parallel()
	for require, want := range map[string]string{
		"containers":          "NEOFORGE_REQUIRE names containers",
		"browser":             "NEOFORGE_REQUIRE names browser",
		"containers, browser": "NEOFORGE_REQUIRE names browser",
	} {
		output, _, err := bare(t, "NEOFORGE_REQUIRE="+require)
		if err == nil || !strings.Contains(output, want) {
			t.Errorf("%s: %v\n%s", require, err, output)
		}
	}
}

func TestStartChromium_EndsWithItsTest(t *testing.T) { //nolint:tparallel // the inner tests must have ended before the outer one looks
	t.Parallel()
	var address string
	t.Run("inner", func(t *testing.T) {
		address = harness.StartChromium(t)
		connection, err := net.Dial("tcp", mustHost(t, address))
		if err != nil {
			t.Fatal(err)
		}
		_ = connection.Close()
	})
	if address == "" {
		return // there is no Chromium
	}
	if connection, err := net.Dial("tcp", mustHost(t, address)); err == nil {
		_ = connection.Close()
		t.Errorf("it still listens at %s", address)
	}
}

func TestStartChromium_SaysWhatABrokenOneSaid(t *testing.T) {
	t.Parallel()
	output, _, err := bareRun(t, "^TestStartChromium_EndsWithItsTest$", "NEOFORGE_TEST_CHROMIUM="+mustScript(t, "echo no display here >&2; exit 3"))
	if err == nil || !strings.Contains(output, "no display here") || !strings.Contains(output, "exit status 3") {
		t.Errorf("%v\n%s", err, output)
	}
}

func mustScript(t *testing.T, line string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "chromium")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+line+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

func mustHost(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}
