package faults_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

// During an update processes of the release before and of this one queue and work jobs
// on one database, whose tables are this one's already. Each job runs once, whoever
// queued it; a key stands for one job, and a schedule queues once.
func TestRollingUpdate_WorksEachJobOnceBesideTheReleaseBefore(t *testing.T) {
	t.Parallel()
	const (
		kind   = "rolling"
		hourly = "hourly." + kind
		each   = 200
	)
	bin := buildReleaseBefore(t)
	url := harness.Database(t, program.MigrateUp)
	db := entstoretest.MustOpen(t, url)
	if _, err := db.SQL().ExecContext(t.Context(), "CREATE TABLE rolling_runs (payload text NOT NULL, worker text NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	// A process that a starved machine stops for two thirds of its lease gives up its jobs, and has them tried again.
	q, err := jobqueue.New(db, jobqueue.Options{LeaseTTL: 6 * time.Second, Workers: 4})
	if err != nil {
		t.Fatal(err)
	}
	work := func(ctx context.Context, payload []byte) error {
		_, err := db.SQL().ExecContext(ctx, "INSERT INTO rolling_runs (payload, worker) VALUES ($1, 'this')", string(payload))
		return err
	}
	err = q.Register([]jobs.Handler{{Kind: kind, Run: work}, {Kind: hourly, Run: work}}, []jobs.Schedule{{Kind: hourly, Every: time.Hour}})
	if err != nil {
		t.Fatal(err)
	}

	before := startReleaseBefore(t, bin, url, kind, fmt.Sprint(each))
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	insert := func(j jobs.Job) {
		t.Helper()
		if err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error { return q.InsertTx(ctx, tx.SQL, j) }); err != nil {
			t.Fatal(err)
		}
	}
	insert(jobs.Job{Kind: kind, Payload: []byte("keyed"), Unique: "one", RunAt: time.Now().Add(24 * time.Hour)})
	for i := range each {
		insert(jobs.Job{Kind: kind, Payload: fmt.Append(nil, "this ", i)})
	}
	count := func(query string, args ...any) (n int) {
		t.Helper()
		if err := db.SQL().QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	waitFor(t, "the end of every job", func() bool {
		return count("SELECT count(*) FROM river_job WHERE kind = $1 AND state = 'completed'", kind) == 2*each
	})
	// Whichever is elected queues it, which may take longer than all jobs.
	waitFor(t, "the job of the hour", func() bool { return count("SELECT count(*) FROM river_job WHERE kind = $1", hourly) > 0 })
	before.stop(t)

	if n := count("SELECT count(DISTINCT payload) FROM rolling_runs WHERE payload <> ''"); n != 2*each {
		t.Errorf("%d jobs ran, want %d", n, 2*each)
	}
	if n := count("SELECT count(*) FROM rolling_runs WHERE payload <> ''"); n != 2*each {
		t.Errorf("%d runs, want one for each of %d jobs", n, 2*each)
	}
	for _, worker := range []string{"before", "this"} {
		if n := count("SELECT count(*) FROM rolling_runs WHERE payload <> '' AND worker = $1", worker); n == 0 {
			t.Errorf("%s release worked on nothing", worker)
		}
	}
	// This one's worker takes no job of the other for one of a dead process.
	if n := count("SELECT count(*) FROM river_job WHERE attempt > 1 OR cardinality(coalesce(errors, '{}')) > 0"); n != 0 {
		t.Errorf("%d jobs failed, or were tried again", n)
	}
	if n := count("SELECT count(*) FROM river_job WHERE kind = $1 AND state = 'scheduled'", kind); n != 1 {
		t.Errorf("%d jobs have one key", n)
	}
	if n := count("SELECT count(*) FROM river_job WHERE kind = $1", hourly); n != 1 {
		t.Errorf("%d jobs of one hour", n)
	}
}

// buildReleaseBefore builds the program of testdata/releasebefore. Its files have names
// that no tool looks for: what it needs is old on purpose, and none of the program's.
func buildReleaseBefore(t *testing.T) (bin string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"main.go", "go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("testdata", "releasebefore", name+".txt"))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	download := exec.CommandContext(t.Context(), "go", "mod", "download")
	download.Dir = dir
	if out, err := download.CombinedOutput(); err != nil {
		skips.Missing(t, skips.Tools, fmt.Sprintf("the modules of the release before cannot be downloaded: %v: %s", err, out))
	}
	bin = filepath.Join(dir, "releasebefore")
	build := exec.CommandContext(t.Context(), "go", "build", "-mod=readonly", "-o", bin, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the release before: %v: %s", err, out)
	}
	return bin
}

type releaseBefore struct {
	input interface{ Close() error }
	ended chan error
	said  *bytes.Buffer
}

// startReleaseBefore returns when it works.
func startReleaseBefore(t *testing.T, bin string, args ...string) releaseBefore {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), bin, args...)
	r := releaseBefore{ended: make(chan error, 1), said: &bytes.Buffer{}}
	cmd.Stderr = r.said
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.input = input
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	go func() { r.ended <- cmd.Wait() }()
	if err != nil || strings.TrimSpace(line) != "working" {
		t.Fatalf("the release before said %q, %v, ended with %v: %s", line, err, <-r.ended, r.said)
	}
	return r
}

// stop ends it as SIGTERM would: it finishes what is under way.
func (r releaseBefore) stop(t *testing.T) {
	t.Helper()
	if err := r.input.Close(); err != nil {
		t.Error(err)
	}
	if err := <-r.ended; err != nil {
		t.Errorf("the release before ended with %v: %s", err, r.said)
	}
}
