package jobqueuetest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// RunUnreadable checks that dead jobs are listed although what is kept of one of them
// cannot be read, and that such a one is not run but can be discarded.
func RunUnreadable(t *testing.T, db *entstore.DB) {
	t.Helper()
	errFailed := errors.New("failed on purpose")
	q := queue(t, db, []jobs.Handler{{Kind: "test.fail", MaxAttempts: 1, Run: func(context.Context, []byte) error { return errFailed }}})
	changes := []string{"args = '\"no object\"'", "args = '{\"payload\": 5}'"}
	if db.Dialect() != "postgres" { // which keeps nothing but JSON in their places
		changes = append(changes, "args = 'not JSON'", "args = x'ff00'", "errors = 'not JSON'", "errors = jsonb('5')", "finalized_at = 'yesterday'")
	}
	for range len(changes) + 1 {
		enqueue(t, db, q, jobs.Job{Kind: "test.fail", Payload: []byte("whole")})
	}
	start(t, q)
	var all []jobs.Dead
	wait(t, "the dead jobs", func() bool {
		all = list(t, q)
		return len(all) == len(changes)+1
	})
	for i, change := range changes {
		if _, err := db.SQL().ExecContext(t.Context(), "UPDATE river_job SET "+change+" WHERE id = "+strconv.FormatInt(all[i].ID, 10)); err != nil {
			t.Fatalf("%s: %v", change, err)
		}
	}
	readable := all[len(changes)].ID
	after := list(t, q)
	var paged []int64
	for at := (jobs.DeadPosition{}); ; {
		page, err := q.List(t.Context(), jobs.DeadQuery{After: at, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		paged, at = append(paged, page[0].ID), jobs.DeadPosition{DiedAt: page[0].DiedAt, ID: page[0].ID}
	}
	if !slices.EqualFunc(paged, after, func(id int64, d jobs.Dead) bool { return id == d.ID }) {
		t.Errorf("read one by one they are %v", paged)
	}
	if len(after) != len(all) {
		t.Fatalf("%d of %d dead jobs are listed", len(after), len(all))
	}
	changed := map[int64]string{}
	for i, change := range changes {
		changed[all[i].ID] = change
	}
	for _, d := range after {
		change, unreadable := changed[d.ID]
		if strings.HasPrefix(change, "finalized_at") {
			continue // its job is whole
		}
		if unreadable != strings.Contains(d.LastError, "cannot be read") || d.Kind != "test.fail" {
			t.Errorf("%s: listed as %+v", change, d)
		}
		if !unreadable {
			continue
		}
		if _, err := q.Retry(t.Context(), d.ID); !errors.Is(err, jobs.ErrUnreadable) {
			t.Errorf("%s: retried: %v", change, err)
		}
		if _, err := q.Discard(t.Context(), d.ID); err != nil {
			t.Errorf("%s: %v", change, err)
		}
	}
	if _, err := q.Retry(t.Context(), readable); err != nil {
		t.Errorf("one that can be read: %v", err)
	}
	for _, d := range list(t, q) {
		if change := changed[d.ID]; change != "" && !strings.HasPrefix(change, "finalized_at") {
			t.Errorf("%s: still there after it was discarded", change)
		}
	}
}

func list(t *testing.T, q *jobqueue.Queue) []jobs.Dead {
	t.Helper()
	all, err := q.List(t.Context(), jobs.DeadQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// wait waits until done says so.
func wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(timeout)
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%s did not come", what)
		}
	}
}
