package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is one that the bench started, and will stop.
type process struct {
	name    string
	addr    string
	started time.Time
	cmd     *exec.Cmd
	log     *os.File
	ended   chan struct{} // closed when it has ended
}

// spec says what to start. Its environment is whole: nothing of the caller's but
// what a process needs to run at all.
type spec struct {
	name string
	bin  string
	args []string
	env  []string
	dir  string // where it runs, and where its log is kept
	addr string // where it will listen; empty for a command that ends by itself
}

func (s spec) command(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.bin, s.args...)
	cmd.Dir = s.dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "TMPDIR=" + s.dir}, s.env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// run runs a command to its end and returns what it printed.
func (s spec) run(ctx context.Context) (string, error) {
	var out bytes.Buffer
	cmd := s.command(ctx)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w: %s", s.name, strings.Join(s.args, " "), err, lastLines(out.Bytes()))
	}
	return out.String(), nil
}

// start starts a server. Its log goes to a file, as it would in production.
func (s spec) start(ctx context.Context) (*process, error) {
	log, err := os.OpenFile(filepath.Join(s.dir, s.name+".log"), os.O_CREATE|os.O_APPEND|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	p := &process{name: s.name, addr: s.addr, cmd: s.command(ctx), log: log, ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.started = time.Now()
	if err := p.cmd.Start(); err != nil {
		log.Close()
		return nil, fmt.Errorf("start %s: %w", s.name, err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// ready waits until request is answered by 200, and returns how long after its
// start that was, and the body.
func (p *process) ready(ctx context.Context, request []byte) (time.Duration, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	again := time.NewTicker(500 * time.Microsecond)
	defer again.Stop()
	for {
		status, _, body, err := once(ctx, p.addr, request)
		if err == nil && status == 200 {
			return time.Since(p.started), body, nil
		}
		select {
		case <-p.ended:
			return 0, nil, fmt.Errorf("%s ended: %s", p.name, p.lastLog())
		case <-ctx.Done():
			return 0, nil, fmt.Errorf("%s does not answer (status %d, %w): %s", p.name, status, err, p.lastLog())
		case <-again.C:
		}
	}
}

// stop ends the process and waits for it.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	p.log.Close()
}

// forgetLog empties the log, which a round under load makes long.
func (p *process) forgetLog() { _ = p.log.Truncate(0) }

func (p *process) lastLog() string {
	text, _ := os.ReadFile(p.log.Name())
	return lastLines(text)
}

func lastLines(text []byte) string {
	const most = 600
	text = bytes.TrimSpace(text)
	if len(text) > most {
		text = text[len(text)-most:]
	}
	if len(text) == 0 {
		return "(it said nothing)"
	}
	return string(text)
}

// cpu is the time that the process has spent on a processor.
func (p *process) cpu() (time.Duration, error) {
	s, err := readStat(p.cmd.Process.Pid)
	return s.self, err
}

// memory is what the process holds of the machine's memory (RSS), in bytes.
func (p *process) memory() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return statusField(string(status), "VmRSS:")
}

// peakMemory is the most that it has held, in bytes.
func (p *process) peakMemory() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return statusField(string(status), "VmHWM:")
}

// statusField reads one figure of /proc/<pid>/status, in bytes.
func statusField(status, name string) (float64, error) {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			return kb * 1024, err
		}
	}
	return 0, errors.New("the kernel does not say " + name)
}

// stat is what /proc/<pid>/stat says of a process.
type stat struct {
	name   string
	parent int
	self   time.Duration // on a processor
	reaped time.Duration // of its children that have ended
}

const tick = time.Second / 100 // USER_HZ, the same on every Linux that Go runs on

func readStat(pid int) (stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(string(text))
}

func parseStat(text string) (stat, error) {
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return stat{}, fmt.Errorf("not a line of /proc/<pid>/stat: %q", text)
	}
	fields := strings.Fields(text[end+1:])
	// Counted from the state, the third field of proc_pid_stat(5).
	const parent, userTime, systemTime, childrenUser, childrenSystem = 1, 11, 12, 13, 14
	if len(fields) <= childrenSystem {
		return stat{}, fmt.Errorf("not a line of /proc/<pid>/stat: %q", text)
	}
	s := stat{name: text[open+1 : end]}
	var numbers [5]int64
	for i, at := range [...]int{parent, userTime, systemTime, childrenUser, childrenSystem} {
		n, err := strconv.ParseInt(fields[at], 10, 64)
		if err != nil {
			return stat{}, fmt.Errorf("field %d of /proc/<pid>/stat: %w", at+3, err)
		}
		numbers[i] = n
	}
	s.parent = int(numbers[0])
	s.self = time.Duration(numbers[1]+numbers[2]) * tick
	s.reaped = time.Duration(numbers[3]+numbers[4]) * tick
	return s, nil
}

// familyCPU is the time that a process and all its children, living and ended,
// have spent on a processor: what Postgres with its backends costs.
func familyCPU(pid int) (time.Duration, error) {
	head, err := readStat(pid)
	if err != nil {
		return 0, err
	}
	total := head.self + head.reaped
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if s, err := readStat(child); err == nil && s.parent == pid {
			total += s.self
		}
	}
	return total, nil
}

// freeAddr is an address of this machine on which nobody listens.
func freeAddr(ctx context.Context) (string, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

// loadAverage is how many processes wanted a processor in the last minute.
func loadAverage() (float64, error) {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), " ")
	return strconv.ParseFloat(first, 64)
}
