// Package jobstest is the contract of ports/jobs, which every queue is held to.
package jobstest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// Queue is one process's side of a queue.
type Queue interface {
	jobs.DeadLetters
	jobs.QueueStates
	Register(handlers []jobs.Handler, schedules []jobs.Schedule) error
	QueueSchedules(ctx context.Context) error
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// Harness is an empty queue in a database.
type Harness struct {
	// Process makes one more process on the queue, not started.
	Process func(t *testing.T) Queue
	// Do runs fn in a transaction of the first process: committed when fn returns nil.
	Do func(ctx context.Context, fn func(ctx context.Context, e jobs.Enqueuer) error) error
}

// timeout bounds every wait of the suite.
const timeout = 30 * time.Second

// Run checks a queue against its port. open is called for each case and gives it a
// queue of its own.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	t.Helper()
	for name, run := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, open(t))
		})
	}
}

func (h Harness) enqueue(t *testing.T, all ...jobs.Job) {
	t.Helper()
	err := h.Do(t.Context(), func(ctx context.Context, e jobs.Enqueuer) error { return e.Enqueue(ctx, all...) })
	if err != nil {
		t.Fatal(err)
	}
}

// work starts a process that stops with the test.
func (h Harness) work(t *testing.T, schedules []jobs.Schedule, handlers ...jobs.Handler) Queue {
	t.Helper()
	q := h.Process(t)
	if err := q.Register(handlers, schedules); err != nil {
		t.Fatal(err)
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return q
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(timeout):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// eventually waits until the queue has n dead jobs and returns them.
func eventually(t *testing.T, q Queue, n int) []jobs.Dead {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(timeout)
	for {
		dead, err := q.List(t.Context(), jobs.DeadQuery{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		if len(dead) == n {
			return dead
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("have %d dead jobs, want %d", len(dead), n)
		}
	}
}

// telling is a handler that sends what it is given.
func telling(kind string, to chan<- string) jobs.Handler {
	return jobs.Handler{Kind: kind, Run: func(_ context.Context, payload []byte) error {
		to <- string(payload)
		return nil
	}}
}

var errOnPurpose = errors.New("failed on purpose")

// brokenError has a method that nobody can call.
type brokenError struct{ reason string }

func (e *brokenError) Error() string { return e.reason }

var cases = map[string]func(t *testing.T, h Harness){
	"a job runs with its payload": func(t *testing.T, h Harness) {
		ran := make(chan string, 8)
		h.enqueue(t, jobs.Job{Kind: "test.before", Payload: []byte(`{"n": 12345678901234567890, "s": "ü\n"}`)})
		h.work(t, nil, telling("test.before", ran), telling("test.after", ran))
		if have, want := receive(t, ran), `{"n": 12345678901234567890, "s": "ü\n"}`; have != want {
			t.Errorf("have %s, want %s", have, want)
		}
		for _, payload := range []string{"not JSON", "", "\xff\x00", `"a \u0000 in JSON"`} {
			h.enqueue(t, jobs.Job{Kind: "test.after", Payload: []byte(payload)})
			if have := receive(t, ran); have != payload {
				t.Errorf("have %q, want %q", have, payload)
			}
		}
	},
	"a job of a transaction that is rolled back never runs": func(t *testing.T, h Harness) {
		ran := make(chan string, 8)
		h.work(t, nil, telling("test.tell", ran))
		err := h.Do(t.Context(), func(ctx context.Context, e jobs.Enqueuer) error {
			if err := e.Enqueue(ctx, jobs.Job{Kind: "test.tell", Payload: []byte(`"never"`)}); err != nil {
				return err
			}
			return errOnPurpose
		})
		if !errors.Is(err, errOnPurpose) {
			t.Fatal(err)
		}
		h.enqueue(t, jobs.Job{Kind: "test.tell", Payload: []byte(`"now"`)})
		if have := receive(t, ran); have != `"now"` {
			t.Errorf("have %s", have)
		}
	},
	"a job that fails runs again": func(t *testing.T, h Harness) {
		attempts := make(chan time.Time, 8)
		first := true
		q := h.work(t, nil, jobs.Handler{Kind: "test.flaky", Run: func(context.Context, []byte) error {
			attempts <- time.Now()
			if first {
				first = false
				return errOnPurpose
			}
			return nil
		}})
		h.enqueue(t, jobs.Job{Kind: "test.flaky"})
		if pause := -receive(t, attempts).Sub(receive(t, attempts)); pause < 500*time.Millisecond {
			t.Errorf("the second attempt came after %s", pause)
		}
		eventually(t, q, 0)
	},
	"a job that used up its attempts is a dead letter": func(t *testing.T, h Harness) {
		q := h.work(t, nil,
			jobs.Handler{Kind: "test.fail", MaxAttempts: 1, Run: func(context.Context, []byte) error { return errOnPurpose }},
			jobs.Handler{Kind: "test.panic", MaxAttempts: 1, Run: func(context.Context, []byte) error { panic("a defect") }},
			jobs.Handler{Kind: "test.hang", MaxAttempts: 1, Timeout: 50 * time.Millisecond, Run: func(ctx context.Context, _ []byte) error {
				<-ctx.Done()
				return ctx.Err()
			}},
		)
		begun := time.Now().Add(-time.Second)
		for i, c := range []struct{ kind, reason string }{
			{"test.fail", errOnPurpose.Error()}, {"test.panic", "a defect"}, {"test.hang", "deadline exceeded"},
		} {
			h.enqueue(t, jobs.Job{Kind: c.kind, Payload: []byte(`{"a":1}`)})
			newest := eventually(t, q, i+1)[0]
			if newest.Kind != c.kind || newest.Attempts != 1 || !strings.Contains(newest.LastError, c.reason) ||
				string(newest.Payload) != `{"a":1}` || newest.DiedAt.Before(begun) {
				t.Errorf("%s: have %+v", c.kind, newest)
			}
		}
		if some, err := q.List(t.Context(), jobs.DeadQuery{Limit: 2}); err != nil || len(some) != 2 {
			t.Errorf("two of them: %d, %v", len(some), err)
		}
	},
	"an error that no database keeps stops nothing": func(t *testing.T, h Harness) {
		var nobody *brokenError
		ran := make(chan string, 32)
		q := h.work(t, nil, telling("test.well", ran),
			jobs.Handler{Kind: "test.error", MaxAttempts: 1, Run: func(context.Context, []byte) error {
				return fmt.Errorf("refused: a\x00b\xff, %s: %w", strings.Repeat("ü", 1<<16), errOnPurpose)
			}},
			jobs.Handler{Kind: "test.panic", MaxAttempts: 1, Run: func(context.Context, []byte) error { panic("defect \x00\xff") }},
			jobs.Handler{Kind: "test.nil", MaxAttempts: 1, Run: func(context.Context, []byte) error { return nobody }},
		)
		all := []jobs.Job{{Kind: "test.error"}, {Kind: "test.panic"}, {Kind: "test.nil"}}
		for i := range 20 {
			all = append(all, jobs.Job{Kind: "test.well", Payload: []byte(fmt.Sprint(i)), Unique: fmt.Sprint(i)})
		}
		h.enqueue(t, all...)
		for range 20 {
			receive(t, ran)
		}
		reasons := map[string]string{}
		for _, d := range eventually(t, q, 3) {
			reasons[d.Kind] = d.LastError
		}
		for kind, want := range map[string]string{"test.error": "refused: a\uFFFDb\uFFFD, ü", "test.panic": "defect \uFFFD\uFFFD", "test.nil": "<nil>"} {
			if !strings.Contains(reasons[kind], want) {
				t.Errorf("%s: have the reason %.100q, want %q", kind, reasons[kind], want)
			}
		}
		h.enqueue(t, jobs.Job{Kind: "test.well", Payload: []byte("after")})
		if have := receive(t, ran); have != "after" {
			t.Errorf("have %s", have)
		}
	},
	"a job of a kind that nobody knows is a dead letter": func(t *testing.T, h Harness) {
		older := h.Process(t)
		err := older.Register([]jobs.Handler{{Kind: "test.gone", MaxAttempts: 1, Run: func(context.Context, []byte) error { return nil }}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		ran := make(chan string, 8)
		h.enqueue(t, jobs.Job{Kind: "test.gone", Payload: []byte("kept")}, jobs.Job{Kind: "test.known", Payload: []byte("known")})
		q := h.work(t, nil, telling("test.known", ran))
		receive(t, ran)
		dead := eventually(t, q, 1)[0]
		if dead.Kind != "test.gone" || string(dead.Payload) != "kept" || !strings.Contains(dead.LastError, "No handler of the kind test.gone is registered") {
			t.Errorf("have %+v", dead)
		}
		h.enqueue(t, jobs.Job{Kind: "test.known", Payload: []byte("after")})
		if have := receive(t, ran); have != "after" {
			t.Errorf("have %s", have)
		}
	},
	"urgent jobs run before those that came earlier": func(t *testing.T, h Harness) {
		urgent, release := make(chan string, 8), make(chan struct{})
		first := telling("test.urgent", urgent)
		first.Urgent = true
		wait := jobs.Handler{Kind: "test.patient", Run: func(context.Context, []byte) error { <-release; return nil }}
		outside := telling("test.outside", urgent)
		outside.Queue = jobs.OutsideQueue
		q := h.Process(t)
		if err := q.Register([]jobs.Handler{first, wait, outside}, nil); err != nil {
			t.Fatal(err)
		}
		all := make([]jobs.Job, 300, 301) // more than a process runs at once
		for i := range all {
			all[i] = jobs.Job{Kind: "test.patient"}
		}
		h.enqueue(t, append(all, jobs.Job{Kind: "test.urgent", Payload: []byte("urgent")})...)
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), timeout)
			defer cancel()
			if err := q.Stop(ctx); err != nil {
				t.Error(err)
			}
		})
		defer close(release)
		if have := receive(t, urgent); have != "urgent" {
			t.Errorf("have %s", have)
		}
		h.enqueue(t, jobs.Job{Kind: "test.outside", Payload: []byte("outside")}) // has workers of its own
		if have := receive(t, urgent); have != "outside" {
			t.Errorf("have %s", have)
		}
	},
	"a run knows its job and what is done of it": func(t *testing.T, h Harness) {
		type seen struct {
			jobs.Run
			done []string
		}
		runs, done := make(chan seen, 8), make(chan string, 8)
		h.work(t, nil, telling("test.after", done), jobs.Handler{Kind: "test.steps", Run: func(ctx context.Context, _ []byte) error {
			r, ok := jobs.RunOf(ctx)
			if !ok {
				return errors.New("a job without a run")
			}
			steps, err := r.Steps.Done(ctx)
			if err != nil {
				return err
			}
			runs <- seen{r, steps}
			ended, cancel := context.WithCancel(ctx)
			cancel()
			if err := errors.Join(r.Steps.Record(ended, fmt.Sprintf("step-%d", r.Attempt)), r.Steps.Record(ctx, "step.common")); err != nil {
				return err
			}
			if r.Steps.Record(ctx, "no 'step'") == nil || r.Steps.Record(ctx, "") == nil {
				return errors.New("a step without a name was recorded")
			}
			if r.Attempt < 3 {
				return errOnPurpose
			}
			return nil
		}})
		h.enqueue(t, jobs.Job{Kind: "test.steps"})
		first := receive(t, runs)
		h.enqueue(t, jobs.Job{Kind: "test.after"}) // other jobs have other steps
		receive(t, done)
		second, third := receive(t, runs), receive(t, runs)
		slices.Sort(second.done)
		slices.Sort(third.done)
		if first.Job == "" || second.Job != first.Job || third.Job != first.Job || first.Attempt != 1 || third.Attempt != 3 || third.Interrupted != 0 {
			t.Errorf("runs: %+v, %+v, %+v", first, second, third)
		}
		if len(first.done) != 0 || !slices.Equal(second.done, []string{"step-1", "step.common"}) || !slices.Equal(third.done, []string{"step-1", "step-2", "step.common"}) {
			t.Errorf("done: %q, %q, %q", first.done, second.done, third.done)
		}
	},
	"a job that is postponed runs again and uses up no attempt": func(t *testing.T, h Harness) {
		attempts, n := make(chan int, 8), 0
		q := h.work(t, nil, jobs.Handler{Kind: "test.postponed", MaxAttempts: 1, Run: func(ctx context.Context, _ []byte) error {
			r, _ := jobs.RunOf(ctx)
			attempts <- r.Attempt
			if n++; n < 3 {
				return fmt.Errorf("wrapped: %w", &jobs.Postponed{For: 10 * time.Millisecond, Reason: errOnPurpose})
			}
			return errors.New("dead now")
		}})
		h.enqueue(t, jobs.Job{Kind: "test.postponed"})
		for range 3 {
			if have := receive(t, attempts); have != 1 {
				t.Errorf("attempt %d", have)
			}
		}
		if dead := eventually(t, q, 1)[0]; dead.Attempts != 1 || dead.LastError != "dead now" {
			t.Errorf("have %+v", dead)
		}
	},
	"a dead letter is retried or discarded": func(t *testing.T, h Harness) {
		ran, healed := make(chan string, 8), false
		q := h.work(t, nil, jobs.Handler{Kind: "test.heals", MaxAttempts: 1, Run: func(_ context.Context, payload []byte) error {
			ran <- string(payload)
			if !healed {
				healed = true
				return errOnPurpose
			}
			return nil
		}}, jobs.Handler{Kind: "test.fail", MaxAttempts: 1, Run: func(context.Context, []byte) error { return errOnPurpose }})
		h.enqueue(t, jobs.Job{Kind: "test.heals", Payload: []byte(`"again"`)})
		receive(t, ran)
		id := eventually(t, q, 1)[0].ID
		if d, err := q.Retry(t.Context(), id); err != nil || d.Kind != "test.heals" {
			t.Fatal(d, err)
		}
		if have := receive(t, ran); have != `"again"` {
			t.Errorf("retried with %s", have)
		}
		eventually(t, q, 0)
		for _, act := range []func(context.Context, int64) (jobs.Dead, error){q.Retry, q.Discard} {
			for _, id := range []int64{id, 1 << 40, 0, -1} {
				if _, err := act(t.Context(), id); fault.KindOf(err) != fault.NotFound {
					t.Errorf("job %d is not dead: have %v", id, err)
				}
			}
		}
		h.enqueue(t, jobs.Job{Kind: "test.fail"})
		id = eventually(t, q, 1)[0].ID
		if d, err := q.Discard(t.Context(), id); err != nil || d.Kind != "test.fail" {
			t.Fatal(d, err)
		}
		eventually(t, q, 0)
	},
	"a dead letter whose work is queued again is not retried": func(t *testing.T, h Harness) {
		q := h.work(t, nil, jobs.Handler{Kind: "test.fail", MaxAttempts: 1, Run: func(context.Context, []byte) error { return errOnPurpose }})
		h.enqueue(t, jobs.Job{Kind: "test.fail", Unique: "refund"})
		id := eventually(t, q, 1)[0].ID
		h.enqueue(t, jobs.Job{Kind: "test.fail", Unique: "refund", RunAt: time.Now().Add(time.Hour)})
		if _, err := q.Retry(t.Context(), id); !errors.Is(err, jobs.ErrQueuedAlready) {
			t.Errorf("have %v", err)
		}
		if d, err := q.Discard(t.Context(), id); err != nil || d.ID != id {
			t.Errorf("have %v and %v", d, err)
		}
	},
	"dead letters are narrowed by kind and read page by page": func(t *testing.T, h Harness) {
		fails := func(context.Context, []byte) error { return errOnPurpose }
		q := h.work(t, nil, jobs.Handler{Kind: "test.one", MaxAttempts: 1, Run: fails}, jobs.Handler{Kind: "test.two", MaxAttempts: 1, Run: fails, Queue: jobs.MailQueue})
		var queued []jobs.Job
		for i := range 9 {
			queued = append(queued, jobs.Job{Kind: []string{"test.one", "test.one", "test.two"}[i%3]})
		}
		h.enqueue(t, queued...)
		all := eventually(t, q, 9)
		if kinds, err := q.Kinds(t.Context()); err != nil || !reflect.DeepEqual(kinds, map[string]int{"test.one": 6, "test.two": 3}) {
			t.Errorf("have %v, %v", kinds, err)
		}
		for _, kind := range []string{"", "test.one", "test.two", "test.three"} {
			want := slices.DeleteFunc(slices.Clone(all), func(d jobs.Dead) bool { return kind != "" && d.Kind != kind })
			for _, limit := range []int{1, 2, 100} {
				var have []jobs.Dead
				var after jobs.DeadPosition
				for {
					page, err := q.List(t.Context(), jobs.DeadQuery{Kind: kind, After: after, Limit: limit})
					if err != nil || len(page) > limit {
						t.Fatalf("%d of %d, %v", len(page), limit, err)
					}
					if len(page) == 0 {
						break
					}
					have = append(have, page...)
					last := page[len(page)-1]
					after = jobs.DeadPosition{DiedAt: last.DiedAt, ID: last.ID}
				}
				if !slices.EqualFunc(have, want, func(a, b jobs.Dead) bool { return a.ID == b.ID }) {
					t.Errorf("kind %q by %d: have %v, want %v", kind, limit, have, want)
				}
			}
		}
		for _, d := range all {
			if want := map[string]string{"test.one": jobs.DefaultQueue, "test.two": jobs.MailQueue}[d.Kind]; d.Queue != want {
				t.Errorf("%s died in the queue %s, want %s", d.Kind, d.Queue, want)
			}
		}
	},
	"the queues tell what waits in them": func(t *testing.T, h Harness) {
		began, end := make(chan string, 1), make(chan struct{})
		q := h.Process(t)
		if err := q.Register([]jobs.Handler{
			{Kind: "test.mail", Queue: jobs.MailQueue, Run: func(context.Context, []byte) error {
				began <- ""
				<-end
				return nil
			}},
			{Kind: "test.long", Queue: jobs.LongQueue, Run: func(context.Context, []byte) error { return nil }},
		}, nil); err != nil {
			t.Fatal(err)
		}
		state := func(queue string) jobs.QueueState {
			t.Helper()
			all, stuck, err := q.States(t.Context())
			if err != nil || stuck != 0 || len(all) != 5 {
				t.Fatalf("%v, %d stuck, %v", all, stuck, err)
			}
			return all[slices.IndexFunc(all, func(s jobs.QueueState) bool { return s.Queue == queue })]
		}
		h.enqueue(t, jobs.Job{Kind: "test.mail"}, jobs.Job{Kind: "test.long", RunAt: time.Now().Add(time.Hour)})
		if have := state(jobs.LongQueue); have.Scheduled != 1 || have.Waiting != 0 || have.Oldest != 0 {
			t.Errorf("the long queue: %+v", have)
		}
		if have := state(jobs.DefaultQueue); have != (jobs.QueueState{Queue: jobs.DefaultQueue}) {
			t.Errorf("the default queue: %+v", have)
		}
		if have := state(jobs.MailQueue); have.Waiting != 1 || have.Oldest > timeout {
			t.Errorf("the queue of mails: %+v", have)
		}
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), timeout)
			defer cancel()
			if err := q.Stop(ctx); err != nil {
				t.Error(err)
			}
		})
		receive(t, began)
		if have := state(jobs.MailQueue); have.Running != 1 || have.Waiting != 0 || have.Oldest != 0 {
			t.Errorf("the queue of mails while one runs: %+v", have)
		}
		close(end)
	},
	"a unique job stands for its key until it ends": func(t *testing.T, h Harness) {
		ran := make(chan string, 8)
		one := func(payload, key string) jobs.Job {
			return jobs.Job{Kind: "test.unique", Payload: []byte(payload), Unique: key}
		}
		h.enqueue(t, one(`"first"`, "key"))
		h.enqueue(t, one(`"second"`, "key"), one(`"other"`, "another key"), jobs.Job{Kind: "test.kind", Payload: []byte(`"kind"`), Unique: "key"})
		h.work(t, nil, telling("test.unique", ran), telling("test.kind", ran))
		have := map[string]bool{receive(t, ran): true, receive(t, ran): true, receive(t, ran): true}
		if want := map[string]bool{`"first"`: true, `"other"`: true, `"kind"`: true}; !reflect.DeepEqual(have, want) {
			t.Fatalf("have %v, want %v", have, want)
		}
		// The first ends a moment after its handler returned.
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		end := time.After(timeout)
		for {
			h.enqueue(t, one(`"third"`, "key"))
			select {
			case have := <-ran:
				if have != `"third"` {
					t.Errorf("have %s", have)
				}
				return
			case <-tick.C:
			case <-end:
				t.Fatal("the key is taken for ever")
			}
		}
	},
	"a job for later does not run before": func(t *testing.T, h Harness) {
		ran, at := make(chan string, 8), time.Now().Add(time.Second)
		h.work(t, nil, telling("test.later", ran), telling("test.now", ran))
		h.enqueue(t, jobs.Job{Kind: "test.later", Payload: []byte(`"later"`), RunAt: at}, jobs.Job{Kind: "test.now", Payload: []byte(`"now"`)})
		if have := receive(t, ran); have != `"now"` {
			t.Errorf("have %s first", have)
		}
		if have := receive(t, ran); have != `"later"` || time.Now().Before(at) {
			t.Errorf("have %s at %s, before %s", have, time.Now(), at)
		}
	},
	"a schedule queues its kind": func(t *testing.T, h Harness) {
		ran := make(chan string, 8)
		h.work(t, []jobs.Schedule{{Kind: "test.every", Every: time.Second}}, telling("test.every", ran))
		receive(t, ran)
		receive(t, ran)
	},
	"a schedule can be queued before its time": func(t *testing.T, h Harness) {
		ran := make(chan string, 8)
		q := h.work(t, []jobs.Schedule{{Kind: "test.hourly", Every: time.Hour}}, telling("test.hourly", ran))
		receive(t, ran) // as when the program starts
		if err := q.QueueSchedules(t.Context()); err != nil {
			t.Fatal(err)
		}
		receive(t, ran)
	},
	"processes share the work and no job runs twice": func(t *testing.T, h Harness) {
		const n = 60
		ran := make(chan string, 2*n)
		h.work(t, nil, telling("test.shared", ran))
		h.work(t, nil, telling("test.shared", ran))
		var all []jobs.Job
		for i := range n {
			all = append(all, jobs.Job{Kind: "test.shared", Payload: []byte(fmt.Sprint(i))})
		}
		h.enqueue(t, all...)
		seen := map[string]int{}
		for range n {
			seen[receive(t, ran)]++
		}
		if len(seen) != n {
			t.Errorf("%d different jobs ran, of %d", len(seen), n)
		}
	},
	"a job that is there at the start may queue others": func(t *testing.T, h Harness) {
		const n = 20
		ran, at := make(chan string, n), make(chan string, n)
		all := make([]jobs.Job, n)
		for i := range all {
			all[i] = jobs.Job{Kind: "test.first", Payload: []byte(fmt.Sprint(i))}
		}
		h.enqueue(t, all...)
		h.work(t, nil, jobs.Handler{Kind: "test.first", Run: func(ctx context.Context, payload []byte) error {
			at <- string(payload)
			return h.Do(ctx, func(ctx context.Context, e jobs.Enqueuer) error {
				return e.Enqueue(ctx, jobs.Job{Kind: "test.next", Payload: payload})
			})
		}}, telling("test.next", ran))
		for range n {
			receive(t, at)
			receive(t, ran)
		}
	},
	"a stop waits for the job under way": func(t *testing.T, h Harness) {
		begun, release, ended := make(chan string, 1), make(chan struct{}), make(chan error, 1)
		q := h.Process(t)
		err := q.Register([]jobs.Handler{{Kind: "test.slow", Run: func(ctx context.Context, _ []byte) error {
			begun <- ""
			<-release
			ended <- ctx.Err()
			return nil
		}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if err := q.Start(ctx); err != nil {
			t.Fatal(err)
		}
		h.enqueue(t, jobs.Job{Kind: "test.slow"})
		receive(t, begun)
		cancel() // the end of Start's context is not the end of the work
		stopped := make(chan error, 1)
		go func() { stopped <- q.Stop(context.WithoutCancel(ctx)) }()
		close(release)
		if err := receive(t, ended); err != nil {
			t.Errorf("the job was told to end: %v", err)
		}
		if err := receive(t, stopped); err != nil {
			t.Error(err)
		}
	},
	"a job under way at a stop may queue others": func(t *testing.T, h Harness) {
		begun, queued := make(chan string, 1), make(chan error, 1)
		q := h.Process(t)
		err := q.Register([]jobs.Handler{{Kind: "test.busy", Run: func(ctx context.Context, _ []byte) error {
			begun <- ""
			var err error
			for range 100 { // the stop begins somewhere among them
				err = errors.Join(err, h.Do(ctx, func(ctx context.Context, e jobs.Enqueuer) error {
					return e.Enqueue(ctx, jobs.Job{Kind: "test.later", RunAt: time.Now().Add(time.Hour)})
				}))
			}
			queued <- err
			return nil
		}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.enqueue(t, jobs.Job{Kind: "test.busy"})
		receive(t, begun)
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
		if err := receive(t, queued); err != nil {
			t.Errorf("queue: %v", err)
		}
	},
	"a long job gives way to a stop and is run again by another process":  givesWay(jobs.LongQueue),
	"a heavy job gives way to a stop and is run again by another process": givesWay(jobs.HeavyQueue),
	"a stop that may not wait cancels the job": func(t *testing.T, h Harness) {
		begun, ended := make(chan string, 1), make(chan error, 1)
		q := h.Process(t)
		err := q.Register([]jobs.Handler{{Kind: "test.endless", Run: func(ctx context.Context, _ []byte) error {
			begun <- ""
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.enqueue(t, jobs.Job{Kind: "test.endless"})
		receive(t, begun)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := q.Stop(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("have %v", err)
		}
		if err := receive(t, ended); !errors.Is(err, context.Canceled) {
			t.Errorf("the job ended with %v", err)
		}
	},
	"what cannot work is refused": func(t *testing.T, h Harness) {
		nothing := func(context.Context, []byte) error { return nil }
		for name, c := range map[string]struct {
			handlers  []jobs.Handler
			schedules []jobs.Schedule
		}{
			"no kind":              {handlers: []jobs.Handler{{Run: nothing}}},
			"no function":          {handlers: []jobs.Handler{{Kind: "test.a"}}},
			"two handlers":         {handlers: []jobs.Handler{{Kind: "test.a", Run: nothing}, {Kind: "test.a", Run: nothing}}},
			"an unknown schedule":  {schedules: []jobs.Schedule{{Kind: "test.a", Every: time.Hour}}},
			"an endless frequency": {handlers: []jobs.Handler{{Kind: "test.a", Run: nothing}}, schedules: []jobs.Schedule{{Kind: "test.a"}}},
		} {
			if err := h.Process(t).Register(c.handlers, c.schedules); err == nil {
				t.Errorf("%s was accepted", name)
			}
		}
	},
}

// givesWay stops a process while a job of a queue runs that ends with its context alone.
func givesWay(queue string) func(t *testing.T, h Harness) {
	return func(t *testing.T, h Harness) {
		t.Helper()
		begun, attempts := make(chan string, 1), make(chan int, 1)
		q := h.Process(t)
		err := q.Register([]jobs.Handler{{Kind: "test.long", Queue: queue, Run: func(ctx context.Context, _ []byte) error {
			begun <- ""
			<-ctx.Done()
			return fmt.Errorf("broken off: %w", ctx.Err())
		}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.enqueue(t, jobs.Job{Kind: "test.long"})
		receive(t, begun)
		if err := q.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("stop: %v", err)
		}
		h.work(t, nil, jobs.Handler{Kind: "test.long", Queue: queue, Run: func(ctx context.Context, _ []byte) error {
			r, _ := jobs.RunOf(ctx)
			attempts <- r.Attempt
			return nil
		}})
		if have := receive(t, attempts); have != 1 {
			t.Errorf("attempt %d", have)
		}
	}
}
