package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// workload is what is asked of both sides.
type workload struct {
	connections int
	// next appends a request to buf and returns what its answer must contain. Many
	// connections call it at once.
	next func(buf []byte) (request []byte, mark []byte)
	// size is what every answer's body must measure; zero: any size but none.
	size int
	// status is what every answer must have; zero: 200.
	status int
}

// counter counts over all connections.
type counter struct{ n atomic.Uint64 }

func (c *counter) next() uint64 { return c.n.Add(1) }

// sample is what the callers saw.
type sample struct {
	elapsed   time.Duration
	latencies []uint32 // of every answer, in microseconds
}

// drive asks for as long as d lasts: each connection sends its next request when
// it has read its answer. An answer that is not a 200 with the expected body ends
// it with an error, so that nothing fast and wrong is counted.
//
// It costs as little as it can, since it shares the processors with what it
// measures: no HTTP library, no allocation per request.
func (l workload) drive(ctx context.Context, addr string, d time.Duration) (sample, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d+30*time.Second, errors.New("the server stopped answering"))
	defer cancel()
	callers := make([]*caller, l.connections)
	defer func() {
		for _, c := range callers {
			if c != nil {
				c.conn.Close()
			}
		}
	}()
	for i := range callers {
		conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", addr)
		if err != nil {
			return sample{}, fmt.Errorf("connect to %s: %w", addr, err)
		}
		callers[i] = &caller{workload: l, conn: conn, in: make([]byte, 0, 64<<10), latencies: make([]uint32, 0, 1<<16)}
	}
	defer context.AfterFunc(ctx, func() {
		for _, c := range callers {
			_ = c.conn.SetDeadline(time.Now())
		}
	})()

	var wait sync.WaitGroup
	errs := make([]error, len(callers))
	started := time.Now()
	until := started.Add(d)
	for i, c := range callers {
		wait.Go(func() { errs[i] = c.ask(until) })
	}
	wait.Wait()
	s := sample{elapsed: time.Since(started)}
	if err := context.Cause(ctx); err != nil {
		return sample{}, err
	}
	for i, err := range errs {
		if err != nil {
			return sample{}, err
		}
		s.latencies = append(s.latencies, callers[i].latencies...)
	}
	if len(s.latencies) == 0 {
		return sample{}, errors.New("nothing was answered in time")
	}
	return s, nil
}

// caller is one kept connection.
type caller struct {
	workload
	conn      net.Conn
	out, in   []byte
	latencies []uint32
}

func (c *caller) ask(until time.Time) error {
	for now := time.Now(); now.Before(until); {
		var mark []byte
		c.out, mark = c.next(c.out[:0])
		if _, err := c.conn.Write(c.out); err != nil {
			return fmt.Errorf("send: %w", err)
		}
		a, err := c.read()
		if err != nil {
			return err
		}
		switch {
		case a.status != cmp.Or(c.status, 200):
			return fmt.Errorf("answered %d: %.200s", a.status, a.body)
		case len(a.body) == 0 || c.size > 0 && len(a.body) != c.size:
			return fmt.Errorf("answered %d bytes instead of %d", len(a.body), c.size)
		case !bytes.Contains(a.body[:min(len(a.body), 256)], mark):
			return fmt.Errorf("answered without %s: %.200s", mark, a.body)
		}
		then := time.Now()
		c.latencies = append(c.latencies, uint32(min(then.Sub(now).Microseconds(), 1<<32-1)))
		now = then
	}
	return nil
}

type answer struct {
	status int
	head   []byte
	body   []byte
}

var (
	headEnd       = []byte("\r\n\r\n")
	contentLength = []byte("\r\nContent-Length: ")
	chunkedCoding = []byte("\r\nTransfer-Encoding: chunked")
	lineEnd       = headEnd[:2]
)

