package jobqueuetest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

type (
	requestKey struct{}
	parentKey  struct{}
)

// RunOrigin checks on db that a job, and one that it queues in turn, know the request
// that they come from and its trace, and that the queue counts what waits and what is dead.
func RunOrigin(t *testing.T, db *entstore.DB) {
	t.Helper()
	queue, err := jobqueue.New(db, jobqueue.Options{
		PollInterval: 20 * time.Millisecond,
		IDs: func(ctx context.Context) (string, string) {
			id, _ := ctx.Value(requestKey{}).(string)
			return id, id
		},
		WithIDs: func(ctx context.Context, request, _ string) context.Context {
			return context.WithValue(ctx, requestKey{}, request)
		},
		Traceparent: func(ctx context.Context) string {
			parent, _ := ctx.Value(parentKey{}).(string)
			return parent
		},
		WithTraceparent: func(ctx context.Context, traceparent string) context.Context {
			return context.WithValue(ctx, parentKey{}, traceparent)
		},
		Inserted: func(ctx context.Context, kind string, jobs int, begun time.Time, took time.Duration, err error) {
			if ctx.Value(parentKey{}) == nil || jobs != 1 || begun.IsZero() || took < 0 || err != nil {
				t.Errorf("told of %d of %s, %s, %v", jobs, kind, took, err)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	enqueue := func(ctx context.Context, j jobs.Job) error {
		return db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error { return queue.Enqueuer(tx.SQL).Enqueue(ctx, j) })
	}
	heard := make(chan any, 2)
	err = queue.Register([]jobs.Handler{
		{Kind: "test.first", Run: func(ctx context.Context, _ []byte) error { return enqueue(ctx, jobs.Job{Kind: "test.mail"}) }},
		{Kind: "test.mail", Queue: jobs.MailQueue, Run: func(ctx context.Context, _ []byte) error {
			heard <- [2]any{ctx.Value(requestKey{}), ctx.Value(parentKey{})}
			return nil
		}},
		{Kind: "test.dies", MaxAttempts: 1, Run: func(context.Context, []byte) error { return context.DeadlineExceeded }},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.WithValue(context.WithValue(t.Context(), requestKey{}, "req-1"), parentKey{}, "parent-1")
	for _, kind := range []string{"test.first", "test.dies"} {
		if err := enqueue(ctx, jobs.Job{Kind: kind}); err != nil {
			t.Fatal(err)
		}
	}
	if err := enqueue(ctx, jobs.Job{Kind: "test.mail", RunAt: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	count := func() jobqueue.Stats {
		t.Helper()
		stats, err := queue.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return stats
	}
	before := count()
	if n := before.Jobs[[2]string{jobs.DefaultQueue, "available"}]; n != 2 {
		t.Errorf("%d jobs wait, want 2: %+v", n, before)
	}
	if n := before.Jobs[[2]string{jobs.MailQueue, "scheduled"}]; n != 1 {
		t.Errorf("%d mails are for later, want 1: %+v", n, before)
	}
	if age := before.Oldest[jobs.DefaultQueue]; age < 0 || age > time.Hour || before.Stuck != 0 {
		t.Errorf("%+v", before)
	}
	if err := queue.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := queue.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	deadline, tick := time.After(timeout), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	select {
	case have := <-heard:
		if have != [2]any{"req-1", "parent-1"} {
			t.Errorf("the mail comes from %v, want req-1 in parent-1", have)
		}
	case <-deadline:
		t.Fatal("no mail came")
	}
	for count().Jobs[[2]string{jobs.DefaultQueue, "discarded"}] != 1 {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the dead letter is not counted: %+v", count())
		}
	}
	if dead := list(t, queue); len(dead) != 1 || dead[0].Request != "req-1" {
		t.Errorf("the dead letter comes from %+v, want req-1", dead)
	}
}
