package jobqueuetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// RunPayloadTTL checks on db that the payload of a job that nobody should keep is
// deleted when the job is done, is there while it is postponed or fails, and that such a
// job is cancelled instead of run when its time is over.
func RunPayloadTTL(t *testing.T, db *entstore.DB) {
	t.Helper()
	const address = "quillfeather@example.com"
	runs, late := 0, make(chan string, 1)
	q := queue(t, db, []jobs.Handler{
		{Kind: "test.private", PayloadTTL: time.Hour, Run: func(_ context.Context, payload []byte) error {
			if string(payload) != address {
				return fmt.Errorf("run %d was given %q", runs, payload)
			}
			switch runs++; runs {
			case 1:
				return &jobs.Postponed{For: time.Millisecond, Reason: errors.New("away")}
			case 2:
				return fmt.Errorf("no mail to %s", payload)
			}
			return nil
		}},
		{Kind: "test.late", PayloadTTL: time.Nanosecond, Run: func(_ context.Context, payload []byte) error {
			late <- string(payload)
			return nil
		}},
	})
	for _, kind := range []string{"test.private", "test.late"} {
		enqueue(t, db, q, jobs.Job{Kind: kind, Payload: []byte(address)})
	}
	row := func(kind string) (state string, kept []byte) {
		t.Helper()
		query := "SELECT state, coalesce(args::text, '') || coalesce(errors::text, '') FROM river_job WHERE kind = '" + kind + "'"
		if db.Dialect() != entstore.Postgres {
			query = "SELECT state, coalesce(json(args), '') || coalesce(json(errors), '') FROM river_job WHERE kind = '" + kind + "'"
		}
		if err := db.SQL().QueryRowContext(t.Context(), query).Scan(&state, &kept); err != nil {
			t.Fatal(err)
		}
		return state, kept
	}
	if _, kept := row("test.private"); !bytes.Contains(kept, []byte(address)) {
		t.Fatalf("a job that waits is kept as %s", kept)
	}
	start(t, q)
	for kind, ended := range map[string]string{"test.private": "completed", "test.late": "cancelled"} {
		var kept []byte
		wait(t, kind, func() (done bool) {
			var state string
			state, kept = row(kind)
			return state == ended
		})
		if bytes.Contains(kept, []byte("quillfeather")) {
			t.Errorf("%s: when it is %s, %s is kept", kind, ended, kept)
		}
	}
	if runs != 3 {
		t.Errorf("%d runs, want one that is postponed, one that fails, and one", runs)
	}
	select {
	case payload := <-late:
		t.Errorf("a job whose time was over was run with %s", payload)
	default:
	}
}
