package faults_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// While a request hangs at a stop, the process begins no more jobs: it has given its
// lease up, as it does after its last one, and the request still gets its answer.
func TestShutdown_StopsTheJobsBesideARequestThatHangs(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun, release := make(chan struct{}), make(chan struct{})
			end := sync.OnceFunc(func() { close(release) })
			workers := func() int { return 0 }
			module := wire.Module{Name: "faults", Build: wire.Build0(func(p *wire.Platform) (wire.Parts, error) {
				workers = func() (n int) {
					if err := p.DB.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM job_workers").Scan(&n); err != nil {
						t.Fatal(err)
					}
					return n
				}
				return wire.Parts{Routes: func(s *fiberhttp.Server) error {
					s.Page("GET", "/faults/hang", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
						close(begun)
						<-release
						return fiberhttp.Bytes("text/plain", []byte("late")), nil
					})
					return nil
				}}, nil
			})}
			site := program.Start(t, program.Options{
				DatabaseURL: url(t), Modules: append([]wire.Module{module}, program.Modules...), Environ: []string{"SHUTDOWN_TIMEOUT=2m"},
			})
			t.Cleanup(end) // before the program is waited for
			answer := make(chan error, 1)
			go func() {
				got, err := http.Get(site.URL + "/faults/hang")
				if err == nil {
					err = got.Body.Close()
					if got.StatusCode != http.StatusOK {
						err = fmt.Errorf("it was answered %d", got.StatusCode)
					}
				}
				answer <- err
			}()
			<-begun
			if n := workers(); n != 1 {
				t.Fatalf("%d processes work on jobs", n)
			}
			site.Stop()
			waitFor(t, "the end of the jobs beside the request", func() bool { return workers() == 0 })
			end()
			if err := <-answer; err != nil {
				t.Errorf("the request: %v", err)
			}
		})
	}
}
