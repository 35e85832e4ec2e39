package faults_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// The primary is made read only, while its connections stay, and the one address of the
// database moves to a standby that is promoted a little later. Meanwhile writes are
// refused with 503 and the program is not ready; then it writes within 10 s, by
// connections to the new primary, with everything that was acknowledged.
func TestFailover_WritesGoOnAtTheNewPrimary(t *testing.T) {
	t.Parallel()
	primary := harness.NewPostgresServer(t)
	if err := program.MigrateUp(t.Context(), primary.URL); err != nil {
		t.Fatal(err)
	}
	primary.Exec(t, countedTable)
	standby := primary.NewStandby(t)
	cable, url := harness.Through(t, primary.URL)
	c := &counted{ran: map[string]int{}}
	site := program.Start(t, program.Options{
		DatabaseURL: url, Modules: append([]wire.Module{c.module()}, program.Modules...), Environ: []string{"RATE_LIMIT=off"},
	})
	client := &http.Client{Timeout: 30 * time.Second}

	var mu sync.Mutex
	written, last := map[int64]bool{}, time.Time{}
	l := startLoad(t, 6, 100, func(n int64) (int, error) {
		if n%5 == 0 {
			return asks(client, "GET", site.URL+"/api/v1/posts?limit=5", "")
		}
		status, err := asks(client, "POST", fmt.Sprintf("%s/faults/%d", site.URL, n), "")
		if status == http.StatusOK {
			mu.Lock()
			defer mu.Unlock()
			written[n], last = true, time.Now()
		}
		return status, err
	})
	waitFor(t, "the load", func() bool { return l.count(http.StatusOK) > 100 })
	if status, body := ready(t, client, site.URL); status != http.StatusOK {
		t.Fatalf("ready on a primary: %d %s", status, body)
	}

	primary.Exec(t, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
	cable.Redirect(t, standby.URL)
	refused := l.count(http.StatusServiceUnavailable)
	waitFor(t, "refused writes", func() bool { return l.count(http.StatusServiceUnavailable) > refused+20 })
	waitFor(t, "that it is not ready while nothing can be written", func() bool {
		status, body := ready(t, client, site.URL)
		return status == http.StatusServiceUnavailable && strings.Contains(body, `"database"`)
	})

	promoted := time.Now()
	standby.Exec(t, "SELECT pg_promote()")
	waitFor(t, "a write at the new primary", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return last.After(promoted)
	})
	took := time.Since(promoted)
	t.Logf("writes go on %s after the promotion", took.Round(time.Millisecond))
	if took > 10*time.Second {
		t.Errorf("it took %s until something was written", took)
	}
	waitFor(t, "that it is ready again", func() bool {
		status, _ := ready(t, client, site.URL)
		return status == http.StatusOK
	})
	// From here on nothing is refused: no connection to the old primary is left.
	refused, well := l.count(http.StatusServiceUnavailable), l.count(http.StatusOK)
	waitFor(t, "more load", func() bool { return l.count(http.StatusOK) > well+200 })
	if n := l.count(http.StatusServiceUnavailable) - refused; n > 0 {
		t.Errorf("%d requests were refused after the failover", n)
	}
	l.report(t, "a failover")

	db, err := pgx.Connect(t.Context(), standby.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(context.Background()) }()
	for n := range written {
		var times int
		if err := db.QueryRow(t.Context(), "SELECT count(*) FROM faults_writes WHERE n = $1", n).Scan(&times); err != nil || times != 1 {
			t.Errorf("the acknowledged write %d is there %d times, %v", n, times, err)
		}
	}
	waitFor(t, "the jobs of what was written", func() bool {
		for n := range written {
			if c.times(n) == 0 {
				return false
			}
		}
		return true
	})
}

// Where the address names several servers, the one that takes writes is found.
func TestFailover_FindsThePrimaryAmongSeveralHosts(t *testing.T) {
	t.Parallel()
	primary := harness.NewPostgresServer(t)
	if err := program.MigrateUp(t.Context(), primary.URL); err != nil {
		t.Fatal(err)
	}
	standby := primary.NewStandby(t)
	hostOf := func(s *harness.PostgresServer) string {
		_, rest, _ := strings.Cut(s.URL, "@")
		host, _, _ := strings.Cut(rest, "/")
		return host
	}
	// The standby first: whoever takes the first that answers could not write.
	both := strings.Replace(standby.URL, hostOf(standby), hostOf(standby)+","+hostOf(primary), 1)
	site := program.Start(t, program.Options{DatabaseURL: both})
	client := &http.Client{Timeout: 30 * time.Second}
	if status, body := ready(t, client, site.URL); status != http.StatusOK {
		t.Fatalf("ready: %d %s", status, body)
	}
	primary.Kill(t)
	waitFor(t, "that it is not ready without a primary", func() bool {
		status, _ := ready(t, client, site.URL)
		return status == http.StatusServiceUnavailable
	})
	promoted := time.Now()
	standby.Exec(t, "SELECT pg_promote()")
	waitFor(t, "that it is ready with the new primary", func() bool {
		status, _ := ready(t, client, site.URL)
		return status == http.StatusOK
	})
	if took := time.Since(promoted); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	site.SignedIn(t, "ben@neoforge.test") // which writes a session
}

func ready(t *testing.T, client *http.Client, site string) (status int, body string) {
	t.Helper()
	answer, err := client.Get(site + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}
