package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// behindPgBouncer starts PgBouncer with its own defaults in a mode, before the server
// of a database URL, and returns the URL that leads through it. It has fewer
// connections to Postgres than a program has to it.
func behindPgBouncer(t *testing.T, mode, database string) string {
	t.Helper()
	binary := harness.Tool(t, "pgbouncer")
	target, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pgbouncer") //nolint:usetesting // nobody else may enter the folder of t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	password, _ := target.User.Password()
	port := freePort(t)
	size := 3
	if mode == "session" {
		size = 20 // each connection keeps one
	}
	files := map[string]string{
		"users.txt": fmt.Sprintf("%q %q\n", target.User.Username(), password),
		"pgbouncer.ini": fmt.Sprintf(`[databases]
* = host=%s port=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = scram-sha-256
auth_file = %s
pool_mode = %s
default_pool_size = %d
`, target.Hostname(), target.Port(), port, filepath.Join(dir, "users.txt"), mode, size),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary, filepath.Join(dir, "pgbouncer.ini"))
	cmd.Stderr = &said
	if os.Getuid() == 0 { // it refuses root
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		for _, path := range []string{dir, filepath.Join(dir, "users.txt"), filepath.Join(dir, "pgbouncer.ini")} {
			if err := os.Chown(path, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("PgBouncer said:\n%.4000s", said.String())
		}
	})
	target.Host = net.JoinHostPort("127.0.0.1", port)
	waitFor(t, "PgBouncer", func() bool {
		conn, err := net.Dial("tcp", target.Host)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return target.String()
}

func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// The whole program works behind PgBouncer, with the default settings of both.
func TestPgBouncer_CarriesTheProgram(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		mode    string
		migrate func(ctx context.Context, url string) error
		environ func(direct string) []string
		listens bool
	}{
		"transaction mode with a direct address": {"transaction", nil, func(direct string) []string {
			return []string{"DATABASE_DIRECT_URL=" + direct}
		}, true},
		"transaction mode alone": {"transaction", program.MigrateUp, func(string) []string { return nil }, false},
		"session mode": {"session", nil, func(string) []string {
			return []string{"DATABASE_POOLER=session"}
		}, true},
		"session mode, found out": {"session", program.MigrateUp, func(string) []string { return nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct := harness.Database(t, row.migrate)
			p := program.Start(t, program.Options{
				DatabaseURL: behindPgBouncer(t, row.mode, direct),
				Environ:     append([]string{"RATE_LIMIT=off"}, row.environ(direct)...),
			})
			story{t, p}.all()
			db := entstoretest.MustOpen(t, direct)
			count := func(query string) (n int) {
				t.Helper()
				if err := db.SQL().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			const listening = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'`
			const pinged = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = '-- ping'`
			if row.listens { // the listener begins by itself, and may do so after the story, or long before: then it was pinged since
				waitFor(t, "a connection that listens", func() bool { return count(listening)+count(pinged) > 0 })
			} else if n := count(listening); n != 0 {
				t.Errorf("%d connections listen", n)
			}
			if n := count(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`); n != 0 {
				t.Errorf("%d locks of sessions were left behind", n)
			}
			waitFor(t, "the end of every job", func() bool {
				return count(`SELECT count(*) FROM river_job WHERE state NOT IN ('completed', 'scheduled')`) == 0
			})
			if n := count(`SELECT count(*) FROM river_job WHERE errors IS NOT NULL`); n != 0 {
				t.Errorf("%d jobs failed on the way", n)
			}
		})
	}
}

// A limit that stands in the way of an idle transaction holds through a pooler, too,
// and for no longer than the transaction.
func TestTransaction_IsNotIdleForEverBehindAPooler(t *testing.T) {
	t.Parallel()
	direct := harness.Database(t, nil)
	for name, row := range map[string]struct {
		url    string
		pooler entstore.Pooler
	}{
		"no pooler":                   {direct, entstore.PoolerUnknown},
		"transaction mode":            {behindPgBouncer(t, "transaction", direct), entstore.TransactionPooler},
		"transaction mode, found out": {behindPgBouncer(t, "transaction", direct), entstore.PoolerUnknown},
		"session mode":                {behindPgBouncer(t, "session", direct), entstore.SessionPooler},
		"given": {
			behindPgBouncer(t, "transaction", direct) + "&idle_in_transaction_session_timeout=60000", entstore.PoolerUnknown,
		},
	} {
		db, err := entstore.Open(t.Context(), row.url, entstore.Options{MaxOpen: 4, Pooler: row.pooler})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Cleanup(func() { _ = db.Close() })
		const show = "SELECT current_setting('idle_in_transaction_session_timeout')"
		var within, after string
		err = db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
			return tx.SQL.QueryRowContext(ctx, show).Scan(&within)
		})
		if err == nil {
			err = db.SQL().QueryRowContext(t.Context(), show).Scan(&after)
		}
		keeps := row.pooler == entstore.SessionPooler || row.url == direct
		if err != nil || within != "1min" || (after == "1min") != keeps {
			t.Errorf("%s: %q within and %q after a transaction, %v", name, within, after, err)
		}
	}
}

