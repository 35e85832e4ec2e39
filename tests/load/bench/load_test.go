package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func mustServe(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func constant(request string, mark string) func([]byte) ([]byte, []byte) {
	return func(buf []byte) ([]byte, []byte) { return append(buf, request...), []byte(mark) }
}

func TestDrive_CountsEveryAnswer(t *testing.T) {
	t.Parallel()
	var served atomic.Int64
	body := strings.Repeat("x", 100_000) // more than one read
	addr := mustServe(t, func(w http.ResponseWriter, _ *http.Request) {
		served.Add(1)
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		fmt.Fprint(w, body)
	})
	load := workload{connections: 3, size: len(body), next: constant(string(getPath("/")), "xxx")}
	got, err := load.drive(t.Context(), addr, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(got.latencies)) != served.Load() {
		t.Errorf("counted %d answers, the server gave %d", len(got.latencies), served.Load())
	}
	if got.elapsed < 100*time.Millisecond {
		t.Errorf("took %s, want at least the time given", got.elapsed)
	}
}

func TestDrive_RefusesWhatIsNotTheExpectedAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"another status": {503, "full", "answered 503: full"},
		"another length": {200, "short", "answered 5 bytes instead of 4"},
		"another post":   {200, "else", "answered without good"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr := mustServe(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			})
			load := workload{connections: 1, size: 4, next: constant(string(getPath("/")), "good")}
			_, err := load.drive(t.Context(), addr, time.Second)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want %q", err, c.want)
			}
		})
	}
}

func TestDrive_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ln, err := net.Listen("tcp", "127.0.0.1:0") // accepts and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		if conn, err := ln.Accept(); err == nil {
			defer conn.Close()
			cancel()
			<-t.Context().Done()
		}
	}()
	load := workload{connections: 1, next: constant(string(getPath("/")), "")}
	if _, err := load.drive(ctx, ln.Addr().String(), time.Minute); err == nil {
		t.Error("a cancelled round ended without an error")
	}
}

func TestNthRead_ComesFromAClientOfItsOwn(t *testing.T) {
	t.Parallel()
	buf := nthRead(nil, 0x0102, 42)
	if got := string(buf[readPrefix : readPrefix+slugLength]); got != "post-0000042" {
		t.Errorf("the slug is %q, want post-0000042", got)
	}
	for _, want := range []string{"GET /api/v1/posts/post-0000042 HTTP/1.1\r\n", "\r\nX-Forwarded-For: 10.1.2.7\r\n"} {
		if !strings.Contains(string(buf), want) {
			t.Errorf("the request lacks %q:\n%s", want, buf)
		}
	}
	if got := string(nthRead(nil, 0x0103, 42)); !strings.Contains(got, "10.1.3.7") {
		t.Errorf("the next client is the same: %s", got)
	}
}

func TestDrive_ReadsAnswersInChunks(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("0123456789abcdef\r\n", 8000)
	addr := mustServe(t, func(w http.ResponseWriter, _ *http.Request) {
		for rest := body; rest != ""; {
			n := min(len(rest), 7+len(rest)/3)
			fmt.Fprint(w, rest[:n])
			_ = http.NewResponseController(w).Flush()
			rest = rest[n:]
		}
	})
	status, head, got, err := once(t.Context(), addr, getPath("/"))
	if err != nil || status != 200 || string(got) != body || !strings.Contains(string(head), "chunked") {
		t.Fatalf("%d, %d bytes, %v", status, len(got), err)
	}
	load := workload{connections: 2, size: len(body), next: constant(string(getPath("/")), "0123")}
	if _, err := load.drive(t.Context(), addr, 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
}
