package harness

import (
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Cable is a TCP proxy between the program and what it needs, which a test can cut or
// let swallow what is sent.
type Cable struct {
	ln net.Listener

	mu     sync.Mutex
	moved  *sync.Cond // state changed
	state  cableState
	target string // host:port
	conns  map[net.Conn]struct{}
}

type cableState int

const (
	carrying cableState = iota
	refusing
	swallowing
	closed
)

// Through returns a cable to the host of a URL, and the URL that leads through it.
func Through(tb testing.TB, target string) (*Cable, string) {
	tb.Helper()
	u, err := url.Parse(target)
	if err != nil {
		tb.Fatal(err)
	}
	ln, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	c := &Cable{target: u.Host, ln: ln, conns: map[net.Conn]struct{}{}}
	c.moved = sync.NewCond(&c.mu)
	var all sync.WaitGroup
	tb.Cleanup(func() {
		_ = ln.Close()
		c.set(closed)
		all.Wait()
	})
	all.Go(func() {
		for {
			from, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() { c.carry(from) })
		}
	})
	u.Host = ln.Addr().String()
	return c, u.String()
}

// Cut ends every connection and refuses new ones until Mend.
func (c *Cable) Cut() { c.set(refusing) }

// Swallow lets connections be made and stay, and carries nothing either way until Mend
// or Cut. What was sent meanwhile arrives after Mend.
func (c *Cable) Swallow() { c.set(swallowing) }

// Mend carries again.
func (c *Cable) Mend() { c.set(carrying) }

// Redirect has new connections lead to the host of another URL. Those that are there
// stay as they are.
func (c *Cable) Redirect(tb testing.TB, target string) {
	tb.Helper()
	u, err := url.Parse(target)
	if err != nil {
		tb.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.target = u.Host
}

func (c *Cable) to() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.target
}

func (c *Cable) set(state cableState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = state
	if state == refusing || state == closed {
		for conn := range c.conns {
			_ = conn.Close()
		}
	}
	c.moved.Broadcast()
}

// wait returns when bytes may pass, and says whether they may at all.
func (c *Cable) wait() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.state == swallowing {
		c.moved.Wait()
	}
	return c.state == carrying
}

// hold takes part in what the cable's state does to connections.
func (c *Cable) hold(conns ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == refusing || c.state == closed {
		return false
	}
	for _, conn := range conns {
		c.conns[conn] = struct{}{}
	}
	return true
}

func (c *Cable) carry(from net.Conn) {
	defer func() { _ = from.Close() }()
	if !c.hold(from) || !c.wait() {
		return
	}
	to, err := net.DialTimeout("tcp", c.to(), 5*time.Second)
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	if !c.hold(to) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { c.copy(to, from) })
	both.Go(func() { c.copy(from, to) })
	both.Wait()
	c.mu.Lock()
	delete(c.conns, from)
	delete(c.conns, to)
	c.mu.Unlock()
}

// copy carries one way, and ends both when one has ended.
func (c *Cable) copy(to, from net.Conn) {
	defer func() { _ = to.Close(); _ = from.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if !c.wait() {
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