// What cannot be done through a pooler is refused with what to set, and not tried.
func TestMigrations_RefuseAPoolerWithoutADirectAddress(t *testing.T) {
	t.Parallel()
	direct := harness.Database(t, nil)
	pooled := behindPgBouncer(t, "transaction", direct)
	for name, row := range map[string]struct {
		environ []string
		want    []string
	}{
		"no direct address":                 {nil, []string{"DATABASE_DIRECT_URL=postgres://", "DATABASE_POOLER=session"}},
		"a parameter that the pooler lacks": {[]string{"DATABASE_URL=" + pooled + "&work_mem=8MB"}, []string{"work_mem", "DATABASE_URL", "ALTER ROLE"}},
		"a direct address that is wrong":    {[]string{"DATABASE_DIRECT_URL=postgres://forge:forge@127.0.0.1:1/forge?sslmode=disable"}, []string{"DATABASE_DIRECT_URL", "nobody answers"}},
	} {
		err := migrateWith(t, append([]string{"DATABASE_URL=" + pooled}, row.environ...))
		if err == nil {
			t.Errorf("%s: the migrations ran", name)
			continue
		}
		for _, want := range row.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q lacks %q", name, err, want)
			}
		}
	}
	if err := migrateWith(t, []string{"DATABASE_URL=" + pooled, "DATABASE_DIRECT_URL=" + direct}); err != nil {
		t.Error(err)
	}
}

// migrateWith is `neoforge migrate up` with these settings.
func migrateWith(t *testing.T, environ []string) error {
	t.Helper()
	cfg, err := config.Load(append([]string{"SECRET_KEY=" + config.SampleKey, "ADMIN_ADDR=off"}, environ...), wire.Sections(program.Modules...)...)
	if err != nil {
		return err
	}
	app, err := wire.Open(t.Context(), cfg, zap.NewNop(), wire.Product{Name: "NeoForge", Modules: program.Modules})
	if err != nil {
		return err
	}
	defer func() {
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	}()
	return app.Migrate(t.Context())
}

// story is what people do on a site, with everything that must work for it.
type story struct {
	*testing.T
	p *program.Program
}

func (s story) all() {
	s.Helper()
	ben, cleo := s.p.SignedIn(s.T, "ben@neoforge.test"), s.p.SignedIn(s.T, "cleo@neoforge.test")
	var all sync.WaitGroup // more at once than there are connections
	for n := range 8 {
		all.Go(func() {
			var post struct{ ID, Slug string }
			s.json(ben, "POST", "/api/v1/posts", fmt.Sprintf(`{"title":"Poured in mould %d","body_markdown":"Hot.","visibility":"public"}`, n), 201, &post)
			s.json(ben, "POST", "/api/v1/posts/"+post.ID+"/publish", "", 200, nil)
			for range 5 {
				s.json(cleo, "GET", "/api/v1/posts/"+post.Slug, "", 200, nil)
			}
		})
	}
	all.Wait()
	s.buys(cleo)
	s.mail("ben@neoforge.test")
}

// buys pays in the sandbox and waits for what was bought.
func (s story) buys(c *http.Client) {
	s.Helper()
	var plans struct {
		Items []struct {
			Code   string
			Prices []struct{ ID string }
		}
	}
	s.json(c, "GET", "/api/v1/billing/plans", "", 200, &plans)
	for _, plan := range plans.Items {
		if plan.Code != "pro" {
			continue
		}
		var checkout struct {
			URL string `json:"checkout_url"`
		}
		s.json(c, "POST", "/api/v1/billing/checkout", fmt.Sprintf(`{"price_id":%q}`, plan.Prices[0].ID), 201, &checkout, "Idempotency-Key", "pro")
		page, err := url.Parse(checkout.URL)
		if err != nil {
			s.Fatal(err)
		}
		s.json(c, "POST", page.RequestURI(), `{"outcome":"paid"}`, 0, nil)
	}
	waitFor(s.T, "what was paid for", func() bool {
		var held struct{ Items []string }
		s.json(c, "GET", "/api/v1/billing/entitlements", "", 200, &held)
		return strings.Contains(strings.Join(held.Items, " "), "content.paid")
	})
}

// mail asks for a link to sign in with and waits until it has come.
func (s story) mail(email string) {
	s.Helper()
	visitor := &http.Client{Timeout: 30 * time.Second}
	s.send(visitor, "POST", "/login/link", "application/x-www-form-urlencoded", "email="+url.QueryEscape(email), 0)
	waitFor(s.T, "the mail", func() bool {
		return strings.Contains(string(s.send(visitor, "GET", "/dev/mailbox.json?to="+url.QueryEscape(email), "", "", 200)), "/auth/magic?token=")
	})
}

func (s story) json(c *http.Client, method, path, body string, status int, into any, headers ...string) {
	s.Helper()
	text := s.send(c, method, path, "application/json", body, status, headers...)
	if into == nil {
		return
	}
	if err := json.Unmarshal(text, into); err != nil {
		s.Errorf("%s %s: %v in %.300s", method, path, err, text)
	}
}

// send makes a request as a page of the site would; status 0 is any below 400.
func (s story) send(c *http.Client, method, path, contentType, body string, status int, headers ...string) []byte {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), method, s.p.URL+path, strings.NewReader(body))
	if err != nil {
		s.Error(err)
		return nil
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.Do(r)
	if err != nil {
		s.Error(err)
		return nil
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || status != 0 && res.StatusCode != status || status == 0 && res.StatusCode >= 400 {
		s.Errorf("%s %s: %d %.300s %v", method, path, res.StatusCode, text, err)
	}
	return text
}
