package fiberhttp

import (
	"net"
	"sync"
	"time"
)

// silence is how long an accepted connection may take to send its first byte once
// the server stops: a request that is on its way is still served.
const silence = time.Second

// listener hangs up, when it is closed, on connections that never said a word.
// Browsers and proxies open them ahead of need, and fasthttp takes each for a
// request under way, so that it would wait for the whole time limit of a read.
type listener struct {
	net.Listener
	mu     sync.Mutex
	silent map[*connection]time.Time // when each was accepted
	closed bool
}

func listenTo(ln net.Listener) *listener {
	return &listener{Listener: ln, silent: map[*connection]time.Time{}}
}

func (l *listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err //nolint:wrapcheck // fasthttp compares it
	}
	c := &connection{Conn: accepted, of: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = accepted.Close()
		return nil, net.ErrClosed
	}
	l.silent[c] = time.Now()
	return c, nil
}

func (l *listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	for c, since := range l.silent {
		time.AfterFunc(silence-time.Since(since), func() {
			if l.remove(c) {
				_ = c.Conn.Close()
			}
		})
	}
	return l.Listener.Close() //nolint:wrapcheck // fasthttp compares it
}

// remove reports whether the connection was silent until now.
func (l *listener) remove(c *connection) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, silent := l.silent[c]
	delete(l.silent, c)
	return silent
}

type connection struct {
	net.Conn
	of     *listener
	spoke  bool // known to the one goroutine that reads, as is linger
	linger bool // the client still sends what was refused
}

func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.spoke {
		c.spoke = true
		c.of.remove(c)
	}
	return n, err //nolint:wrapcheck // io.EOF must stay itself
}

func (c *connection) Close() error {
	c.of.remove(c)
	if c.linger {
		drain(c.Conn)
	}
	return c.Conn.Close() //nolint:wrapcheck // as above
}
