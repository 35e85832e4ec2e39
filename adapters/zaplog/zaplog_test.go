package zaplog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/neoforge-dev/neoforge/adapters/zaplog"
)

// lines is a writer that tests read while loggers write.
type lines struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

func mustNew(t testing.TB, level string, production bool, w io.Writer) *zap.Logger {
	t.Helper()
	l, err := zaplog.New(level, production, w)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// hunter2 is the secret that must not be found in anything written.
type request struct {
	User     string
	Password string
	Headers  http.Header
	Nested   struct{ ClientSecret string }
}

type account struct{ id, token string }

func (a account) MarshalLogObject(e zapcore.ObjectEncoder) error {
	e.AddString("id", a.id)
	e.AddString("refresh_token", a.token)
	return e.AddObject("inner", zapcore.ObjectMarshalerFunc(func(e zapcore.ObjectEncoder) error {
		e.AddString("api_key", a.token)
		e.AddInt("count", 3)
		return nil
	}))
}

func secrets() []zap.Field {
	dsn := "postgres://forge:hunter2@db.example.com:5432/forge?sslmode=disable"
	address, _ := url.Parse(dsn)
	r := request{User: "ada", Password: "hunter2", Headers: http.Header{"Cookie": {"session=hunter2"}, "Accept": {"text/html"}}}
	r.Nested.ClientSecret = "hunter2"
	return []zap.Field{
		zap.String("password", "hunter2"), zap.String("NEW_PASSWORD", "hunter2"), zap.String("clientSecret", "hunter2"),
		zap.String("access_token", "hunter2"), zap.String("Authorization", "Bearer hunter2"), zap.String("Set-Cookie", "session=hunter2"),
		zap.ByteString("dsn", []byte("hunter2")), zap.Any("tokens", []string{"hunter2"}), zap.Binary("secret", []byte("hunter2")),
		zap.String("url", dsn), zap.String("redis", "redis://:hunter2@cache:6379/0"), zap.String("odd", "smtp://user:hun/ter2hunter2@mail"),
		zap.Stringer("address", address), zap.Error(fmt.Errorf("open %s: %w", dsn, errors.New("refused"))),
		zap.Error(errors.New("cannot parse password=hunter2 host=db")), zap.String("header", "Authorization: bearer hunter2hunter2"),
		zap.String("link", "https://example.com/verify?token=hunter2&next=/"), zap.String("callback", "/auth/callback?code=hunter2&state=hunter2"),
		zap.Any("request", r), zap.Any("pointer", &r), zap.Any("map", map[string]any{"a": map[string]string{"passphrase": "hunter2"}}),
		zap.Object("account", account{"1", "hunter2"}), zap.Inline(account{"2", "hunter2"}), zap.Objects("accounts", []account{{"3", "hunter2"}}),
		zap.Strings("urls", []string{dsn}), zap.Dict("dict", zap.String("password", "hunter2"), zap.String("kept", "yes")),
		zap.Errors("errors", []error{errors.New("dial " + dsn)}),
	}
}

func TestLog_NoSecretIsWritten(t *testing.T) {
	t.Parallel()
	for _, production := range []bool{true, false} {
		var out lines
		l := mustNew(t, "debug", production, &out)
		l.Info("connecting to postgres://forge:hunter2@db/forge", secrets()...)
		l.With(secrets()...).Warn("with fields")
		for _, field := range secrets() {
			l.Debug("one field", field)
		}
		l.Sugar().Infow("sugar", "password", "hunter2", "url", "redis://:hunter2@cache")
		if err := l.Sync(); err != nil {
			t.Fatal(err)
		}
		if out.String() == "" {
			t.Fatal("nothing was written")
		}
		for line := range strings.Lines(out.String()) {
			for _, secret := range []string{"hunter2", "ter2", "aHVudGVyMg"} {
				if strings.Contains(line, secret) {
					t.Errorf("production=%t: a secret is in %s", production, line)
				}
			}
		}
	}
}

func TestLog_WhatIsNoSecretIsKept(t *testing.T) {
	t.Parallel()
	var out lines
	l := mustNew(t, "info", true, &out)
	l.Info("served", zap.String("path", "/posts?tag=go"), zap.Int("status", 200), zap.Duration("took", 1500*time.Millisecond),
		zap.String("email", "ada@example.com"), zap.Any("nested", map[string]any{"big": int64(9007199254740993), "list": []int{1, 2}}),
		zap.Object("account", account{"7", "x"}), zap.Error(errors.New("plain")), zap.Bool("ok", true), zap.Error(nil))
	if err := l.Sync(); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	for key, want := range map[string]any{
		"level": "info", "msg": "served", "path": "/posts?tag=go", "status": 200.0, "took": 1.5, "email": "ada@example.com", "error": "plain", "ok": true,
	} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	if at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(got["time"])); err != nil || at.Location() != time.UTC {
		t.Errorf("time is %v", got["time"])
	}
	for _, want := range []string{`"big":9007199254740993`, `"list":[1,2]`, `"id":"7"`, `"count":3`, `"refresh_token":"[redacted]"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is not in %s", want, out.String())
		}
	}
}

func TestLog_TheCallersFieldsAreNotChanged(t *testing.T) {
	t.Parallel()
	fields := []zap.Field{zap.String("path", "/"), zap.String("password", "hunter2")}
	mustNew(t, "info", true, io.Discard).Info("m", fields...)
	if fields[1].String != "hunter2" {
		t.Fatal("the caller's slice was written to")
	}
}

func TestLog_TheLevelIsKept(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]int{"debug": 4, "info": 3, "warn": 2, "error": 1} {
		var out lines
		l := mustNew(t, level, true, &out)
		l.Debug("m")
		l.Info("m")
		l.Warn("m")
		l.Error("m")
		if n := strings.Count(out.String(), "\n"); n != want {
			t.Errorf("%s wrote %d lines, want %d", level, n, want)
		}
	}
	for _, bad := range []string{"loud", "panic", "7"} {
		if _, err := zaplog.New(bad, true, io.Discard); err == nil {
			t.Errorf("level %q was accepted", bad)
		}
	}
}

func TestLog_AnErrorIsWrittenAtOnceWithAllBeforeIt(t *testing.T) {
	t.Parallel()
	var out lines
	l := mustNew(t, "info", true, &out)
	l.Info("first")
	if out.String() != "" {
		t.Fatal("production lines are not buffered")
	}
	l.Error("second")
	if n := strings.Count(out.String(), "\n"); n != 2 {
		t.Fatalf("%d lines after an error: %s", n, out.String())
	}
}

func TestLog_IDsFollowTheContext(t *testing.T) {
	t.Parallel()
	var out lines
	base := mustNew(t, "info", true, &out)
	ctx := zaplog.WithIDs(context.Background(), "request-1", "trace-1")
	zaplog.From(ctx, base).Error("m")
	if !strings.Contains(out.String(), `"request_id":"request-1","trace_id":"trace-1"`) {
		t.Error(out.String())
	}
	if r, tr := zaplog.IDs(ctx); r != "request-1" || tr != "trace-1" {
		t.Errorf("%q, %q", r, tr)
	}
	if zaplog.From(context.Background(), base) != base {
		t.Error("a context without ids made another logger")
	}
}

func BenchmarkRequestLine(b *testing.B) {
	l := mustNew(b, "info", true, io.Discard)
	b.ReportAllocs()
	for b.Loop() {
		l.Info("request", zap.String("method", "GET"), zap.String("path", "/posts/inside-the-forge"), zap.String("route", "/posts/{slug}"),
			zap.Int("status", 200), zap.Duration("took", time.Millisecond), zap.Int("bytes", 2048), zap.String("address", "203.0.113.7"),
			zap.String("request_id", "01990000-0000-7000-8000-000000000000"), zap.String("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"))
	}
}
