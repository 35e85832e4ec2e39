//go:build unix

package harness

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// canShare: locks, sockets and sessions are those of Unix.
const canShare = true

// ownSession starts a program that the signals of a terminal do not reach.
func ownSession(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// lockFile waits until no other process has the lock of a file. It is let go with
// unlock, or when the process ends.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open a lock: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// abandoned reports whether a lock's file is there and nobody holds it.
func abandoned(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// goesOn reports whether the process that started the binaries is still there.
func (r run) goesOn() bool {
	if err := syscall.Kill(r.Parent, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	return startOf(r.Parent) == r.Started
}

// startOf says when a process started, where the system has /proc, and is empty where it
// does not, and for a process that has ended and that nobody has asked about.
func startOf(pid int) string {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	// The name in parentheses may hold anything; the state follows it, and the start is
	// the twentieth from there (proc_pid_stat(5)).
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" {
		return ""
	}
	return fields[19]
}
