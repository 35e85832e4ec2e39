//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package fiberhttp_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/certificates/certificatestest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
)

// securedSite serves over TLS on a real socket. stop ends it, once.
func securedSite(t *testing.T, register func(*fiberhttp.Server)) (s *fiberhttp.Server, addr string, client *tls.Config, stop func()) {
	t.Helper()
	settings := fiberhttptest.Settings(t)
	settings.RequestTimeout = time.Minute
	s = fiberhttptest.MustNew(t, settings)
	register(s)
	pair := certificatestest.MustMake(t, time.Now().Add(time.Hour), "forge.test")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(fiberhttp.Secure(ln, pair.Server(t))) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(s.Shutdown(ctx), <-ended); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return s, ln.Addr().String(), &tls.Config{RootCAs: pair.Roots, ServerName: "forge.test", MinVersion: tls.VersionTLS12}, stop
}

func dialTLS(t *testing.T, addr string, config *tls.Config) *tls.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func askTLS(t *testing.T, conn net.Conn, request string) (*http.Response, string) {
	t.Helper()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

const readyz = "GET /readyz HTTP/1.1\r\nHost: forge.test\r\n\r\n"

func TestSecure_SpeaksTLSAndHTTP1(t *testing.T) {
	t.Parallel()
	_, addr, config, _ := securedSite(t, func(s *fiberhttp.Server) {
		s.Page("GET", "/who", fiberhttp.Public(), func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
			return fiberhttp.Bytes("text/plain", []byte(r.IP)), nil
		})
	})
	config.NextProtos = []string{"h2", "http/1.1"}
	conn := dialTLS(t, addr, config)
	for range 2 { // on one connection
		if answer, body := askTLS(t, conn, "GET /who HTTP/1.1\r\nHost: forge.test\r\n\r\n"); answer.StatusCode != 200 || body != "127.0.0.1" {
			t.Errorf("%d %q", answer.StatusCode, body)
		}
	}
	if state := conn.ConnectionState(); state.NegotiatedProtocol != "http/1.1" || state.Version != tls.VersionTLS13 {
		t.Errorf("%q over %x", state.NegotiatedProtocol, state.Version)
	}
	old := config.Clone()
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if conn, err := tls.Dial("tcp", addr, old); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
	only := config.Clone()
	only.NextProtos = []string{"h2"}
	if conn, err := tls.Dial("tcp", addr, only); err == nil {
		_ = conn.Close()
		t.Error("HTTP/2 alone is agreed to")
	}
}

func TestSecure_TellsWhoSpeaksPlainHTTPAndNobodyElse(t *testing.T) {
	t.Parallel()
	_, addr, config, _ := securedSite(t, func(*fiberhttp.Server) {})
	for sent, want := range map[string]string{
		readyz:                         "This port speaks HTTPS",
		"POST /login HTTP/1.1\r\n\r\n": "This port speaks HTTPS",
		"SSH-2.0-x\r\n":                "",
		"\x16\x03\x01\x00\x05hello":    "",
	} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, sent); err != nil {
			t.Fatal(err)
		}
		_ = conn.(*net.TCPConn).CloseWrite()
		// An alert is what TLS itself answers with.
		if out := readAll(conn); want == "" && strings.Contains(out, "HTTP") || !strings.Contains(out, want) {
			t.Errorf("%q was told %q", sent, out)
		}
		_ = conn.Close()
	}
	if answer, _ := askTLS(t, dialTLS(t, addr, config), readyz); answer.StatusCode != 200 {
		t.Errorf("after that: %d", answer.StatusCode)
	}
}

func TestSecure_EndsTheWorkOfAClientThatHangsUp(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entered, gave := make(chan struct{}), make(chan error, 1)
			_, addr, config, _ := securedSite(t, func(s *fiberhttp.Server) {
				s.Page("GET", "/slow", fiberhttp.Public(), func(ctx context.Context, _ *fiberhttp.Request) (fiberhttp.Reply, error) {
					close(entered)
					<-ctx.Done()
					gave <- ctx.Err()
					return fiberhttp.Reply{}, ctx.Err()
				}, fiberhttp.Admitted(admitAll))
			})
			config.MaxVersion = version
			conn := dialTLS(t, addr, config)
			if _, err := io.WriteString(conn, "GET /slow HTTP/1.1\r\nHost: forge.test\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			<-entered
			if err := conn.Close(); err != nil {
				t.Fatal(err)
			}
			if err := <-gave; !errors.Is(err, context.Canceled) { // not the deadline
				t.Errorf("the handler's context ended with %v", err)
			}
		})
	}
}

// A stop over TLS is as one without: what is asked is told, what is under way ends, and
// connections that never said a word, before or after the handshake, do not hold it up.
func TestSecure_DrainsAndStops(t *testing.T) {
	t.Parallel()
	entered, goOn := make(chan struct{}), make(chan struct{})
	s, addr, config, stop := securedSite(t, func(s *fiberhttp.Server) {
		s.Page("GET", "/slow", fiberhttp.Public(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
			close(entered)
			<-goOn
			return fiberhttp.Bytes("text/plain", []byte("done")), nil
		})
	})
	kept := dialTLS(t, addr, config)
	if answer, _ := askTLS(t, kept, readyz); answer.StatusCode != 200 {
		t.Fatalf("before: %d", answer.StatusCode)
	}
	silent := dialTLS(t, addr, config)
	raw, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	slow := dialTLS(t, addr, config)
	if _, err := io.WriteString(slow, "GET /slow HTTP/1.1\r\nHost: forge.test\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-entered
	s.Drain()
	if answer, _ := askTLS(t, kept, readyz); answer.StatusCode != 503 || !answer.Close {
		t.Errorf("while it drains: %d, the connection is kept: %t", answer.StatusCode, !answer.Close)
	}
	if answer, _ := askTLS(t, dialTLS(t, addr, config), readyz); answer.StatusCode != 503 {
		t.Errorf("a new connection while it drains: %d", answer.StatusCode)
	}
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	if out := readAll(silent); out != "" {
		t.Errorf("a silent connection was told %q", out)
	}
	readAll(raw)
	close(goOn)
	if out := readAll(slow); !strings.HasSuffix(out, "done") {
		t.Errorf("what was under way got %q", out)
	}
	<-stopped
	if conn, err := net.Dial("tcp", addr); err == nil {
		_ = conn.Close()
		t.Error("something listens on")
	}
}