// read takes one answer off the connection. Its bytes are
// good until the next read.
func (c *caller) read() (answer, error) {
	c.in = c.in[:0]
	end := -1
	for end < 0 {
		if err := c.more(); err != nil {
			return answer{}, err
		}
		end = bytes.Index(c.in, headEnd)
	}
	a := answer{head: c.in[:end+2]}
	if len(a.head) < 14 || string(a.head[:7]) != "HTTP/1." {
		return answer{}, fmt.Errorf("not an HTTP answer: %.80q", a.head)
	}
	status, err := strconv.Atoi(string(a.head[9:12]))
	if err != nil {
		return answer{}, fmt.Errorf("not an HTTP answer: %.80q", a.head)
	}
	a.status = status
	if bytes.Contains(a.head, chunkedCoding) {
		headLength := len(a.head)
		body, err := c.readChunks(end + len(headEnd))
		a.head, a.body = c.in[:headLength], body
		return a, err
	}
	length, err := lengthOf(a.head)
	if err != nil {
		return answer{}, err
	}
	whole := end + len(headEnd) + length
	for len(c.in) < whole {
		if err := c.more(); err != nil {
			return answer{}, err
		}
	}
	if len(c.in) > whole {
		return answer{}, fmt.Errorf("%d bytes follow the answer", len(c.in)-whole)
	}
	a.head, a.body = c.in[:end+2], c.in[end+len(headEnd):whole] // the buffer may have moved
	return a, nil
}

// readChunks takes a body in chunks (RFC 9112, 7.1) that begins at from, and moves them
// together.
func (c *caller) readChunks(from int) ([]byte, error) {
	at, into := from, from
	for {
		line := bytes.Index(c.in[at:], lineEnd)
		for line < 0 {
			if err := c.more(); err != nil {
				return nil, err
			}
			line = bytes.Index(c.in[at:], lineEnd)
		}
		size, err := strconv.ParseUint(string(c.in[at:at+line]), 16, 30)
		if err != nil {
			return nil, fmt.Errorf("a chunk of %q bytes", c.in[at:at+line])
		}
		begin := at + line + len(lineEnd)
		at = begin + int(size) + len(lineEnd)
		for len(c.in) < at {
			if err := c.more(); err != nil {
				return nil, err
			}
		}
		if string(c.in[at-len(lineEnd):at]) != string(lineEnd) {
			return nil, errors.New("a chunk that is longer than it says")
		}
		into += copy(c.in[into:], c.in[begin:begin+int(size)])
		if size > 0 {
			continue
		}
		if len(c.in) > at {
			return nil, fmt.Errorf("%d bytes follow the answer", len(c.in)-at)
		}
		return c.in[from:into], nil
	}
}

func lengthOf(head []byte) (int, error) {
	_, rest, found := bytes.Cut(head, contentLength)
	digits, _, ended := bytes.Cut(rest, headEnd[:2])
	if !found || !ended {
		return 0, fmt.Errorf("an answer without Content-Length: %q", head)
	}
	n := 0
	for _, b := range digits {
		if b < '0' || b > '9' || n > 1<<30 {
			return 0, fmt.Errorf("a Content-Length of %q", digits)
		}
		n = n*10 + int(b-'0')
	}
	return n, nil
}

func (c *caller) more() error {
	if len(c.in) == cap(c.in) {
		c.in = append(c.in, 0)[:len(c.in)]
	}
	n, err := c.conn.Read(c.in[len(c.in):cap(c.in)])
	c.in = c.in[:len(c.in)+n]
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return fmt.Errorf("read the answer: %w", err)
}

// once asks one request on a connection of its own.
func once(ctx context.Context, addr string, request []byte) (status int, head, body []byte, err error) {
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return 0, nil, nil, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := conn.Write(request); err != nil {
		return 0, nil, nil, err
	}
	c := caller{conn: conn, in: make([]byte, 0, 64<<10)}
	a, err := c.read()
	return a.status, a.head, a.body, err
}
