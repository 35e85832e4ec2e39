package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/neoforge-dev/neoforge/app/lifecycle"
)

type journal struct{ lines []string }

func (j *journal) part(name string, startErr, stopErr error) lifecycle.Part {
	return lifecycle.Part{
		Name:  name,
		Start: func(context.Context) error { j.lines = append(j.lines, "start "+name); return startErr },
		Stop:  func(context.Context) error { j.lines = append(j.lines, "stop "+name); return stopErr },
	}
}

func TestRun_StopsInTheReverseOrderOfStart(t *testing.T) {
	t.Parallel()
	var j journal
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := lifecycle.Run(ctx, time.Second, nil, j.part("db", nil, nil), j.part("http", nil, nil)); err != nil {
		t.Fatal(err)
	}
	if want := []string{"start db", "start http", "stop http", "stop db"}; !slices.Equal(j.lines, want) {
		t.Fatalf("have %v", j.lines)
	}
}

func TestRun_AFailedStartStopsOnlyWhatWasStarted(t *testing.T) {
	t.Parallel()
	var j journal
	broken := errors.New("port taken")
	err := lifecycle.Run(t.Context(), time.Second, nil, j.part("db", nil, nil), j.part("http", broken, nil), j.part("jobs", nil, nil))
	if !errors.Is(err, broken) {
		t.Fatalf("have %v", err)
	}
	if want := []string{"start db", "start http", "stop db"}; !slices.Equal(j.lines, want) {
		t.Fatalf("have %v", j.lines)
	}
}

func TestRun_AFailureWhileRunningStopsEverythingAndIsReported(t *testing.T) {
	t.Parallel()
	var j journal
	failed := make(chan error, 1)
	down, stuck := errors.New("listener closed"), errors.New("still busy")
	failed <- down
	err := lifecycle.Run(t.Context(), time.Second, failed, j.part("db", nil, stuck), j.part("http", nil, nil))
	if !errors.Is(err, down) || !errors.Is(err, stuck) {
		t.Fatalf("both must be reported: %v", err)
	}
	if want := []string{"start db", "start http", "stop http", "stop db"}; !slices.Equal(j.lines, want) {
		t.Fatalf("have %v", j.lines)
	}
}

func TestRun_DrainsBeforeItStopsAnything(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var j journal
		begun := time.Now()
		http := j.part("http", nil, nil)
		http.Drain = func(ctx context.Context) {
			j.lines = append(j.lines, "drain http")
			select {
			case <-time.After(5 * time.Second):
			case <-ctx.Done():
				t.Error("the draining was cut short")
			}
		}
		http.Stop = func(ctx context.Context) error {
			j.lines = append(j.lines, "stop http")
			if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) != time.Second || time.Since(begun) != 5*time.Second {
				t.Errorf("stopped after %s with %s left", time.Since(begun), time.Until(deadline))
			}
			return nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := lifecycle.Run(ctx, time.Second, nil, j.part("db", nil, nil), http); err != nil {
			t.Fatal(err)
		}
		if want := []string{"start db", "start http", "drain http", "stop http", "stop db"}; !slices.Equal(j.lines, want) {
			t.Fatalf("have %v", j.lines)
		}
	})
}

func TestRun_EndsTheDrainingWhenAPartFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var j journal
		down := errors.New("listener closed")
		failed := make(chan error, 1)
		http := j.part("http", nil, nil)
		http.Drain = func(ctx context.Context) {
			failed <- down
			<-ctx.Done()
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := lifecycle.Run(ctx, time.Second, failed, http); !errors.Is(err, down) {
			t.Fatalf("have %v", err)
		}
		if want := []string{"start http", "stop http"}; !slices.Equal(j.lines, want) {
			t.Fatalf("have %v", j.lines)
		}
	})
}

func TestRun_DrainsNothingAfterAFailure(t *testing.T) {
	t.Parallel()
	var j journal
	failed := make(chan error, 1)
	down := errors.New("listener closed")
	failed <- down
	http := j.part("http", nil, nil)
	http.Drain = func(context.Context) { t.Error("it serves nobody any more") }
	if err := lifecycle.Run(t.Context(), time.Second, failed, http); !errors.Is(err, down) {
		t.Fatalf("have %v", err)
	}
}

// A request that hangs leaves the jobs the whole time, and a job that hangs the requests.
func TestRun_StopsWhatNeedsNoOtherAtOnceWithTheWholeTime(t *testing.T) {
	t.Parallel()
	const timeout = 20 * time.Second
	for name, times := range map[string]struct{ web, jobs, stopped time.Duration }{
		"a request hangs": {time.Hour, 19 * time.Second, timeout},
		"a job hangs":     {time.Second, time.Hour, timeout},
		"neither":         {3 * time.Second, 2 * time.Second, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var begun time.Time
				part := func(name string, needs time.Duration) lifecycle.Part {
					return lifecycle.Part{Name: name, Stop: func(ctx context.Context) error {
						if since := time.Since(begun); since != 0 {
							t.Errorf("%s: stopped %s late", name, since)
						}
						select {
						case <-time.After(needs):
							return nil
						case <-ctx.Done():
							return ctx.Err()
						}
					}}
				}
				var ended time.Duration
				below := lifecycle.Part{Name: "the database", Stop: func(context.Context) error {
					ended = time.Since(begun)
					return nil
				}}
				web, jobs := part("the web server", times.web), part("jobs", times.jobs)
				jobs.WithNext = true
				web.Drain = func(context.Context) {
					<-time.After(5 * time.Second)
					begun = time.Now()
				}
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				err := lifecycle.Run(ctx, timeout, nil, below, jobs, web)
				if ended != times.stopped {
					t.Errorf("what both need was stopped after %s, want %s", ended, times.stopped)
				}
				want := ""
				for _, p := range []struct {
					name string
					took time.Duration
				}{{"the web server", times.web}, {"jobs", times.jobs}} {
					if p.took > timeout {
						want = "stop " + p.name + ": context deadline exceeded"
					}
				}
				if (err == nil) != (want == "") || err != nil && err.Error() != want {
					t.Errorf("have %v, want %q", err, want)
				}
			})
		})
	}
}
