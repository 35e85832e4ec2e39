package fiberhttp

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// account counts and logs a request that was answered. The query is left out: it
// may hold the code of a sign-in. A request that came without a trace is its own:
// its id is the trace's.
func (s *Server) account(c *fiber.Ctx, rt *route, x *exchange, failure error) {
	elapsed := time.Since(x.started)
	status := c.Response().StatusCode()
	if s.config.Metrics != nil {
		s.config.Metrics.RequestEnded(methodLabel(c.Method()), rt.path, status, elapsed)
	}
	level := zapcore.InfoLevel
	switch {
	case status >= fiber.StatusInternalServerError:
		level = zapcore.ErrorLevel
	case rt.quiet:
		level = zapcore.DebugLevel
	}
	entry := s.log.Check(level, "request")
	if entry == nil {
		return
	}
	pooled := s.fields.Get().(*[]zap.Field)
	f := append((*pooled)[:0],
		zap.String("method", c.Method()),
		zap.String("path", c.Path()),
		zap.Int("status", status),
		zap.Duration("took", elapsed),
		zap.Int("bytes", len(c.Response().Body())),
		zap.String("address", x.address),
		zap.String("request_id", x.id),
	)
	if x.trace != x.id {
		f = append(f, zap.String("trace_id", x.trace))
	}
	if x.actor.SignedIn() {
		f = append(f, zap.String("user", string(x.actor.UserID)))
	}
	if failure != nil {
		f = append(f, zap.Error(failure))
		var p *panicked
		if errors.As(failure, &p) {
			f = append(f, zap.ByteString("stack", p.stack))
		}
	}
	entry.Write(f...)
	clear(f)
	*pooled = f
	s.fields.Put(pooled)
}

// methodLabel keeps what a client made up out of the labels of metrics.
func methodLabel(m string) string {
	switch m {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodPost, fiber.MethodPut, fiber.MethodPatch, fiber.MethodDelete, fiber.MethodOptions:
		return m
	}
	return "other"
}
