package harness

import (
	"os/exec"
	"syscall"
)

// ownGroup starts a program in a process group of its own, so that what it starts can
// be ended with it, and has the kernel end it when the tests die without a word.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// endGroup ends a program and all that it started.
func endGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
