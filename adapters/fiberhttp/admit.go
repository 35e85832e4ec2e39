package fiberhttp

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
)

// admit takes the place that a request needs (see [Admitted]); leave gives it back, and
// says of a failure whether the client was gone.
func (s *Server) admit(ctx context.Context, c *fiber.Ctx, rt *route, x *exchange) (_ context.Context, leave func(failure error) error, err error) {
	same := func(failure error) error { return failure }
	if len(rt.admitFields) > 0 && !(&Request{c: c, x: x}).gives(rt.admitFields) {
		return ctx, same, nil
	}
	admitted, release, err := rt.admit(ctx, x.device, x.actor)
	if err != nil {
		return ctx, same, err
	}
	watched, unwatch := watchClient(admitted, c.Context().Conn())
	return watched, func(failure error) error {
		failure = endedBy(watched, failure)
		unwatch()
		release()
		return failure
	}, nil
}

// formsASecond is how many people of a public route get their form back each second. A
// page costs about ten times what the bare answer does, and is not counted for anybody:
// the many of a flood get the bare one.
const formsASecond = 20

// pace lets so many through each second.
type pace struct {
	mu     sync.Mutex
	second int64
	passed int
}

func (p *pace) allow(now time.Time, limit int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if second := now.Unix(); second != p.second {
		p.second, p.passed = second, 0
	}
	p.passed++
	return p.passed <= limit
}

// heldAtOnce is how many refusals wait at once. Each keeps a connection and a goroutine,
// so the many of a larger flood are answered without waiting.
const heldAtOnce = 2000

// holds has refusals wait. Those who ask again as soon as they are refused would
// otherwise take the processor from those who have a place.
type holds struct{ now atomic.Int64 }

// wait returns after d, when ctx ends, or at once when too many wait already.
func (h *holds) wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	defer h.now.Add(-1)
	if h.now.Add(1) > heldAtOnce {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// refuse answers a request that got no place: programs the problem, people by the
// route's own handler if it has one. On a public route the answer waits a moment.
func (s *Server) refuse(ctx context.Context, c *fiber.Ctx, rt *route, x *exchange, refusal error) error {
	x.refused = true
	if rt.access.level == public {
		s.holds.wait(ctx, s.config.RefusalDelay)
	}
	if rt.refused == nil || s.wantsProblem(c, rt) || rt.access.level == public && !s.forms.allow(s.Now(), formsASecond) {
		return refusal
	}
	r := &Request{Method: c.Method(), Path: c.Path(), Actor: x.actor, ID: x.id, IP: x.address, c: c, x: x}
	if err := s.checkBody(rt, r); err != nil {
		return err
	}
	reply, err := rt.refused(ctx, r, refusal)
	if err != nil {
		return err
	}
	return s.write(ctx, c, x, reply)
}

// gives reports whether a body has a value for one of the fields. Of one that cannot be
// read it is taken to have.
func (r *Request) gives(fields []string) bool {
	if !r.IsJSON() {
		for _, name := range fields {
			if r.Form(name) != "" {
				return true
			}
		}
		return false
	}
	var body map[string]json.RawMessage
	if json.Unmarshal(r.c.Request().Body(), &body) != nil {
		return true
	}
	for key, value := range body {
		for _, name := range fields {
			if strings.EqualFold(key, name) && string(value) != `""` && string(value) != "null" {
				return true
			}
		}
	}
	return false
}
