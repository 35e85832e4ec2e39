package harness

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	moby "github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

// PostgresServer is a server of the test's own, which it can kill and start again. Its
// port stays, its data are on a disk, and what it has acknowledged is written.
type PostgresServer struct {
	URL string // of its one database, empty at first

	port    string
	address string // within the network of containers
	docker  *client.Client
	id      string
}

// NewPostgresServer starts a server until the test ends. The arguments follow
// "postgres".
func NewPostgresServer(tb testing.TB, args ...string) *PostgresServer {
	tb.Helper()
	command := append([]string{"postgres", "-c", "fsync=off", "-c", "max_connections=100"}, args...)
	return newPostgresServer(tb,
		testcontainers.WithCmd(command...),
		testcontainers.WithWaitStrategyAndDeadline(startTimeout,
			wait.ForLog("database system is ready to accept connections").WithOccurrence(2).WithPollInterval(50*time.Millisecond)))
}

// NewStandby starts a server that follows this one, until the test ends or it is
// promoted. This one's commits wait for it from then on.
func (s *PostgresServer) NewStandby(tb testing.TB) *PostgresServer {
	tb.Helper()
	s.Exec(tb, "ALTER SYSTEM SET synchronous_commit = 'remote_apply'")
	// The image lets nobody from outside replicate.
	s.Exec(tb, `COPY (SELECT 'host replication all all trust') TO PROGRAM 'cat >> "$PGDATA/pg_hba.conf"'`, "SELECT pg_reload_conf()")
	const follow = `umask 077 && pg_basebackup -h "$0" -p 5432 -U forge -D /tmp/standby -X stream -c fast -R &&
		exec postgres -D /tmp/standby -c fsync=off -c max_connections=100 -c unix_socket_directories=/tmp`
	standby := newPostgresServer(tb,
		testcontainers.WithEntrypoint("sh", "-c", follow, s.address),
		testcontainers.WithConfigModifier(func(c *moby.Config) { c.User = "postgres" }),
		testcontainers.WithWaitStrategyAndDeadline(startTimeout,
			wait.ForLog("database system is ready to accept read-only connections").WithPollInterval(50*time.Millisecond)))
	s.Exec(tb, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
	return standby
}

func newPostgresServer(tb testing.TB, options ...testcontainers.ContainerCustomizer) *PostgresServer {
	tb.Helper()
	docker, err := engine()
	if err != nil {
		skips.Missing(tb, skips.Containers, err.Error())
	}
	ctx, cancel := context.WithTimeout(tb.Context(), pullTimeout)
	defer cancel()
	image, err := postgres.image(ctx, docker)
	if err != nil {
		skips.Missing(tb, skips.Containers, err.Error())
	}
	if shares() {
		// Its supervisor removes the server where this process cannot.
		if _, err := thisRun.lease(); err != nil {
			tb.Fatal(err)
		}
		options = append(options, thisRun.labels())
	}
	s := &PostgresServer{port: strconv.Itoa(Port(tb)), docker: docker}
	running, err := testcontainers.Run(ctx, image, append([]testcontainers.ContainerCustomizer{
		testcontainers.WithExposedPorts(postgres.port),
		testcontainers.WithHostConfigModifier(func(c *moby.HostConfig) {
			c.PortBindings = network.PortMap{network.MustParsePort(postgres.port): {{HostPort: s.port}}}
		}),
		testcontainers.WithEnv(map[string]string{"POSTGRES_USER": "forge", "POSTGRES_PASSWORD": "forge", "POSTGRES_DB": "forge"}),
	}, options...)...)
	end := sync.OnceValue(func() error {
		return testcontainers.TerminateContainer(running, testcontainers.StopTimeout(0))
	})
	tb.Cleanup(func() {
		if err := end(); err != nil {
			tb.Errorf("end the container of Postgres: %v", err)
		}
	})
	atEnd(func() { _ = end() }) // interrupted
	if err != nil {
		tb.Fatalf("start a container of %s: %v", image, err)
	}
	s.id = running.GetContainerID()
	if s.address, err = running.ContainerIP(ctx); err != nil {
		tb.Fatal(err)
	}
	host, err := running.Host(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	endpoint, err := reachable(ctx, net.JoinHostPort(host, s.port))
	if err != nil {
		tb.Fatal(err)
	}
	s.URL = databaseURL(endpoint, "forge")
	s.Await(tb)
	return s
}

// Kill ends the server's processes at once, as a machine that loses its power would.
func (s *PostgresServer) Kill(tb testing.TB) {
	tb.Helper()
	if _, err := s.docker.ContainerKill(tb.Context(), s.id, client.ContainerKillOptions{}); err != nil {
		tb.Fatalf("kill Postgres: %v", err)
	}
}

// Start starts the server again, and returns when it answers.
func (s *PostgresServer) Start(tb testing.TB) {
	tb.Helper()
	if _, err := s.docker.ContainerStart(tb.Context(), s.id, client.ContainerStartOptions{}); err != nil {
		tb.Fatalf("start Postgres again: %v", err)
	}
	s.Await(tb)
}

// Await returns when the server answers.
func (s *PostgresServer) Await(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), startTimeout)
	defer cancel()
	connection, err := connect(ctx, s.URL)
	if err != nil {
		tb.Fatal(err)
	}
	if err := connection.Close(ctx); err != nil {
		tb.Fatal(err)
	}
}

// Exec runs statements that answer nothing, each in a transaction of its own.
func (s *PostgresServer) Exec(tb testing.TB, statements ...string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), startTimeout)
	defer cancel()
	connection, err := connect(ctx, s.URL)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = connection.Close(ctx) }()
	for _, statement := range statements {
		if _, err := connection.Exec(ctx, statement); err != nil {
			tb.Fatalf("%s: %v", statement, err)
		}
	}
}

// Port returns a port of loopback that nothing listens on and that the system gives to
// no connection, so that it is still there for a server that is started again.
func Port(tb testing.TB) int {
	tb.Helper()
	for range 1000 {
		port := 10000 + rand.IntN(20000) // below what Linux gives out from itself
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		if err := ln.Close(); err != nil {
			tb.Fatal(err)
		}
		return port
	}
	tb.Fatal("no port is free")
	return 0
}
