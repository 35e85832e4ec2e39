// Package program starts the whole application in the test's process: on a free
// port of loopback, alone or as several replicas behind a proxy.
package program

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/wire"
)

// Modules is what the program under test is made of: what main passes.
var Modules = []wire.Module{wire.Identity, wire.Billing, wire.Content}

// Options choose what the program runs on. Empty: an SQLite file and no Redis.
type Options struct {
	DatabaseURL string
	RedisURL    string
	BaseURL     string        // empty: its own address
	Environ     []string      // further settings
	Name        string        // of the site; empty: NeoForge
	Modules     []wire.Module // nil: Modules
	// Sources is a source tree of which a process serves the folder web, telling pages of
	// what is saved there; empty: the repository's, as it is.
	Sources string
}

// MigrateUp makes the template that databases of tests are cloned from; see
// [harness.Database].
func MigrateUp(ctx context.Context, url string) (err error) {
	db, err := entstore.Open(ctx, url, entstore.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return wire.Migrations(Modules...).Up(ctx, db)
}

// Program is one running process, as it were.
type Program struct {
	URL string // its own address
	App *wire.Application
	log *journal

	stop context.CancelFunc
}

// Stop begins to stop the program, as SIGTERM does. It does not wait: the end of the
// test does.
func (p *Program) Stop() { p.stop() }

// Start runs the program until the test ends. Its log is printed when the test
// failed.
func Start(tb testing.TB, o Options) *Program {
	tb.Helper()
	return start(tb, o.withFiles(tb), listen(tb))
}

// withFiles has the files of pictures kept in a folder of the test where the database is
// none; several programs on one database share it.
func (o Options) withFiles(tb testing.TB) Options {
	if o.DatabaseURL != "" && !strings.HasPrefix(o.DatabaseURL, "sqlite:///") {
		o.Environ = append([]string{"STORAGE_URL=file://" + tb.TempDir()}, o.Environ...)
	}
	return o
}

// Replicas is several programs on one database and one Redis, behind a proxy that
// takes them in turn.
type Replicas struct {
	URL string // of the proxy
	All []*Program

	next atomic.Uint64
}

// StartReplicas runs n programs. Requests through the proxy alternate, whatever
// cookie they carry.
func StartReplicas(tb testing.TB, n int, o Options) *Replicas {
	tb.Helper()
	ln := listen(tb)
	r := &Replicas{URL: local(ln)}
	o.BaseURL = r.URL
	o = o.withFiles(tb)
	o.Environ = append(o.Environ, "TRUSTED_PROXIES=127.0.0.1/32")
	var targets []*url.URL
	for range n {
		p := start(tb, o, listen(tb))
		target, err := url.Parse(p.URL)
		if err != nil {
			tb.Fatal(err)
		}
		r.All, targets = append(r.All, p), append(targets, target)
	}
	proxy := &http.Server{
		ReadHeaderTimeout: 5 * time.Second,
		Handler: &httputil.ReverseProxy{Rewrite: func(pr *httputil.ProxyRequest) {
			pr.SetURL(targets[r.next.Add(1)%uint64(len(targets))])
			pr.SetXForwarded()
			pr.Out.Host = pr.In.Host
		}},
	}
	go func() { _ = proxy.Serve(ln) }()
	tb.Cleanup(func() { _ = proxy.Close() })
	return r
}

func start(tb testing.TB, o Options, ln net.Listener) *Program {
	tb.Helper()
	own := local(ln)
	if o.BaseURL == "" {
		o.BaseURL = own
	}
	if o.DatabaseURL == "" {
		o.DatabaseURL = "sqlite://" + filepath.Join(tb.TempDir(), "neoforge.db")
	}
	if o.Modules == nil {
		o.Modules = Modules
	}
	cfg, err := config.Load(append([]string{
		"ADDR=" + ln.Addr().String(), "BASE_URL=" + o.BaseURL, "ADMIN_ADDR=off", "DATABASE_URL=" + o.DatabaseURL, "REDIS_URL=" + o.RedisURL,
		"DATABASE_MAX_CONNS=10", "SECRET_KEY=" + config.SampleKey, "LOG_LEVEL=info", "SHUTDOWN_TIMEOUT=10s",
	}, o.Environ...), wire.Sections(o.Modules...)...)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(tb.Context()))
	p := &Program{URL: own, log: &journal{}, stop: cancel}
	log, err := wire.Logger(cfg, p.log)
	if err != nil {
		cancel()
		tb.Fatal(err)
	}
	app, err := wire.Open(ctx, cfg, log, wire.Product{Name: cmp.Or(o.Name, "NeoForge"), Modules: o.Modules})
	if err != nil {
		cancel()
		tb.Fatal(err)
	}
	p.App = app
	if err := app.BringUp(ctx, p.log); err != nil {
		cancel()
		tb.Fatal(err)
	}
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- app.Serve(ctx, ln, func(net.Addr) { close(ready) }) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Errorf("the program ended with: %v", err)
		}
		if err := app.Close(); err != nil {
			tb.Errorf("closing the program: %v", err)
		}
		_ = log.Sync()
		if tb.Failed() {
			tb.Logf("the program's log ends with:\n%s", p.log.tail(20))
		}
	})
	select {
	case <-ready:
	case err := <-ended:
		ended <- err
		tb.Fatalf("the program did not start: %v", err)
	}
	return p
}

func listen(tb testing.TB) net.Listener {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	return ln
}

// local names the listener by "localhost", as a developer's browser does.
func local(ln net.Listener) string {
	return fmt.Sprintf("http://localhost:%d", ln.Addr().(*net.TCPAddr).Port)
}

// journal keeps what the program logs.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(p)
}

func (j *journal) tail(lines int) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := strings.Split(strings.TrimRight(j.buf.String(), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// KeepLog writes the whole log to a file, for a failure that needs more than its end.
func (p *Program) KeepLog(file string) error {
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	return os.WriteFile(file, p.log.buf.Bytes(), 0o600)
}
