package harness

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

var postgres = container{
	name:  "postgres",
	image: imageOf("NEOFORGE_TEST_POSTGRES_IMAGE", "postgres:17-alpine", "neoforge-test/postgres:15"),
	port:  "5432/tcp",
	options: []testcontainers.ContainerCustomizer{
		testcontainers.WithExposedPorts("5432/tcp"),
		testcontainers.WithEnv(map[string]string{
			"POSTGRES_USER": "forge", "POSTGRES_PASSWORD": "forge", "POSTGRES_DB": "forge",
		}),
		// The data need not outlive the tests, so it is kept in memory. A database is
		// hundreds of files, and making them on a disk would cost more than all queries.
		testcontainers.WithTmpfs(map[string]string{"/var/lib/postgresql/data": "rw"}),
		testcontainers.WithCmd("postgres",
			"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
			"-c", "autovacuum=off", "-c", "max_connections=1000"),
		// The first time it is the server that initialises the database, without a
		// network.
		testcontainers.WithWaitStrategyAndDeadline(startTimeout,
			wait.ForLog("database system is ready to accept connections").WithOccurrence(2).WithPollInterval(50*time.Millisecond)),
	},
}

// Postgres returns the URL of an empty database on the run's server, which all tests
// share. Most want Database.
func Postgres(tb testing.TB) string {
	tb.Helper()
	return databaseURL(postgres.at(tb), "forge")
}

func databaseURL(endpoint, name string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword("forge", "forge"), Host: endpoint, Path: name,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// template is a database that one function has migrated.
type template struct {
	once sync.Once
	name string
	err  error
}

var templates sync.Map // of *template by the function's name

// Database returns the URL of a database of the test's own, as migrate leaves an
// empty one. migrate, a function with a name, runs once in a run of tests, whose packages
// are built of the same source; every test gets a copy of its result, which is dropped
// when the test ends. A nil migrate leaves it empty.
func Database(tb testing.TB, migrate func(ctx context.Context, url string) error) string {
	tb.Helper()
	endpoint := postgres.at(tb)
	if migrate == nil {
		migrate = leaveEmpty
	}
	function := runtime.FuncForPC(reflect.ValueOf(migrate).Pointer()).Name()
	made, _ := templates.LoadOrStore(function, &template{})
	t := made.(*template)
	t.once.Do(func() { t.name, t.err = makeTemplate(endpoint, function, migrate) })
	if t.err != nil {
		tb.Fatalf("make the template database: %v", t.err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if err := administer(endpoint, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s STRATEGY FILE_COPY", name, t.name)); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := administer(endpoint, fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", name)); err != nil {
			tb.Error(err)
		}
	})
	return databaseURL(endpoint, name)
}

func leaveEmpty(context.Context, string) error { return nil }

// makeTemplate returns the template that a function makes. The first process of the run
// to ask has it made; the others wait.
func makeTemplate(endpoint, function string, migrate func(ctx context.Context, url string) error) (string, error) {
	name := fmt.Sprintf("template_%x", sha256.Sum256([]byte(function)))[:40]
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	admin, err := connect(ctx, databaseURL(endpoint, "forge"))
	if err != nil {
		return "", err
	}
	defer func() { _ = admin.Close(ctx) }() // lets go of the lock
	if _, err := admin.Exec(ctx, "SELECT pg_advisory_lock(hashtext($1))", name); err != nil {
		return "", fmt.Errorf("lock %s: %w", name, err)
	}
	var whole bool
	err = admin.QueryRow(ctx, "SELECT datistemplate FROM pg_database WHERE datname = $1", name).Scan(&whole)
	if whole || err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return name, err
	}
	// A half one is of a process that was killed.
	if err := administer(endpoint, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)", "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	if err := migrate(ctx, databaseURL(endpoint, name)); err != nil {
		return "", fmt.Errorf("migrate %s: %w", name, err)
	}
	// A template somebody is connected to cannot be copied: end what migrate may
	// have left open, and let nobody in.
	return name, administer(endpoint,
		fmt.Sprintf("ALTER DATABASE %s WITH IS_TEMPLATE true ALLOW_CONNECTIONS false", name),
		fmt.Sprintf("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'", name))
}

// administer runs statements on a connection of its own. The first one after the
// start may come a moment before the port is forwarded, so connecting is tried for
// a while.
func administer(endpoint string, statements ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	connection, err := connect(ctx, databaseURL(endpoint, "forge"))
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close(ctx) }()
	for _, statement := range statements {
		if _, err := connection.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func connect(ctx context.Context, url string) (*pgx.Conn, error) {
	deadline := time.Now().Add(10 * time.Second)
	for {
		connection, err := pgx.Connect(ctx, url)
		if err == nil {
			return connection, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("connect to Postgres: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("connect to Postgres: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
