package faults_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue/jobqueuetest"
	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// counted is a module that writes a row and queues a job in one transaction at each
// POST of a number, and counts how often the job of each ran.
type counted struct {
	mu  sync.Mutex
	ran map[string]int
}

const countedTable = "CREATE TABLE faults_writes (n bigint NOT NULL)"

func (c *counted) module() wire.Module {
	const kind = "faults.count"
	return wire.Module{Name: "faults", Build: wire.Build0(func(p *wire.Platform) (wire.Parts, error) {
		write := func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
			n, err := strconv.ParseInt(r.Param("n"), 10, 64)
			if err != nil {
				return fiberhttp.Reply{}, err
			}
			err = p.DB.Do(ctx, func(ctx context.Context, tx entstore.Tx) error {
				if _, err := tx.SQL.ExecContext(ctx, "INSERT INTO faults_writes VALUES ($1)", n); err != nil {
					return err
				}
				return p.Events.Jobs(tx).Enqueue(ctx, jobs.Job{Kind: kind, Payload: []byte(r.Param("n"))})
			})
			return fiberhttp.Bytes("text/plain", []byte("written")), err
		}
		return wire.Parts{
			Routes: func(s *fiberhttp.Server) error {
				s.Page("POST", "/faults/{n}", fiberhttp.Public(), write, fiberhttp.Program())
				return nil
			},
			Handlers: []jobs.Handler{{Kind: kind, Run: func(_ context.Context, payload []byte) error {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.ran[string(payload)]++
				return nil
			}}},
		}, nil
	})}
}

func (c *counted) times(n int64) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ran[strconv.FormatInt(n, 10)]
}

// asks sends one request and answers its status. What is neither well nor a 503 that
// says when to come again is an error.
func asks(client *http.Client, method, url, body string) (int, error) {
	r, err := http.NewRequest(method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return answer.StatusCode, err
	case answer.StatusCode == http.StatusServiceUnavailable && answer.Header.Get("Retry-After") == "":
		return answer.StatusCode, fmt.Errorf("%w to %s %s: it does not say when to come again: %v %.300s", errUnacceptable, method, url, answer.Header, text)
	case answer.StatusCode >= 300 && answer.StatusCode != http.StatusServiceUnavailable:
		return answer.StatusCode, fmt.Errorf("%w to %s %s: %.300s", errUnacceptable, method, url, text)
	}
	return answer.StatusCode, nil
}

func TestTakeOver_OfAJobLostOnItsWay(t *testing.T) {
	t.Parallel()
	jobqueuetest.RunLost(t, harness.Database(t, program.MigrateUp))
}

// Postgres is killed and started again under writes, pages and jobs: only 503 meanwhile,
// serving again within 5 s, what was acknowledged is there once, and so are its jobs.
// NEOFORGE_TEST_RESTARTS has it done more often.
func TestPostgresRestart_UnderLoadLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	server := harness.NewPostgresServer(t)
	if err := program.MigrateUp(t.Context(), server.URL); err != nil {
		t.Fatal(err)
	}
	server.Exec(t, countedTable)
	c := &counted{ran: map[string]int{}}
	site := program.Start(t, program.Options{
		DatabaseURL: server.URL, Modules: append([]wire.Module{c.module()}, program.Modules...), Environ: []string{"RATE_LIMIT=off"},
	})
	ben := site.SignedIn(t, "ben@neoforge.test")
	program := &http.Client{Timeout: 30 * time.Second}

	var mu sync.Mutex
	written, drafted := map[int64]time.Time{}, map[string]bool{}
	l := startLoad(t, 8, 150, func(n int64) (int, error) {
		switch n % 6 {
		case 0:
			slug := fmt.Sprintf("draft-%d", n)
			status, err := asks(ben, "POST", site.URL+"/api/v1/posts", fmt.Sprintf(`{"title":"Draft %d","slug":%q,"body_markdown":"Text.","tags":[],"visibility":"public"}`, n, slug))
			if status == http.StatusCreated {
				mu.Lock()
				defer mu.Unlock()
				drafted[slug] = true
			}
			return status, err
		case 1:
			return asks(ben, "GET", site.URL+"/account", "")
		case 2:
			return asks(ben, "GET", site.URL+"/api/v1/me", "")
		}
		status, err := asks(program, "POST", fmt.Sprintf("%s/faults/%d", site.URL, n), "")
		if status == http.StatusOK {
			mu.Lock()
			defer mu.Unlock()
			written[n] = time.Now()
		}
		return status, err
	})
	lastWrite := func() (last time.Time) {
		mu.Lock()
		defer mu.Unlock()
		for _, at := range written {
			if at.After(last) {
				last = at
			}
		}
		return last
	}
	for range setting(t, "NEOFORGE_TEST_RESTARTS", 2) {
		well := l.count(http.StatusOK)
		waitFor(t, "the load", func() bool { return l.count(http.StatusOK) > well+50 })
		away := l.count(http.StatusServiceUnavailable)
		server.Kill(t)
		waitFor(t, "a refusal", func() bool { return l.count(http.StatusServiceUnavailable) > away+20 })
		server.Start(t)
		back := time.Now()
		waitFor(t, "a write after the restart", func() bool { return lastWrite().After(back) })
		first := time.Since(back)
		t.Logf("writes again after %s", first.Round(time.Millisecond))
		if first > 5*time.Second {
			t.Errorf("serving again took %s", first)
		}
	}
	l.report(t, "Postgres killed and started again")

	db, err := pgx.Connect(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(context.Background()) }()
	waitFor(t, "the end of every job", func() bool {
		var open int
		err := db.QueryRow(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'faults.count' AND state <> 'completed'").Scan(&open)
		return err == nil && open == 0
	})
	rows, err := db.Query(t.Context(), "SELECT n, count(*) FROM faults_writes GROUP BY n")
	if err != nil {
		t.Fatal(err)
	}
	present := map[int64]int{}
	var n int64
	var times int
	if _, err := pgx.ForEachRow(rows, []any{&n, &times}, func() error { present[n] = times; return nil }); err != nil {
		t.Fatal(err)
	}
	for n := range written {
		if present[n] == 0 {
			t.Errorf("the acknowledged write %d is lost", n)
		}
	}
	for n := range l.asked.Load() + 1 {
		if have, want := c.times(n), min(1, present[n]); present[n] > 1 || have != want {
			t.Errorf("the write %d is there %d times, and its job ran %d times", n, present[n], have)
		}
	}
	for slug := range drafted {
		var found int
		if err := db.QueryRow(t.Context(), "SELECT count(*) FROM content_posts WHERE slug = $1", slug).Scan(&found); err != nil || found != 1 {
			t.Errorf("the acknowledged draft %s is there %d times, %v", slug, found, err)
		}
	}
	t.Logf("%d writes and %d drafts acknowledged, each there once; each of %d jobs ran once", len(written), len(drafted), len(present))
}
