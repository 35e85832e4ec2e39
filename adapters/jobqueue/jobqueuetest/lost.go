package jobqueuetest

import (
	"context"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// RunLost has a database that went away after it had handed a job to a process, and
// before it said so. The process lives, and never began the job: it is tried again, once,
// while what the process runs is left alone.
func RunLost(t *testing.T, url string) {
	t.Helper()
	db := entstoretest.MustOpen(t, url)
	ran, running, release := make(chan string, 8), make(chan string, 8), make(chan struct{})
	q := queue(t, db, []jobs.Handler{
		{Kind: killedKind, Timeout: time.Hour, Run: func(_ context.Context, payload []byte) error {
			ran <- string(payload)
			return nil
		}},
		{Kind: otherKind, Timeout: time.Hour, Run: func(_ context.Context, payload []byte) error {
			running <- string(payload)
			<-release
			return nil
		}},
	})
	start(t, q)
	defer close(release)
	enqueue(t, db, q, jobs.Job{Kind: otherKind, Payload: []byte("begun")})
	receive(t, "a job that is begun", running)
	enqueue(t, db, q, jobs.Job{Kind: killedKind, Payload: []byte("lost"), RunAt: time.Now().Add(24 * time.Hour)})
	handOver := `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now() - interval '1 minute',
		attempted_by = ARRAY(SELECT id FROM job_workers) WHERE kind = $1`
	if db.Dialect() == entstore.SQLite {
		handOver = `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 minute'),
			attempted_by = (SELECT jsonb_array(id) FROM job_workers) WHERE kind = $1`
	}
	if _, err := db.SQL().ExecContext(t.Context(), handOver, killedKind); err != nil {
		t.Fatal(err)
	}
	if have := receive(t, "the job that was lost on its way", ran); have != "lost" {
		t.Errorf("have %q", have)
	}
	select {
	case again := <-running:
		t.Errorf("the job %s runs twice", again)
	case again := <-ran:
		t.Errorf("the job %s ran twice", again)
	default:
	}
}
