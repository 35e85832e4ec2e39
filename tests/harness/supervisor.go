package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/moby/moby/client"
)

// supervisorVariable makes the binary of a test the supervisor of the run it describes.
const supervisorVariable = "NEOFORGE_TEST_SUPERVISOR"

// supervisorRest is how often the supervisor looks whether its run goes on.
const supervisorRest = 200 * time.Millisecond

// supervise has the servers of a run until that has ended, and returns an exit code.
func supervise(spec string) int {
	if err := json.Unmarshal([]byte(spec), &thisRun); err != nil {
		return 2
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	ln, err := net.FileListener(os.NewFile(3, "socket")) // cmd.ExtraFiles begin there
	if err != nil {
		return 2
	}
	unlock, err := lockFile(thisRun.alive())
	if err != nil {
		return 2
	}
	defer unlock()
	if err := os.WriteFile(thisRun.alive(), fmt.Appendln(nil, os.Getpid()), 0o600); err != nil {
		return 2
	}
	var leased atomic.Int64
	go func() {
		for {
			lease, err := ln.Accept()
			if err != nil {
				return
			}
			leased.Add(1)
			go func() {
				defer leased.Add(-1)
				serve(lease)
			}()
		}
	}()
	sweep()
	look := time.NewTicker(supervisorRest)
	defer look.Stop()
	for thisRun.goesOn() || leased.Load() > 0 {
		select {
		case <-look.C:
			continue
		case <-interrupted:
		}
		break
	}
	_ = ln.Close()
	cleanUp()
	remove(thisRun.Dir)
	return 0
}

// serve answers one binary until it has ended.
func serve(lease net.Conn) {
	defer func() { _ = lease.Close() }()
	asked, answers := json.NewDecoder(lease), json.NewEncoder(lease)
	for {
		var r request
		if asked.Decode(&r) != nil {
			return
		}
		if answers.Encode(provide(r.Container)) != nil {
			return
		}
	}
}

func provide(name string) answer {
	for _, c := range []*container{&postgres, &redis} {
		if c.name != name {
			continue
		}
		c.start.Do(func() { c.endpoint, c.absent, c.failed = c.run(thisRun.labels()) })
		a := answer{Endpoint: c.endpoint}
		if c.absent != nil {
			a.Absent = c.absent.Error()
		}
		if c.failed != nil {
			a.Failed = c.failed.Error()
		}
		return a
	}
	return answer{Failed: "nobody knows a container called " + name}
}

// remove removes what is left of a run, such as the servers of a binary that was killed.
// What it cannot remove, a later run sweeps.
func remove(run string) {
	docker, err := engine()
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	left, err := docker.ContainerList(ctx, client.ContainerListOptions{
		All: true, Filters: make(client.Filters).Add("label", runLabel+"="+run),
	})
	if err != nil {
		return
	}
	for _, c := range left.Items {
		if _, err := docker.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true}); err != nil {
			return
		}
	}
	_ = os.RemoveAll(run) // empty files
}

// sweep ends what the runs of this machine have left whose supervisor was killed.
func sweep() {
	host, err := os.Hostname()
	docker, unreachable := engine()
	if err != nil || unreachable != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), engineTimeout)
	defer cancel()
	left, err := docker.ContainerList(ctx, client.ContainerListOptions{
		All: true, Filters: make(client.Filters).Add("label", hostLabel+"="+host),
	})
	if err != nil {
		return
	}
	for _, c := range left.Items {
		dir := c.Labels[runLabel]
		if dir == thisRun.Dir || !filepath.IsAbs(dir) {
			continue
		}
		if other := (run{Dir: dir}); abandoned(other.alive()) {
			remove(dir)
		}
	}
}
