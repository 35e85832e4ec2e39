package harness

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"

	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

const (
	engineTimeout = 10 * time.Second
	pullTimeout   = 5 * time.Minute
	startTimeout  = 2 * time.Minute
)

// engine finds the Docker engine once; its error says why there is none.
var engine = sync.OnceValues(func() (*client.Client, error) {
	docker, err := client.New(client.FromEnv)
	if err != nil {
		return nil, fmt.Errorf("no Docker engine can be reached: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), engineTimeout)
	defer cancel()
	if _, err := docker.Ping(ctx, client.PingOptions{}); err != nil {
		return nil, fmt.Errorf("no Docker engine answers: %w", err)
	}
	// Testcontainers reads its settings once, when it is first used: this is before.
	// Its reaper is a container too; where its image is not at hand, Main cleans up.
	if _, set := os.LookupEnv("TESTCONTAINERS_RYUK_DISABLED"); !set && !present(ctx, docker, testcontainers.ReaperDefaultImage) {
		if err := os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true"); err != nil {
			return nil, fmt.Errorf("switch the reaper off: %w", err)
		}
	}
	tclog.SetDefault(tclog.NewNoopLogger())
	return docker, nil
})

func present(ctx context.Context, docker *client.Client, image string) bool {
	_, err := docker.ImageInspect(ctx, image)
	return err == nil
}

// container is one that the tests of a run share.
type container struct {
	name     string
	image    func(ctx context.Context, docker *client.Client) (string, error)
	options  []testcontainers.ContainerCustomizer
	port     string
	start    sync.Once
	endpoint string // host:port
	absent   error  // this machine cannot have it
	failed   error  // it should have started
}

// at returns where the container listens, after finding or starting it for the first
// test that asks.
func (c *container) at(tb testing.TB) string {
	tb.Helper()
	if !binary.guarded.Load() {
		tb.Fatal("the package's TestMain must call harness.Main: it ends the containers")
	}
	c.start.Do(func() {
		if _, c.absent = engine(); c.absent != nil {
			return
		}
		if shares() {
			c.endpoint, c.absent, c.failed = ask(c.name)
			return
		}
		c.endpoint, c.absent, c.failed = c.run()
	})
	if c.absent != nil {
		skips.Missing(tb, skips.Containers, c.absent.Error())
	}
	if c.failed != nil {
		tb.Fatal(c.failed)
	}
	return c.endpoint
}

// run starts the container until the end of this process.
func (c *container) run(labels ...testcontainers.ContainerCustomizer) (endpoint string, absent, failed error) {
	docker, err := engine()
	if err != nil {
		return "", err, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), pullTimeout)
	defer cancel()
	image, err := c.image(ctx, docker)
	if err != nil {
		return "", err, nil
	}

	ctx, cancel = context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	running, err := testcontainers.Run(ctx, image, append(slices.Clone(c.options), labels...)...)
	atEnd(func() {
		if err := testcontainers.TerminateContainer(running, testcontainers.StopTimeout(0)); err != nil {
			fmt.Fprintln(os.Stderr, "harness: end the container of", image+":", err)
		}
	})
	if err != nil {
		return "", nil, fmt.Errorf("start a container of %s: %w", image, err)
	}
	if endpoint, err = running.PortEndpoint(ctx, c.port, ""); err != nil {
		return "", nil, fmt.Errorf("find the port of %s: %w", image, err)
	}
	if endpoint, err = reachable(ctx, endpoint); err != nil {
		return "", nil, fmt.Errorf("reach the container of %s: %w", image, err)
	}
	return endpoint, nil, nil
}

// reachable returns the endpoint when it answers, or the same port of this
// machine: in a container that runs its own engine, Testcontainers looks for the
// ports at the gateway unless TESTCONTAINERS_HOST_OVERRIDE says otherwise.
func reachable(ctx context.Context, endpoint string) (string, error) {
	candidates := []string{endpoint}
	if _, port, err := net.SplitHostPort(endpoint); err == nil && os.Getenv("TESTCONTAINERS_HOST_OVERRIDE") == "" {
		candidates = append(candidates, net.JoinHostPort("127.0.0.1", port))
	}
	ctx, cancel := context.WithTimeout(ctx, engineTimeout)
	defer cancel()
	dialer := net.Dialer{Timeout: time.Second}
	for {
		var failures []error
		for _, candidate := range candidates {
			connection, err := dialer.DialContext(ctx, "tcp", candidate)
			if err == nil {
				return candidate, connection.Close()
			}
			failures = append(failures, err)
		}
		select {
		case <-ctx.Done():
			return "", errors.Join(failures...)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// imageOf chooses the image that the variable names, or the official one, or,
// where only that is at hand, what deploy/testimages/build made.
func imageOf(variable, official, built string) func(context.Context, *client.Client) (string, error) {
	return func(ctx context.Context, docker *client.Client) (string, error) {
		image := os.Getenv(variable)
		if image == "" {
			image = official
			if present(ctx, docker, built) {
				image = built
			}
		}
		if present(ctx, docker, image) {
			return image, nil
		}
		provider, err := testcontainers.NewDockerProvider()
		if err != nil {
			return "", fmt.Errorf("no Docker engine can be reached: %w", err)
		}
		defer func() { _ = provider.Close() }()
		if err := provider.PullImage(ctx, image); err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				err = errors.New("it takes too long")
			}
			return "", fmt.Errorf("the image %s cannot be pulled (deploy/testimages/build makes an equivalent): %w", image, err)
		}
		return image, nil
	}
}
