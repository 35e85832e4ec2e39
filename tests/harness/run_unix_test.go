//go:build unix

package harness_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/harness"
)

// packageVariable makes a binary one of the packages of a run that a test plays.
const packageVariable = "NEOFORGE_TEST_HARNESS_PACKAGE"

// TestRun_SharesOneServerOfEachKind plays two go tests at once. In each a package ends
// before two others run side by side.
func TestRun_SharesOneServerOfEachKind(t *testing.T) {
	t.Parallel()
	if os.Getenv(packageVariable) != "" {
		playPackage(t)
		return
	}
	own := mustHost(t, harness.Redis(t))
	orders := filepath.Join(t.TempDir(), "orders")
	if err := os.WriteFile(orders, []byte("redis\nredis\ndatabase\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	script := strings.ReplaceAll(`
		PACKAGE || exit 1
		PACKAGE & first=$!
		PACKAGE & second=$!
		wait $first && wait $second`, "PACKAGE", `"$0" -test.paniconexit0 -test.run "^$1\$" <'`+orders+`'`)
	var runs [2]*play
	for i := range runs {
		runs[i] = start(t, script)
	}
	servers := map[string]bool{own: true}
	for _, r := range runs {
		hosts, urls, migrated := map[string]bool{}, map[string]bool{}, 0
		for _, line := range r.untilEnd(t) {
			url, n, _ := strings.Cut(line, " ")
			hosts[mustHost(t, url)], urls[url] = true, true
			if n == "migrated" {
				migrated++
			}
		}
		if len(hosts) != 2 || len(urls) != 9 || migrated != 1 {
			t.Errorf("%d servers, %d databases, %d migrations of the template; want 2, 9 and 1: %v", len(hosts), len(urls), migrated, urls)
		}
		for host := range hosts {
			if servers[host] {
				t.Errorf("%s serves another run as well", host)
			}
			servers[host] = true
			awaitEnd(t, host)
		}
	}
}

// TestRun_KeepsItsServersForABinaryThatOutlivesIt kills what plays go test. Postgres is
// started after that, and takes longer than the supervisor needs to notice.
func TestRun_KeepsItsServersForABinaryThatOutlivesIt(t *testing.T) {
	t.Parallel()
	if os.Getenv(packageVariable) != "" {
		playPackage(t)
		return
	}
	harness.Redis(t)
	r := start(t, onePackage)
	before := mustHost(t, r.ask(t, "redis"))
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = r.cmd.Process.Wait() // killed
	database, _, _ := strings.Cut(r.ask(t, "database"), " ")
	if after := mustHost(t, r.ask(t, "redis")); after != before {
		t.Errorf("Redis is at %s, and was at %s", after, before)
	}
	if err := r.orders.Close(); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, before)
	awaitEnd(t, mustHost(t, database))
}

func TestRun_LeavesNothingWhenItIsInterrupted(t *testing.T) {
	t.Parallel()
	if os.Getenv(packageVariable) != "" {
		playPackage(t)
		return
	}
	harness.Redis(t)
	for name, signal := range map[string]syscall.Signal{"by its terminal": syscall.SIGINT, "and killed": syscall.SIGKILL} {
		r := start(t, onePackage)
		host := mustHost(t, r.ask(t, "redis"))
		if err := syscall.Kill(-r.cmd.Process.Pid, signal); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_ = r.cmd.Wait() // interrupted
		awaitEnd(t, host)
	}
}

// TestRun_SweepsWhatAKilledSupervisorLeft kills a supervisor; the next run has another.
func TestRun_SweepsWhatAKilledSupervisorLeft(t *testing.T) {
	t.Parallel()
	if os.Getenv(packageVariable) != "" {
		playPackage(t)
		return
	}
	harness.Redis(t)
	r := start(t, onePackage)
	host := mustHost(t, r.ask(t, "redis"))
	alive, err := filepath.Glob(filepath.Join(os.TempDir(), fmt.Sprintf("neoforge-test-*-%d-*", r.cmd.Process.Pid), "alive"))
	if err != nil || len(alive) != 1 {
		t.Fatalf("%v, %v", alive, err)
	}
	raw, err := os.ReadFile(alive[0])
	if err != nil {
		t.Fatal(err)
	}
	supervisor, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil || supervisor < 2 {
		t.Fatalf("%q is no process: %v", raw, err)
	}
	if err := syscall.Kill(supervisor, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = r.orders.Close()
	r.untilEnd(t)
	next := start(t, onePackage)
	next.ask(t, "redis")
	awaitEnd(t, host)
}

// TestRun_OfABinaryAloneEndsWithIt starts a binary as a person would, from a shell.
func TestRun_OfABinaryAloneEndsWithIt(t *testing.T) {
	t.Parallel()
	if os.Getenv(packageVariable) != "" {
		playPackage(t)
		return
	}
	own := mustHost(t, harness.Redis(t))
	r := start(t, `echo redis | "$0" -test.run '^TestRun_OfABinaryAloneEndsWithIt$'; read -r line`)
	line := r.next(t)
	if mustHost(t, line) == own {
		t.Errorf("it uses %s, which is this run's", own)
	}
	awaitEnd(t, mustHost(t, line)) // the shell is still there
}

// onePackage plays a go test of one package, which does as it is told.
const onePackage = `"$0" -test.paniconexit0 -test.run "^$1\$"; :`

// play is a shell that plays go test: binaries know it as their parent.
type play struct {
	cmd    *exec.Cmd
	orders io.WriteCloser
	lines  *bufio.Scanner
}

func start(t *testing.T, script string) *play {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &play{cmd: exec.Command("sh", "-c", script, self, t.Name())}
	r.cmd.Env = append(os.Environ(), packageVariable+"=1")
	r.cmd.Stderr = os.Stderr
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if r.orders, err = r.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.lines = bufio.NewScanner(out)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = r.orders.Close()
		_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
		_ = r.cmd.Wait()
	})
	return r
}

// playPackage takes what it is told to, until there is nothing more.
func playPackage(t *testing.T) {
	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		switch orders.Text() {
		case "redis":
			fmt.Println(harness.Redis(t))
		case "database":
			url := harness.Database(t, migrate)
			if migrations.Load() > 0 {
				url += " migrated"
			}
			fmt.Println(url)
		}
	}
}

func (r *play) ask(t *testing.T, what string) string {
	t.Helper()
	if _, err := fmt.Fprintln(r.orders, what); err != nil {
		t.Fatal(err)
	}
	return r.next(t)
}

func (r *play) next(t *testing.T) string {
	t.Helper()
	for r.lines.Scan() {
		if line := r.lines.Text(); strings.Contains(line, "://") {
			return line
		}
	}
	t.Fatalf("it says nothing more: %v", r.lines.Err())
	return ""
}

func (r *play) untilEnd(t *testing.T) (lines []string) {
	t.Helper()
	for r.lines.Scan() {
		if line := r.lines.Text(); strings.Contains(line, "://") {
			lines = append(lines, line)
		}
	}
	if err := r.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// awaitEnd returns when nothing listens any more.
func awaitEnd(t *testing.T, host string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		connection, err := net.DialTimeout("tcp", host, time.Second)
		if err != nil {
			return
		}
		_ = connection.Close()
		if time.Now().After(deadline) {
			t.Fatalf("%s still serves", host)
		}
		<-time.After(50 * time.Millisecond)
	}
}
