package harness

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/testcontainers/testcontainers-go"
)

// run is one go test, whose packages share their servers.
type run struct {
	Dir     string // where its supervisor is found
	Parent  int    // the process that starts the binaries
	Started string // when it started, so that another of that number is not taken for it
}

// thisRun is found out at the start: the parent may end before the tests do.
var thisRun = findRun()

func findRun() run {
	parent := os.Getppid()
	r := run{Parent: parent, Started: startOf(parent)}
	r.Dir = filepath.Join(os.TempDir(), fmt.Sprintf("neoforge-test-%d-%d-%s", os.Getuid(), parent, r.Started))
	return r
}

// shares reports whether this binary is one of a run: go test alone sets the flag. Where
// somebody started it by hand, the parent is a shell, which may live for days.
func shares() bool {
	f := flag.Lookup("test.paniconexit0")
	return canShare && f != nil && f.Value.String() == "true"
}

// runLabel is on every container of a run, and hostLabel says whose folders it means:
// an engine may work for several machines.
const (
	runLabel  = "dev.neoforge.test.run"
	hostLabel = "dev.neoforge.test.host"
)

func (r run) labels() testcontainers.CustomizeRequestOption {
	host, _ := os.Hostname() // without one nothing is swept
	return testcontainers.WithLabels(map[string]string{runLabel: r.Dir, hostLabel: host})
}

func (r run) socket() string { return filepath.Join(r.Dir, "socket") }
func (r run) alive() string  { return filepath.Join(r.Dir, "alive") }

// What a binary asks the supervisor, and what it is told.
type (
	request struct {
		Container string
	}
	answer struct {
		Endpoint, Absent, Failed string
	}
)

// leases are the connections to the supervisor: it waits for their end.
var leases struct {
	mu   sync.Mutex
	open []net.Conn
}

// ask has the supervisor say where a container listens. The servers stay until this
// process has ended.
func ask(name string) (endpoint string, absent, failed error) {
	lease, err := thisRun.lease()
	if err != nil {
		return "", nil, err
	}
	if err := lease.SetDeadline(time.Now().Add(pullTimeout + startTimeout)); err != nil {
		return "", nil, err
	}
	if err := json.NewEncoder(lease).Encode(request{name}); err != nil {
		return "", nil, fmt.Errorf("ask the supervisor for %s: %w", name, err)
	}
	var a answer
	switch err := json.NewDecoder(lease).Decode(&a); {
	case err != nil:
		return "", nil, fmt.Errorf("the supervisor says nothing about %s: %w", name, err)
	case a.Absent != "":
		return "", errors.New(a.Absent), nil
	case a.Failed != "":
		return "", nil, errors.New(a.Failed)
	}
	return a.Endpoint, nil, nil
}

// lease connects to the run's supervisor, after starting it where there is none, and
// keeps the connection.
func (r run) lease() (net.Conn, error) {
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of this run: %w", err)
	}
	unlock, err := lockFile(filepath.Join(r.Dir, "start"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	lease, err := net.Dial("unix", r.socket())
	if err != nil {
		if err := r.startSupervisor(); err != nil {
			return nil, fmt.Errorf("start the supervisor: %w", err)
		}
		if lease, err = net.Dial("unix", r.socket()); err != nil {
			return nil, fmt.Errorf("reach the supervisor: %w", err)
		}
	}
	leases.mu.Lock()
	defer leases.mu.Unlock()
	leases.open = append(leases.open, lease)
	return lease, nil
}

// startSupervisor starts this binary as the supervisor. The socket is made here, so that
// it can be connected to at once.
func (r run) startSupervisor() error {
	if err := os.Remove(r.socket()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: r.socket(), Net: "unix"})
	if err != nil {
		return err
	}
	ln.SetUnlinkOnClose(false)
	defer func() { _ = ln.Close() }()
	socket, err := ln.File()
	if err != nil {
		return err
	}
	defer func() { _ = socket.Close() }()
	spec, err := json.Marshal(r)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Dir, cmd.Env = os.TempDir(), append(os.Environ(), supervisorVariable+"="+string(spec))
	cmd.ExtraFiles = []*os.File{socket}
	// Its output goes nowhere: go test would wait for whoever may still write to its own.
	ownSession(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}
