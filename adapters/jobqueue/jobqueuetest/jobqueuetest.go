// Package jobqueuetest kills processes of the job queue, on a database of the test's.
package jobqueuetest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	// urlVariable makes the binary of a test a process that works until it is killed.
	urlVariable = "NEOFORGE_TEST_KILLED_WORKER"
	// leaseTTL is how long after its last sign of life a process counts as dead.
	leaseTTL = 3 * time.Second
	timeout  = time.Minute
	begun    = "begun"

	killedKind = "test.killed" // what the other process runs when it is killed
	otherKind  = "test.other"  // what this process runs all the while
)

// Main is for TestMain: in a process that [RunTakeOver] started it works and never
// returns, in any other it returns at once.
func Main() {
	url := os.Getenv(urlVariable)
	if url == "" {
		return
	}
	fmt.Fprintln(os.Stderr, work(context.Background(), url))
	os.Exit(1)
}

// work runs jobs that never end; it returns why it could not.
func work(ctx context.Context, url string) error {
	db, err := entstore.Open(ctx, url, entstore.Options{})
	if err != nil {
		return err
	}
	q, err := jobqueue.New(db, jobqueue.Options{LeaseTTL: leaseTTL})
	if err != nil {
		return err
	}
	err = q.Register([]jobs.Handler{{Kind: killedKind, Timeout: time.Hour, Run: func(context.Context, []byte) error {
		fmt.Println(begun)
		select {}
	}}}, nil)
	if err != nil {
		return err
	}
	if err := q.Start(ctx); err != nil {
		return err
	}
	select {}
}

// RunTakeOver has a process killed (SIGKILL) while it runs a job, and checks that the
// job is taken up by another, while nothing is taken from a process that lives. The
// kinds may run for an hour, which is not waited for.
func RunTakeOver(t *testing.T, url string) {
	t.Helper()
	db := entstoretest.MustOpen(t, url)
	ran, running, release := make(chan string, 8), make(chan string, 8), make(chan struct{})
	handlers := []jobs.Handler{
		{Kind: killedKind, Timeout: time.Hour, Run: func(ctx context.Context, payload []byte) error {
			if r, _ := jobs.RunOf(ctx); r.Interrupted != 1 || r.Attempt != 2 {
				t.Errorf("the run after the killed one is %+v", r)
			}
			ran <- string(payload)
			return nil
		}},
		{Kind: otherKind, Timeout: time.Hour, Run: func(_ context.Context, payload []byte) error {
			running <- string(payload)
			<-release
			return nil
		}},
	}
	first := queue(t, db, handlers)
	enqueue(t, db, first, jobs.Job{Kind: killedKind, Payload: []byte("of the dead")})
	kill(t, url)
	start(t, first)
	start(t, queue(t, db, handlers))
	defer close(release)
	enqueue(t, db, first, jobs.Job{Kind: otherKind, Payload: []byte("of the living")})
	receive(t, "the job of a living process", running)
	if have := receive(t, "the job of the dead process", ran); have != "of the dead" {
		t.Errorf("have %q", have)
	}
	select {
	case again := <-running:
		t.Errorf("the job %s runs twice", again)
	default:
	}
}

// kill starts a process, waits until it runs a job, and kills it.
func kill(t *testing.T, url string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env, cmd.Stderr = append(os.Environ(), urlVariable+"="+url), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		lines.Scan()
		said <- lines.Text()
	}()
	if have := receive(t, "the process that is to be killed", said); have != begun {
		t.Fatalf("the process that is to be killed said %q", have)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the process ended well")
	}
}

func queue(t *testing.T, db *entstore.DB, handlers []jobs.Handler) *jobqueue.Queue {
	t.Helper()
	q, err := jobqueue.New(db, jobqueue.Options{LeaseTTL: leaseTTL})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Register(handlers, nil); err != nil {
		t.Fatal(err)
	}
	return q
}

// start has a process work until the test ends.
func start(t *testing.T, q *jobqueue.Queue) {
	t.Helper()
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
}

func enqueue(t *testing.T, db *entstore.DB, q *jobqueue.Queue, j jobs.Job) {
	t.Helper()
	err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error { return q.InsertTx(ctx, tx.SQL, j) })
	if err != nil {
		t.Fatal(err)
	}
}

func receive(t *testing.T, what string, from <-chan string) string {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(timeout):
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}
