package fiberhttp_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
)

// balance is the metrics of a server of which the requests in flight are counted.
type balance struct{ inFlight, ended atomic.Int64 }

func (b *balance) RequestStarted() { b.inFlight.Add(1) }
func (b *balance) Observer(string, string, int) func(time.Duration) {
	return func(time.Duration) {
		b.inFlight.Add(-1)
		b.ended.Add(1)
	}
}

func TestRequestsInFlight_AreNeverFewerThanNone(t *testing.T) {
	t.Parallel()
	counts := &balance{}
	settings := fiberhttptest.Settings(t)
	settings.Metrics, settings.BodyLimit, settings.HeaderLimit = counts, 1000, 2000
	c := fiberhttptest.Serve(t, fiberhttptest.MustNew(t, settings))
	for name, request := range map[string]string{
		"no request":            "rubbish\r\n\r\n",
		"headers too long":      "GET / HTTP/1.1\r\nHost: forge.test\r\nX-Long: " + strings.Repeat("x", 4000) + "\r\n\r\n",
		"a route that there is": "GET /healthz HTTP/1.1\r\nHost: forge.test\r\nConnection: close\r\n\r\n",
		"no such route":         "GET /nowhere HTTP/1.1\r\nHost: forge.test\r\nConnection: close\r\n\r\n",
	} {
		before := counts.ended.Load()
		answer := c.Raw(request)
		if counts.ended.Load() != before+1 {
			t.Errorf("%s: %d requests ended by %.60q", name, counts.ended.Load()-before, answer)
		}
		if n := counts.inFlight.Load(); n != 0 {
			t.Errorf("%s: %d requests are in flight after the answer", name, n)
		}
	}
}
