package fiberhttp

import (
	"context"
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// account counts and logs a request that was answered. The query is left out: it
// may hold the code of a sign-in; so is a path that holds a secret. A request that came without a trace is its own:
// its id is the trace's.
func (s *Server) account(c *fiber.Ctx, rt *route, x *exchange, failure error) {
	elapsed := time.Since(x.started)
	if failure == nil {
		failure = x.fault
	}
	status := c.Response().StatusCode()
	if s.config.Metrics != nil {
		rt.ended(s.config.Metrics, methodLabel(x.method), status, elapsed)
	}
	if rt.count != nil && !x.uncounted && (status == fiber.StatusOK || status == fiber.StatusNotModified) && x.method == fiber.MethodGet && !aheadOfNeed(c) {
		rt.count()
	}
	if x.span != nil {
		x.span.End(rt.path, status, failure)
	}
	level := zapcore.InfoLevel
	switch {
	case x.refused: // nothing is broken: there were too many
	case status >= fiber.StatusInternalServerError, x.fault != nil:
		level = zapcore.ErrorLevel
	case rt.quiet:
		level = zapcore.DebugLevel
	}
	entry := s.log.Check(level, "request")
	if entry == nil {
		return
	}
	line := s.lines.Get().(*logLine)
	path := x.path
	if rt.secretPath {
		path = rt.path
	}
	f := line.begin(x.method, path, status, elapsed, bodySize(c), x.address, x.id, x.trace)
	if x.actor.SignedIn() {
		f = append(f, zap.String("user", string(x.actor.UserID)))
	}
	if x.actor.Impersonator != "" {
		f = append(f, zap.String("impersonator", string(x.actor.Impersonator)))
	}
	if failure != nil {
		f = append(f, zap.Error(failure))
		var p *panicked
		if errors.As(failure, &p) {
			f = append(f, zap.ByteString("stack", p.stack))
		}
	}
	entry.Write(f...)
	clear(f[lineFields:]) // a failure may hold on to much
	s.lines.Put(line)
}

// aheadOfNeed reports whether a browser asks for what nobody may ever look at
// (Sec-Purpose; older browsers say Purpose).
func aheadOfNeed(c *fiber.Ctx) bool {
	h := &c.Request().Header
	return len(h.Peek("Sec-Purpose")) > 0 || len(h.Peek("Purpose")) > 0
}

// LeaveUncounted has [Counted] pass over the request of ctx.
func LeaveUncounted(ctx context.Context) {
	if x := exchangeFrom(ctx); x != nil {
		x.uncounted = true
	}
}

// bodySize is how long an answer is; 0 for one that is still being made.
func bodySize(c *fiber.Ctx) int {
	if c.Response().IsBodyStream() {
		return 0 // to ask for it would be to wait for all of it
	}
	return len(c.Response().Body())
}

// logLine is the fields of an entry, used again: those that every entry has keep
// their names and get new values.
type logLine [lineFields + 5]zap.Field

const lineFields = 8

func newLogLine() any {
	return &logLine{
		zap.String("method", ""), zap.String("path", ""), zap.Int("status", 0), zap.Duration("took", 0),
		zap.Int("bytes", 0), zap.String("address", ""), zap.String("request_id", ""), zap.String("trace_id", ""),
	}
}

func (l *logLine) begin(method, path string, status int, took time.Duration, bytes int, address, id, trace string) []zap.Field {
	l[0].String, l[1].String = method, path
	l[2].Integer, l[3].Integer, l[4].Integer = int64(status), int64(took), int64(bytes)
	l[5].String, l[6].String, l[7].String = address, id, trace
	return l[:lineFields]
}

// observer counts one kind of answer of a route.
type observer struct {
	method string
	status int
	ended  func(elapsed time.Duration)
}

// ended counts an answer. The observers of a route are few, and looked through
// faster than the labels are.
func (rt *route) ended(m Metrics, method string, status int, elapsed time.Duration) {
	for {
		known := rt.observers.Load()
		var all []observer
		if known != nil {
			all = *known
		}
		for i := range all {
			if o := &all[i]; o.status == status && o.method == method {
				o.ended(elapsed)
				return
			}
		}
		more := append(all[:len(all):len(all)], observer{method, status, m.Observer(method, rt.path, status)})
		rt.observers.CompareAndSwap(known, &more) // whoever loses the race looks again
	}
}

// methodLabel keeps what a client made up out of the labels of metrics. It keeps nothing
// of what it is given.
func methodLabel(m string) string {
	for _, known := range [...]string{
		fiber.MethodGet, fiber.MethodHead, fiber.MethodPost, fiber.MethodPut, fiber.MethodPatch, fiber.MethodDelete, fiber.MethodOptions,
	} {
		if m == known {
			return known
		}
	}
	return "other"
}
