package fiberhttp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
)

// streams is a site with one page that is written while it is sent.
func streams(t *testing.T, write func(ctx context.Context, w io.Writer) error) (*fiberhttp.Server, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.WarnLevel)
	settings := fiberhttptest.Settings(t)
	settings.Logger, settings.RequestTimeout = zap.New(core), time.Second
	s := fiberhttptest.MustNew(t, settings)
	s.Page("GET", "/all", fiberhttp.SignedIn(), func(context.Context, *fiberhttp.Request) (fiberhttp.Reply, error) {
		return fiberhttp.Stream("text/csv; charset=utf-8", write).Header("Content-Disposition", "attachment"), nil
	})
	s.Page("GET", "/other", fiberhttp.Public(), text("still here"))
	return s, logs
}

func TestStream_IsSentWholeWithTheHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("x", 999) + "\n"
	s, _ := streams(t, func(ctx context.Context, w io.Writer) error {
		if who := fiberhttp.ActorFrom(ctx).UserID; who != "u-cleo" {
			t.Errorf("written for %q", who)
		}
		if until, bound := ctx.Deadline(); !bound || time.Until(until) < time.Minute {
			t.Errorf("bound by the deadline of a request: %s", time.Until(until))
		}
		for range 500 {
			if _, err := io.WriteString(w, line); err != nil {
				return err
			}
		}
		return nil
	})
	c := fiberhttptest.Serve(t, s)
	for range 2 { // over one connection
		a := c.Get("/all", "cleo", "Accept-Encoding", "gzip")
		if a.StatusCode != 200 || a.Body != strings.Repeat(line, 500) || a.Header.Get("Content-Encoding") != "" {
			t.Fatalf("%d, %d bytes, %v", a.StatusCode, len(a.Body), a.Header)
		}
		for name, want := range map[string]string{
			"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": "attachment", "Cache-Control": "private, no-store",
			"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if len(a.Header.Get("X-Request-Id")) != 32 {
			t.Errorf("request id %q", a.Header.Get("X-Request-Id"))
		}
	}
}

func TestStream_IsNotWrittenForHeadNorForWhoMayNot(t *testing.T) {
	t.Parallel()
	s, _ := streams(t, func(context.Context, io.Writer) error {
		t.Error("it was written")
		return nil
	})
	c := fiberhttptest.Serve(t, s)
	a := c.Do("HEAD", "/all", "", "Cookie", "session=cleo")
	if a.StatusCode != 200 || a.Body != "" || a.Header.Get("Content-Disposition") != "attachment" || a.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	if a := c.Get("/all", ""); a.StatusCode != 303 {
		t.Errorf("a visitor: %d", a.StatusCode)
	}
}

// The status is out by then: what was written stays, the log tells why, and nobody
// else notices.
func TestStream_ThatBreaksOffIsLoggedAndHarmsNobodyElse(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func() error{
		"an error": func() error { return errors.New("the database is away") },
		"a panic":  func() error { panic("no such column") },
	} {
		s, logs := streams(t, func(_ context.Context, w io.Writer) error {
			if _, err := io.WriteString(w, "the beginning"); err != nil {
				return err
			}
			return end()
		})
		c := fiberhttptest.Serve(t, s)
		a := c.Get("/all", "cleo")
		if a.StatusCode != 200 || a.Body != "the beginning" {
			t.Errorf("%s: %d %q", name, a.StatusCode, a.Body)
		}
		told := logs.FilterMessage("a streamed answer broke off").All()
		if len(told) != 1 || told[0].ContextMap()["request_id"] != a.Header.Get("X-Request-Id") {
			t.Errorf("%s: logged %+v", name, told)
		}
		if a := c.Get("/other", ""); a.Body != "still here" {
			t.Errorf("%s: afterwards %d", name, a.StatusCode)
		}
	}
}

func TestStream_EndsWithItsReader(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	s, _ := streams(t, func(ctx context.Context, w io.Writer) error {
		block := make([]byte, 64<<10)
		for ctx.Err() == nil {
			if _, err := w.Write(block); err != nil {
				ended <- err
				return err
			}
		}
		ended <- ctx.Err()
		return ctx.Err()
	})
	ln := fasthttputil.NewInmemoryListener()
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := errors.Join(s.Shutdown(ctx), <-served); err != nil {
			t.Error(err)
		}
	})
	client := http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return ln.Dial() }}}
	ctx, leave := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, baseURL+"/all", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "session", Value: "cleo"})
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, res.Body, 1<<20); err != nil {
		t.Fatal(err)
	}
	leave()
	_ = res.Body.Close()
	select {
	case err := <-ended:
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it went on until its deadline: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it is written on and on, to nobody")
	}
}
