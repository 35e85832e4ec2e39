package integration_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/tests/harness"
)

// cable is a TCP proxy that can be cut: what is connected ends, and what connects is
// refused until it is mended.
type cable struct {
	target string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]struct{}
}

// through returns the URL of a database behind a cable of its own.
func through(t *testing.T, database string) (*cable, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &cable{target: u.Host, conns: map[net.Conn]struct{}{}}
	var all sync.WaitGroup
	t.Cleanup(func() {
		_ = ln.Close()
		w.set(true)
		all.Wait()
	})
	all.Go(func() {
		for {
			from, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() { w.carry(from) })
		}
	})
	u.Host = ln.Addr().String()
	return w, u.String()
}

func (w *cable) carry(from net.Conn) {
	defer func() { _ = from.Close() }()
	to, err := net.DialTimeout("tcp", w.target, 5*time.Second)
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	w.mu.Lock()
	cut := w.cut
	if !cut {
		w.conns[from], w.conns[to] = struct{}{}, struct{}{}
	}
	w.mu.Unlock()
	if cut {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(to, from); _ = to.Close(); _ = from.Close() })
	both.Go(func() { _, _ = io.Copy(from, to); _ = to.Close(); _ = from.Close() })
	both.Wait()
	w.mu.Lock()
	delete(w.conns, from)
	delete(w.conns, to)
	w.mu.Unlock()
}

func (w *cable) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
	if cut {
		for c := range w.conns {
			_ = c.Close()
		}
	}
}

// A job that ended while the database was away is completed when it is back, however
// long that took, and does not run again.
func TestCompletion_IsRetriedUntilTheDatabaseAnswers(t *testing.T) {
	t.Parallel()
	w, url := through(t, harness.Database(t, migrateUp))
	db := entstoretest.MustOpen(t, url)
	core, logged := observer.New(zapcore.WarnLevel)
	q, err := jobqueue.New(db, jobqueue.Options{Logger: zap.New(core)})
	if err != nil {
		t.Fatal(err)
	}
	const n = 20
	ran, release := make(chan string, 2*n), make(chan struct{})
	err = q.Register([]jobs.Handler{{Kind: "test.away", Run: func(_ context.Context, payload []byte) error {
		ran <- string(payload)
		<-release
		return nil
	}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	err = db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
		all := make([]jobs.Job, n)
		for i := range all {
			all[i] = jobs.Job{Kind: "test.away", Payload: []byte{byte('a' + i)}}
		}
		return q.InsertTx(ctx, tx.SQL, all...)
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	seen[<-ran]++ // one at least is under way
	w.set(true)
	close(release)
	// River tries three times, some seconds, before it gives a batch up for now.
	waitFor(t, "a batch that could not be completed", func() bool {
		return logged.Filter(func(e observer.LoggedEntry) bool { return strings.Contains(e.Message, "Error completing batch") }).Len() > 0
	})
	w.set(false)
	waitFor(t, "the completion of every job", func() bool {
		var open int
		err := db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'test.away' AND state <> 'completed'").Scan(&open)
		return err == nil && open == 0
	})
	for len(ran) > 0 {
		seen[<-ran]++
	}
	for payload, times := range seen {
		if times != 1 {
			t.Errorf("job %s ran %d times", payload, times)
		}
	}
	if len(seen) != n {
		t.Errorf("%d of %d jobs ran", len(seen), n)
	}
}

// waitFor waits until done says so.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	end := time.After(2 * time.Minute)
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%s did not come", what)
		}
	}
}
