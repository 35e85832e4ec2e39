package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"

	"github.com/neoforge-dev/neoforge/ports/textform"
)

// absentError says why this machine has no Postgres for the bench.
type absentError struct{ why string }

func (e absentError) Error() string { return e.why }

// database is the Postgres that both sides read.
type database struct {
	url       string
	container *testcontainers.DockerContainer // nil: somebody else's
	pid       int                             // of its first process; 0 when this machine does not see it
}

const (
	ownDatabase   = "BENCH_DATABASE_URL"
	imageVariable = "NEOFORGE_TEST_POSTGRES_IMAGE"
	officialImage = "postgres:17-alpine"
	builtImage    = "neoforge-test/postgres:15" // by deploy/testimages/build
)

// durably is how Postgres is started to be written to.
var durably = []string{"-c", "shared_buffers=1GB", "-c", "max_wal_size=4GB"}

// forgetting is how it is started to be read: the posts stay in its memory and need not
// outlive the bench.
var forgetting = append(slices.Clone(durably), "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "wal_level=minimal", "-c", "max_wal_senders=0")

func ownDatabaseURL() string { return os.Getenv(ownDatabase) }

// openPostgres starts a container on this machine's own network, so that no
// forwarding of ports stands in the way of either side; or takes the empty
// database that BENCH_DATABASE_URL names.
func openPostgres(ctx context.Context, settings []string) (*database, error) {
	if address := ownDatabaseURL(); address != "" {
		d := &database{url: address}
		conn, err := pgx.Connect(ctx, address)
		if err != nil {
			return nil, absentError{fmt.Sprintf("%s (%s) cannot be reached: %s", ownDatabase, hidden(address), oneLine(err))}
		}
		defer conn.Close(ctx)
		var tables int
		if err := conn.QueryRow(ctx, "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()").Scan(&tables); err != nil {
			return nil, fmt.Errorf("look into %s: %w", ownDatabase, err)
		}
		if tables > 0 {
			return nil, fmt.Errorf("%s has tables in it: give an empty database, which the bench will fill", ownDatabase)
		}
		return d, nil
	}
	image, err := findImage(ctx)
	if err != nil {
		return nil, err
	}
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	d := &database{url: "postgres://forge:forge@" + addr + "/forge?sslmode=disable"}
	d.container, err = testcontainers.Run(ctx, image,
		testcontainers.WithEnv(map[string]string{"POSTGRES_USER": "forge", "POSTGRES_PASSWORD": "forge", "POSTGRES_DB": "forge"}),
		testcontainers.WithHostConfigModifier(func(c *container.HostConfig) { c.NetworkMode = "host" }),
		testcontainers.WithCmd(append([]string{"postgres", "-c", "listen_addresses=127.0.0.1", "-c", "port=" + port}, settings...)...),
	)
	if err == nil {
		err = d.wait(ctx)
	}
	if err != nil {
		d.close(func(string, ...any) {})
		return nil, fmt.Errorf("start Postgres from %s: %w", image, err)
	}
	return d, nil
}

// oneLine is an error of a connection, which lists what it tried, as a sentence.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// hidden is a database's address without its password.
func hidden(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "not a URL"
	}
	return u.Redacted()
}

// findImage also settles how Testcontainers behaves: it reads its settings when it
// is first used, which is after this.
func findImage(ctx context.Context) (string, error) {
	docker, err := client.New(client.FromEnv)
	if err == nil {
		ping, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		_, err = docker.Ping(ping, client.PingOptions{})
	}
	if err != nil {
		return "", absentError{"no Docker engine answers: start one, or give an empty database in " + ownDatabase}
	}
	defer docker.Close()
	has := func(image string) bool {
		_, err := docker.ImageInspect(ctx, image)
		return err == nil
	}
	// The reaper is a container too, and the bench ends what it starts.
	if _, set := os.LookupEnv("TESTCONTAINERS_RYUK_DISABLED"); !set && !has(testcontainers.ReaperDefaultImage) {
		if err := os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true"); err != nil {
			return "", err
		}
	}
	tclog.SetDefault(tclog.NewNoopLogger())
	image := os.Getenv(imageVariable)
	if image == "" {
		image = officialImage
		if has(builtImage) {
			image = builtImage
		}
	}
	if !has(image) {
		return "", absentError{fmt.Sprintf("the image %s is not on this machine: pull it, or run deploy/testimages/build", image)}
	}
	return image, nil
}

// wait waits until Postgres answers at its port. While it initialises itself it
// does not listen on the network.
func (d *database) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		conn, err := pgx.Connect(ctx, d.url)
		if err == nil {
			err = conn.Close(ctx)
		}
		if err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it does not listen on this machine's network: %w", err)
		case <-again.C:
		}
	}
	state, err := d.container.Inspect(ctx)
	if err != nil {
		return err
	}
	// Seen from elsewhere the number would be another process's, or nobody's.
	if s, err := readStat(state.State.Pid); err == nil && s.name == "postgres" {
		d.pid = state.State.Pid
	}
	return nil
}

// cpu is the time that all of Postgres has spent on a processor; negative when
// this machine does not see its processes.
func (d *database) cpu() (time.Duration, error) {
	if d.pid == 0 {
		return -1, nil
	}
	return familyCPU(d.pid)
}

func (d *database) close(say func(format string, args ...any)) {
	if d.container == nil {
		return
	}
	// StopTimeout 0: nothing in it is worth a checkpoint.
	if err := testcontainers.TerminateContainer(d.container, testcontainers.StopTimeout(0)); err != nil {
		say("end the container of Postgres: %v", err)
	}
}

// write fills the database with published posts of one author, and leaves it as
// it is some time after: statistics made, every row settled.
func (d *database) write(ctx context.Context, posts int) (err error) {
	conn, err := pgx.Connect(ctx, d.url)
	if err != nil {
		return fmt.Errorf("write posts: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	w := newWriter()
	if _, err := conn.Exec(ctx, "INSERT INTO content_authors (id, handle, name) VALUES ($1, $2, $3)", w.author, "bench", "The Bench"); err != nil {
		return fmt.Errorf("write the author: %w", err)
	}
	n := 0
	source := pgx.CopyFromFunc(func() ([]any, error) {
		if n == posts {
			return nil, nil
		}
		n++
		return w.post(n - 1)
	})
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{"content_posts"}, strings.Fields(postColumns), source); err != nil {
		return fmt.Errorf("write posts: %w", err)
	}
	// Nor does it enter them into the index of words.
	if _, err := conn.Exec(ctx, `INSERT INTO content_search_posts (post_id, published_at, visibility, version, tokens, open)
		SELECT id, published_at, visibility, version, $1, '' FROM content_posts ON CONFLICT DO NOTHING`, textform.TokensVersion); err != nil {
		return fmt.Errorf("enter the posts into the index: %w", err)
	}
	if _, err := conn.Exec(ctx, "VACUUM (FREEZE, ANALYZE, PARALLEL 0) content_posts, content_authors, content_search_posts"); err != nil {
		return fmt.Errorf("settle the posts: %w", err)
	}
	return nil
}
