package fiberhttp

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// exchange is one request with its answer, as far as the edge is concerned.
type exchange struct {
	server    *Server
	route     *route
	c         *fiber.Ctx // until the request is answered
	started   time.Time
	method    string
	path      string
	id        string
	trace     string
	span      RequestSpan // nil: it is not traced
	address   string
	userAgent string
	device    identity.Secret // what the browser is known by from earlier sign-ins
	token     string          // bearer token, on routes for programs
	actor     identity.Actor
	stale     bool               // the session cookie is nobody's
	own       identity.Secret    // the session that a browser keeps aside
	browser   bool               // the actor came with a cookie
	ended     bool               // the handler ended the session that the request came with
	failure   error              // of an operation of the API
	fault     error              // of a request that is answered all the same
	islands   bool               // the page holds server-rendered islands
	uncounted bool               // by what Counted gave
	atOnce    []string           // those whose modules the page loads at once
	counted   bool               // against the limit of requests
	decision  ratelimit.Decision // of it
	refused   bool               // there was no place for it
	room      []byte             // for the key of a cached answer
}

// pipeline is everything that happens to a request around its handler, in one
// function, so that what most requests share costs one call:
//
//	request id and trace, security headers, recover, bytes that are readable, origin, body size, the cache of pages,
//	a place where the route has few, limit of requests, who asks, whether they may, deadline, handler,
//	errors, metrics, log.
//
// Access is checked here, in the route's own handler: whichever spelling of a path
// leads to a handler leads through its check.
func (s *Server) pipeline(rt *route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		x := &exchange{server: s, route: rt, c: c, started: time.Now(), method: c.Method(), path: c.Path()}
		defer func() { x.c = nil }()
		s.identify(c, x)
		s.begin(c, x)
		s.shareWithOrigin(c)
		if s.config.Metrics != nil {
			s.config.Metrics.RequestStarted()
		}
		failure := guarded(func() error { return s.dispatch(c, rt, x) })
		if failure != nil {
			s.answerFailure(c, rt, x, failure)
		} else if x.fault != nil {
			s.track(rt, x, x.fault)
		}
		switch {
		case x.ended && x.browser:
			clear, left := s.leaving(x.actor.UserID, x.actor.Impersonator)
			s.deleteCookies(c, append(s.OwnCookies(""), left...))
			c.Response().Header.Set("Clear-Site-Data", clear)
		case x.stale && navigates(c):
			s.deleteCookies(c, s.SignedOutCookies())
		}
		s.endWhileDraining(c)
		s.account(c, rt, x, failure)
		return nil
	}
}

// navigates reports whether the answer is a page that the browser shows in a tab, or may be one.
// Only such an answer deletes a session cookie that is nobody's: what a page asks for
// beside it, in a frame of it or ahead of need (Sec-Purpose; older browsers say Purpose) may be
// answered after the next page has brought a new session under the same name, and would
// delete that one.
func navigates(c *fiber.Ctx) bool {
	mode, destination := c.Get("Sec-Fetch-Mode"), c.Get("Sec-Fetch-Dest")
	return (mode == "" || mode == "navigate") && (destination == "" || destination == "document") &&
		c.Get("Sec-Purpose") == "" && c.Get("Purpose") == ""
}

func (s *Server) identify(c *fiber.Ctx, x *exchange) {
	h := &c.Request().Header
	traceparent := h.Peek("Traceparent")
	x.trace = traceOf(traceparent)
	if s.config.Tracer != nil {
		s.beginTrace(c, x, traceparent)
	}
	if id := h.Peek("X-Request-Id"); acceptableID(id) {
		x.id = string(id)
	} else if x.id = x.trace; x.id == "" {
		x.id = newID()
	}
	if x.trace == "" {
		x.trace = x.id
	}
	x.address = s.address(c)
}

// guarded turns a panic into an error.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{value: p, stack: debug.Stack(), frames: errortracking.PanicFrames()}
		}
	}()
	return do()
}

