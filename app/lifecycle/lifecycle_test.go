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

func TestStopsInTheReverseOrderOfStart(t *testing.T) {
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

func TestAFailedStartStopsOnlyWhatWasStarted(t *testing.T) {
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

func TestAFailureWhileRunningStopsEverythingAndIsReported(t *testing.T) {
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
