// Package redistest is a Redis in the test's process that can be made to hang or
// to refuse, as networks and servers do.
package redistest

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/neoforge-dev/neoforge/adapters/redisstore"
)

// Server is a Redis behind a proxy.
type Server struct {
	*miniredis.Miniredis
	listener net.Listener

	mu    sync.Mutex
	mode  mode
	flows chan struct{} // closed while bytes flow
	open  map[net.Conn]struct{}
}

type mode uint8

const (
	answering mode = iota
	hanging
	refusing
)

// Start runs a server until the test ends.
func Start(t *testing.T) *Server {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		Miniredis: miniredis.RunT(t), listener: listener,
		flows: make(chan struct{}), open: map[net.Conn]struct{}{},
	}
	close(s.flows)
	var accepting sync.WaitGroup
	accepting.Go(s.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		s.Restore()
		s.cut()
		accepting.Wait()
	})
	return s
}

// URL is where the server is reached through the proxy, with the product's own
// timeouts: for tests of faults.
func (s *Server) URL() string { return "redis://" + s.listener.Addr().String() + "/3" }

// Client opens a client that waits for as long as a test may, so that a busy
// machine is not taken for a fault.
func (s *Server) Client(t *testing.T) *redisstore.Client {
	t.Helper()
	return open(t, s.URL()+"?dial_timeout=30s&read_timeout=30s&write_timeout=30s&pool_timeout=30s")
}

// HastyClient opens a client with the product's own timeouts.
func (s *Server) HastyClient(t *testing.T) *redisstore.Client {
	t.Helper()
	return open(t, s.URL())
}

func open(t *testing.T, url string) *redisstore.Client {
	t.Helper()
	c, err := redisstore.Open(t.Context(), url, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Hang lets connections open and nothing through.
func (s *Server) Hang() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mode != hanging {
		s.mode, s.flows = hanging, make(chan struct{})
	}
}

// Refuse cuts every connection, and every new one at once.
func (s *Server) Refuse() {
	s.Restore()
	s.mu.Lock()
	s.mode = refusing
	s.mu.Unlock()
	s.cut()
}

// Restore ends a Hang or a Refuse.
func (s *Server) Restore() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mode == hanging {
		close(s.flows)
	}
	s.mode = answering
}

func (s *Server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.open {
		_ = c.Close()
	}
}

func (s *Server) accept() {
	var pipes sync.WaitGroup
	defer pipes.Wait()
	for {
		from, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		to, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", s.Addr())
		if err != nil {
			_ = from.Close()
			continue
		}
		s.mu.Lock()
		if s.mode == refusing {
			_, _ = from.Close(), to.Close()
		}
		s.open[from], s.open[to] = struct{}{}, struct{}{}
		s.mu.Unlock()
		pipes.Go(func() { s.pipe(from, to) })
		pipes.Go(func() { s.pipe(to, from) })
	}
}

func (s *Server) pipe(from, to net.Conn) {
	defer func() {
		_ = from.Close()
		_ = to.Close()
		s.mu.Lock()
		delete(s.open, to)
		s.mu.Unlock()
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		s.mu.Lock()
		flows := s.flows
		s.mu.Unlock()
		<-flows
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
