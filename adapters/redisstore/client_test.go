package redisstore_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/internal/redistest"
)

func TestOpen_RefusesABadURLWithoutShowingThePassword(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "localhost:6379", "http://user:hunter2@localhost", "redis://user:hunter2@local host",
		"redis://user:hunter2@localhost/notanumber", "redis+cluster://user:hunter2@", "redis+cluster://user:hunter2@a,,b",
		"redis+cluster://user:hunter2%zz@a", "redis://user:hunter2@localhost:notaport",
	} {
		c, err := redisstore.Open(t.Context(), address, "")
		if err == nil {
			_ = c.Close()
			t.Errorf("%q was accepted", address)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error tells the password: %v", address, err)
		}
	}
}

func TestOpen_AcceptsGoodURLs(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"redis://localhost", "redis://:p%40ss@localhost:6380/4", "rediss://user:pass@cache.example.com",
		"redis+cluster://a,b:7000", "redis+cluster://user:p%40ss@a:7000,b:7001", "rediss+cluster://a,b", "redis+cluster://[::1]:7000",
	} {
		c, err := redisstore.Open(t.Context(), address, "")
		if err != nil {
			t.Errorf("%q: %v", address, err)
			continue
		}
		_ = c.Close()
	}
}

func TestOpen_UsesThePasswordThatStandsApart(t *testing.T) {
	t.Parallel()
	const secret = "a/b+c=d@e%f#g?h:i"
	s := redistest.Start(t)
	s.RequireUserAuth("program", secret)
	s.RequireAuth(secret)
	for _, tc := range []struct {
		user, password string
		ok             bool
	}{
		{"program@", secret, true},
		{"", secret, true},
		{":" + url.QueryEscape(secret) + "@", "", true},
		{":" + url.QueryEscape(secret) + "@", "another", true}, // the address's own counts
		{"program@", "another", false},
		{"program@", "", false},
	} {
		c, err := redisstore.Open(t.Context(), strings.Replace(s.URL(), "redis://", "redis://"+tc.user, 1), tc.password)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Ping(t.Context()); (err == nil) != tc.ok {
			t.Errorf("%q with %q: %v", tc.user, tc.password, err)
		}
		_ = c.Close()
	}
}

func TestClient_GatherReadsManyKeysAndTellsTheAbsentOnes(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client(t)
	if err := c.Redis.Set(t.Context(), "a", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Redis.Set(t.Context(), "empty", "", 0).Err(); err != nil {
		t.Fatal(err)
	}
	got, err := c.Gather(t.Context(), "a", "absent", "empty")
	if err != nil {
		t.Fatal(err)
	}
	if string(got[0]) != "1" || got[1] != nil || got[2] == nil || len(got[2]) != 0 {
		t.Fatalf("got %q", got)
	}
}

func TestClient_AHungRedisDelaysOneCommandAndNotTheNext(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := server.HastyClient(t)
	if err := c.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Hang()
	begun := time.Now()
	if err := c.Redis.Get(t.Context(), "key").Err(); err == nil {
		t.Fatal("a hung server answered")
	}
	if took := time.Since(begun); took > 3*time.Second {
		t.Fatalf("the first command took %v", took)
	}
	begun = time.Now()
	for range 1000 {
		if err := c.Redis.Get(t.Context(), "key").Err(); !errors.Is(err, redisstore.ErrAway) {
			t.Fatalf("got %v, want ErrAway", err)
		}
	}
	if took := time.Since(begun); took > time.Second {
		t.Fatalf("a thousand commands took %v", took)
	}
	if err := c.Ping(t.Context()); err == nil {
		t.Fatal("Ping succeeded on a hung server")
	}
	server.Restore()
	eventually(t, func() bool { return c.Redis.Set(t.Context(), "key", "v", 0).Err() == nil })
}

func TestClient_ARefusedConnectionIsAwayUntilItIsBack(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	c := server.HastyClient(t)
	server.Refuse()
	if err := c.Redis.Get(t.Context(), "key").Err(); err == nil {
		t.Fatal("a refusing server answered")
	}
	if !c.Away() {
		t.Fatal("the client does not know that Redis is away")
	}
	server.Restore()
	eventually(t, func() bool { return !c.Away() })
	if err := c.Redis.Set(t.Context(), "key", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
}

func TestClient_AnErrorInTheAnswerIsNotAnAbsence(t *testing.T) {
	t.Parallel()
	c := redistest.Start(t).Client(t)
	if err := c.Redis.Set(t.Context(), "text", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Redis.Incr(t.Context(), "text").Err(); err == nil {
		t.Fatal("counted a text up")
	}
	if c.Away() {
		t.Fatal("an error in the answer cut the client off")
	}
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(15 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it did not become true in time")
		}
	}
}
