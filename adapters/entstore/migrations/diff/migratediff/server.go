package migratediff

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
)

// serverTimeout is what a Postgres in a container may take to answer.
const serverTimeout = 2 * time.Minute

// server returns the address of a Postgres on which databases may be made, and what
// ends it: the one that NEOFORGE_DEV_POSTGRES_URL names, or one that it starts in a
// container.
func server(ctx context.Context) (address string, end func() error, err error) {
	if given := os.Getenv("NEOFORGE_DEV_POSTGRES_URL"); given != "" {
		return given, func() error { return nil }, nil
	}
	id, err := docker(ctx, "run", "-d", "--rm", "-e", "POSTGRES_PASSWORD=postgres", "-p", "127.0.0.1::5432", image(ctx))
	if err != nil {
		return "", nil, fmt.Errorf("a Postgres is needed, and none could be started: %w (or set NEOFORGE_DEV_POSTGRES_URL=postgres://postgres:password@127.0.0.1:5432/postgres)", err)
	}
	end = func() error {
		// Not ctx: it ends also when that has.
		_, err := docker(context.Background(), "rm", "-f", id)
		return err
	}
	at, err := docker(ctx, "port", id, "5432/tcp")
	if err != nil {
		return "", nil, errors.Join(err, end())
	}
	address = "postgres://postgres:postgres@" + strings.Fields(at)[0] + "/postgres?sslmode=disable"
	if err := answers(ctx, address); err != nil {
		return "", nil, errors.Join(err, end())
	}
	return address, end, nil
}

// image is the one that the tests take.
func image(ctx context.Context) string {
	const built, official = "neoforge-test/postgres:15", "postgres:17-alpine"
	if named := os.Getenv("NEOFORGE_TEST_POSTGRES_IMAGE"); named != "" {
		return named
	}
	if _, err := docker(ctx, "image", "inspect", "--format", "{{.Id}}", built); err == nil {
		return built
	}
	return official
}

func docker(ctx context.Context, args ...string) (string, error) {
	var said strings.Builder
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", args[0], err, strings.TrimSpace(said.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// answers waits until the server lets somebody in, twice: the one that prepares the
// data directory does so as well.
func answers(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, serverTimeout)
	defer cancel()
	for in := 0; ; {
		db, err := entstore.Open(ctx, address, entstore.Options{MaxOpen: 1})
		if err == nil {
			err = errors.Join(db.SQL().PingContext(ctx), db.Close())
		}
		if err != nil {
			in = 0
		} else if in++; in == 2 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the Postgres that was started does not answer: %w", err)
		case <-time.After(500 * time.Millisecond):
		}
	}
}
