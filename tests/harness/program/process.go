package program

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/lifecycle"
	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/tests/harness"
)

// processVariable makes the binary of a test the program; with the value watching it tells
// pages of what is saved.
const (
	processVariable = "NEOFORGE_TEST_PROGRAM"
	watching        = "watching"
)

// processStart is how long a process may take until it is ready, and to end.
const processStart = time.Minute

// Main is for TestMain: in a process that [StartProcess] started it serves until
// SIGTERM and never returns, in any other it returns at once.
func Main() {
	if os.Getenv(processVariable) == "" {
		return
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func serve() (err error) {
	ctx, stop := lifecycle.Signals(context.Background())
	defer stop()
	cfg, err := config.Load(os.Environ(), wire.Sections(Modules...)...)
	if err != nil {
		return err
	}
	log, err := wire.Logger(cfg, os.Stderr)
	if err != nil {
		return err
	}
	app, err := wire.Open(ctx, cfg, log, wire.Product{Name: "NeoForge", Modules: Modules})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if err := app.BringUp(ctx, os.Stderr); err != nil {
		return err
	}
	if os.Getenv(processVariable) == watching {
		app.TellOfChanges()
	}
	return app.Serve(ctx, nil, func(net.Addr) {})
}

// Process is the program in a process of its own, which can be stopped and started
// again at the same address. The package's TestMain must call [Main].
type Process struct {
	Addr string // host:port

	admin   string
	environ []string
	sources string
	program string // the binary
	builds  int
	cmd     *exec.Cmd
	ended   chan error
	log     *journal
}

// StartProcess starts a process until the test ends, and returns when it is ready. Its
// log is printed when the test failed. It takes no modules: the process has [Modules].
func StartProcess(tb testing.TB, o Options) *Process {
	tb.Helper()
	o = o.withFiles(tb)
	local := func() string { return fmt.Sprintf("127.0.0.1:%d", harness.Port(tb)) }
	p := &Process{Addr: local(), admin: local(), log: &journal{}, sources: o.Sources, program: os.Args[0]}
	as := "yes"
	if o.Sources != "" {
		as = watching
		p.Build(tb)
	}
	p.environ = append(append(os.Environ(), processVariable+"="+as,
		"ADDR="+p.Addr, "ADMIN_ADDR="+p.admin, "BASE_URL="+cmp.Or(o.BaseURL, "http://"+p.Addr), "DATABASE_URL="+o.DatabaseURL, "REDIS_URL="+o.RedisURL,
		"DATABASE_MAX_CONNS=10", "SECRET_KEY="+config.SampleKey, "LOG_LEVEL=info", "SHUTDOWN_TIMEOUT=10s",
	), o.Environ...)
	tb.Cleanup(func() {
		if p.cmd != nil {
			_ = p.cmd.Process.Kill()
			<-p.ended
		}
		if tb.Failed() {
			tb.Logf("the log of the process at %s ends with:\n%s", p.Addr, p.log.tail(20))
		}
	})
	p.Start(tb)
	return p
}

// Start starts it again after Stop, and returns when it is ready.
func (p *Process) Start(tb testing.TB) {
	tb.Helper()
	cmd := exec.Command(p.program, "-test.run=^$")
	cmd.Dir = p.sources
	cmd.Env, cmd.Stdout, cmd.Stderr = p.environ, p.log, p.log
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	p.cmd, p.ended = cmd, make(chan error, 1)
	go func(ended chan<- error) { ended <- cmd.Wait() }(p.ended)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(processStart)
	for {
		select {
		case err := <-p.ended:
			p.cmd = nil
			tb.Fatalf("the process at %s ended with %v:\n%s", p.Addr, err, p.log.tail(20))
		case <-end:
			tb.Fatalf("the process at %s does not become ready:\n%s", p.Addr, p.log.tail(20))
		case <-tick.C:
		}
		answer, err := http.Get("http://" + p.Addr + "/readyz")
		if err != nil {
			continue
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return
		}
	}
}

// Build makes what the process is started from the next time another build of the program,
// by its name.
func (p *Process) Build(tb testing.TB) {
	tb.Helper()
	p.builds++
	program := filepath.Join(p.sources, "tmp", strconv.Itoa(p.builds), "program")
	if err := os.MkdirAll(filepath.Dir(program), 0o750); err != nil {
		tb.Fatal(err)
	}
	own, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	if os.Link(own, program) != nil { // on another disk
		if err := copyProgram(program, own); err != nil {
			tb.Fatal(err)
		}
	}
	p.program = program
}

// BuildDir is the folder of the binary, and of what a failed build says.
func (p *Process) BuildDir() string { return filepath.Dir(p.program) }

func copyProgram(to, from string) (err error) {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	w, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Close())
}

// Stop asks it to stop, as an operator does (SIGTERM), and returns when it has ended
// well.
func (p *Process) Stop(tb testing.TB) {
	tb.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		tb.Fatal(err)
	}
	select {
	case err := <-p.ended:
		p.cmd = nil
		if err != nil {
			tb.Errorf("the process at %s ended with %v", p.Addr, err)
		}
	case <-time.After(processStart):
		tb.Fatalf("the process at %s does not end", p.Addr)
	}
}

// Kill ends it at once (SIGKILL), and returns when it is gone.
func (p *Process) Kill(tb testing.TB) {
	tb.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		tb.Fatal(err)
	}
	<-p.ended
	p.cmd = nil
}

// Served is how many requests of a route it has answered since it was started.
func (p *Process) Served(tb testing.TB, route string) int {
	tb.Helper()
	answer, err := http.Get("http://" + p.admin + "/metrics")
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	served := 0
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		line := lines.Text()
		if !strings.HasPrefix(line, "neoforge_http_request_duration_seconds_count{") || !strings.Contains(line, fmt.Sprintf("route=%q", route)) {
			continue
		}
		_, count, _ := strings.Cut(line, "} ")
		n, err := strconv.Atoi(count)
		if err != nil {
			tb.Fatalf("%s: %v", line, err)
		}
		served += n
	}
	return served
}
