package jobqueuetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

type tracked chan errortracking.Report

func (t tracked) Report(r errortracking.Report) { t <- r }

// RunTracked checks which jobs are defects: those that panic, each time, and those that used
// up their attempts, once.
func RunTracked(t *testing.T, db *entstore.DB) {
	t.Helper()
	errFailed := errors.New("the test has it fail")
	got := make(tracked, 100)
	q, err := jobqueue.New(db, jobqueue.Options{Logger: zap.NewNop(), PollInterval: 20 * time.Millisecond, Errors: got})
	if err != nil {
		t.Fatal(err)
	}
	again := make(chan string, 10)
	err = q.Register([]jobs.Handler{
		{Kind: "test.tries", MaxAttempts: 2, Run: func(ctx context.Context, _ []byte) error {
			run, _ := jobs.RunOf(ctx)
			if run.Attempt == 1 {
				return errors.New("not yet")
			}
			again <- "done"
			return nil
		}},
		{Kind: "test.dies", MaxAttempts: 2, Run: func(context.Context, []byte) error { return fmt.Errorf("sending: %w", errFailed) }},
		{Kind: "test.panics", MaxAttempts: 1, Run: func(context.Context, []byte) error { panic("swordfish") }},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	start(t, q)
	for _, kind := range []string{"test.tries", "test.dies", "test.panics"} {
		enqueue(t, db, q, jobs.Job{Kind: kind})
	}
	receive(t, "the second attempt", again)
	seen := map[string]errortracking.Report{}
	for range 2 {
		select {
		case r := <-got:
			seen[r.JobKind] = r
		case <-time.After(timeout):
			t.Fatal("no report came")
		}
	}
	if r := seen["test.dies"]; r.Kind != errortracking.Job || r.Message != "sending: "+errFailed.Error() || len(r.Types) != 2 {
		t.Errorf("%+v", r)
	}
	if r := seen["test.panics"]; r.Kind != errortracking.Panic || r.Message != "swordfish" || len(r.Frames) == 0 || r.Frames[0].File != "tracked.go" {
		t.Errorf("%+v", r)
	}
	if len(got) != 0 {
		t.Errorf("%d more", len(got))
	}
}