type panicked struct {
	value  any
	stack  []byte
	frames []errortracking.Frame
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

func (s *Server) dispatch(c *fiber.Ctx, rt *route, x *exchange) (failure error) {
	if err := checkBytes(c, rt); err != nil {
		return err
	}
	var authorization []byte
	if rt.program || rt.cached != nil {
		authorization = c.Request().Header.Peek(fiber.HeaderAuthorization)
	}
	if rt.program {
		x.token = bearer(authorization)
	}
	if err := s.checkOrigin(c, rt, x); err != nil {
		return err
	}
	if len(c.Request().Body()) > rt.maxBody {
		return s.refuseBody(c, rt, x)
	}
	chosen := rt.prefersAlternative(c)
	if rt.alternative != nil {
		c.Response().Header.Add(fiber.HeaderVary, fiber.HeaderAccept)
	}
	if rt.cached != nil && !chosen && len(authorization) == 0 && s.visits(c) {
		done, err := s.serveCached(c, rt, x)
		if done || err != nil {
			return err
		}
	}
	x.userAgent = string(c.Request().Header.UserAgent())
	x.device = identity.Secret(c.Request().Header.Cookie(s.cookies.device))
	x.own = identity.Secret(c.Request().Header.Cookie(s.cookies.own))
	ctx, cancel := context.WithTimeout(s.contextOf(x), s.config.RequestTimeout)
	defer cancel()
	if s.config.WithIDs != nil {
		ctx = s.config.WithIDs(ctx, x.id, x.trace)
	}
	if rt.admit != nil && rt.access.level == public {
		admitted, leave, err := s.admit(ctx, c, rt, x)
		if err != nil {
			return s.refuse(ctx, c, rt, x, err)
		}
		defer func() { failure = leave(failure) }()
		ctx = admitted
	}
	if err := s.limit(ctx, rt, x); err != nil {
		return err
	}
	if rt.fallback {
		if !s.visits(c) && !s.wantsProblem(c, rt) {
			s.recognize(ctx, c, rt, x)
		}
		return s.unmatched(c)
	}
	if err := s.authenticate(ctx, c, rt, x); err != nil {
		return err
	}
	if err := s.limitToken(ctx, rt, x); err != nil {
		return err
	}
	r := &Request{Method: c.Method(), Path: c.Path(), Actor: x.actor, ID: x.id, IP: x.address, c: c, x: x}
	// Before access: a form is not kept for a proof of somebody whose it is not.
	if err := checkSignedInAs(x, r); err != nil {
		return err
	}
	if err := rt.access.check(x.actor, s.config.Clock.Now()); err != nil {
		return err
	}
	if rt.admit != nil && rt.access.level != public {
		admitted, leave, err := s.admit(ctx, c, rt, x)
		if err != nil {
			return s.refuse(ctx, c, rt, x, err)
		}
		defer func() { failure = leave(failure) }()
		ctx = admitted
	}
	if x.actor.Impersonator != "" {
		ctx = audit.WithImpersonator(ctx, string(x.actor.Impersonator))
	}
	if rt.cached != nil && rt.cached.class != nil && !chosen && x.actor.SignedIn() {
		if done, err := s.serveClass(ctx, c, rt, r); done || err != nil {
			return err
		}
	}
	if err := s.checkBody(rt, r); err != nil {
		return err
	}
	if rt.head != nil && c.Method() == fiber.MethodHead {
		reply, err := rt.head(ctx, r)
		if err != nil {
			return err
		}
		return s.write(ctx, c, x, reply)
	}
	if rt.forward != nil {
		if err := checkHeaders(c, rt); err != nil {
			return err
		}
		c.SetUserContext(ctx)
		if err := rt.forward(c); err != nil {
			return err
		}
		return x.failure
	}
	s.hintEarly(c, x)
	h := rt.handlerFor(r.Path)
	if chosen {
		h = rt.alternative.handler
	}
	reply, err := h(ctx, r)
	if err != nil {
		return err
	}
	return s.write(ctx, c, x, reply)
}

// authenticate finds out who asks. A bearer token that is not good is refused even
// where nobody needs one; a cookie that is nobody's makes a visitor.
func (s *Server) authenticate(ctx context.Context, c *fiber.Ctx, rt *route, x *exchange) error {
	if s.config.Sessions == nil || rt.anonymous {
		return nil
	}
	var err error
	if strings.HasPrefix(x.token, identity.PersonalTokenPrefix) {
		x.actor, err = s.authenticatePersonal(ctx, c, x)
	} else if x.token != "" {
		x.actor, err = s.config.Sessions.AuthenticateToken(ctx, x.token)
	} else if secret := c.Request().Header.Cookie(s.cookies.session); len(secret) > 0 && len(secret) <= 200 {
		x.actor, err = s.config.Sessions.AuthenticateSession(ctx, identity.Secret(secret))
		if fault.KindOf(err) == fault.Unauthenticated {
			x.stale, err = true, nil
		}
		x.browser = !x.stale
	}
	if err != nil {
		return err
	}
	x.actor.IP = x.address
	return nil
}

// recognize finds out for whom a page is made that says there is none: it has their
// menu, and the bar of who acts for somebody. Whether that can be found out changes
// nothing else about it.
func (s *Server) recognize(ctx context.Context, c *fiber.Ctx, rt *route, x *exchange) {
	if err := s.authenticate(ctx, c, rt, x); err != nil {
		s.log.Warn("who asks for a page that does not exist", zap.Error(err), zap.String("request_id", x.id))
	}
}

// authenticatePersonal finds out for whom a personal access token acts, and refuses
// a method that the token has no scope for.
func (s *Server) authenticatePersonal(ctx context.Context, c *fiber.Ctx, x *exchange) (identity.Actor, error) {
	actor, err := s.config.Sessions.AuthenticatePersonalToken(ctx, identity.Secret(x.token), x.address)
	if err != nil {
		return identity.Actor{}, err
	}
	method := c.Method()
	safe := method == fiber.MethodGet || method == fiber.MethodHead || method == fiber.MethodOptions
	return actor, identity.CheckScope(actor, safe)
}

// unmatched answers what no route took: where only a slash at the end stands
// between a reader and a page, it sends them there.
func (s *Server) unmatched(c *fiber.Ctx) error {
	if to, ok := s.withoutSlash(c); ok {
		c.Response().Header.Set(fiber.HeaderLocation, to)
		c.Status(fiber.StatusPermanentRedirect)
		return nil
	}
	return c.Next() // fiber knows whether another method would have matched
}

func (s *Server) withoutSlash(c *fiber.Ctx) (string, bool) {
	path := string(c.Request().URI().PathOriginal())
	n := len(path)
	if m := c.Method(); m != fiber.MethodGet && m != fiber.MethodHead || n < 3 || path[n-1] != '/' || path[1] == '/' {
		return "", false
	}
	for i := range n {
		switch b := path[i]; {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '-', b == '_', b == '.':
		case b == '/' && (i+1 == n || path[i+1] != '/'):
		default:
			return "", false
		}
	}
	to := path[:n-1]
	if q := c.Request().URI().QueryString(); len(q) > 0 {
		to += "?" + string(q)
	}
	return to, true
}

// bearer returns the token of an Authorization header (RFC 6750, 2.1).
func bearer(authorization []byte) string {
	const scheme = "Bearer "
	if len(authorization) <= len(scheme) || !equalFold(authorization[:len(scheme)], scheme) {
		return ""
	}
	return string(authorization[len(scheme):])
}

func equalFold(b []byte, s string) bool {
	for i := range b {
		x, y := b[i]|0x20, s[i]|0x20
		if x != y {
			return false
		}
	}
	return len(b) == len(s)
}

func isDeadline(err error) bool { return errors.Is(err, context.DeadlineExceeded) }
