package fiberhttp

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/localpath"
	"github.com/neoforge-dev/neoforge/web/pages/platformpages"
)

// SecondFactorPath is the page that leads through setting up a second factor.
const SecondFactorPath = "/account/second-factor"

// writeError answers with a page or a problem, as the client wants it. A visitor
// who asks for a page that needs a person is sent to sign in and comes back.
func (s *Server) writeError(c *fiber.Ctx, rt *route, x *exchange, failure error) {
	p := problemOf(failure)
	p.name(x)
	s.clear(c)
	asProblem := s.wantsProblem(c, rt)
	if p.Status == fiber.StatusUnauthorized && !asProblem && p.Code == identity.ErrNotSignedIn.Code && s.preserveForm(c, rt, x) {
		return
	}
	if p.Status == fiber.StatusUnauthorized && !asProblem && p.Code == identity.ErrNotSignedIn.Code {
		c.Response().Header.Set(fiber.HeaderLocation, "/login?return_to="+url.QueryEscape(s.returnTo(c)))
		c.Status(fiber.StatusSeeOther)
		return
	}
	if !asProblem && p.Code == identity.ErrNotRecent.Code {
		c.Response().Header.Set(fiber.HeaderLocation, "/confirm?return_to="+url.QueryEscape(s.afterProof(c, rt, x)))
		c.Status(fiber.StatusSeeOther)
		return
	}
	if !asProblem && p.Code == identity.ErrSecondFactorNeeded.Code {
		c.Response().Header.Set(fiber.HeaderLocation, SecondFactorPath+"?return_to="+url.QueryEscape(s.returnTo(c)))
		c.Status(fiber.StatusSeeOther)
		return
	}
	c.Status(p.Status)
	if p.retryAfter > 0 {
		c.Response().Header.Set(fiber.HeaderRetryAfter, strconv.Itoa(p.retryAfter))
	}
	if p.Status == fiber.StatusUnauthorized && asProblem {
		c.Response().Header.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	}
	if asProblem {
		c.Response().Header.SetContentType(problemType)
		c.Response().SetBodyRaw(p.json())
		return
	}
	if err := s.writeErrorPage(c, x, p); err != nil {
		s.log.Error("error page", zap.Error(err), zap.String("request_id", x.id))
		s.writePlainError(c, x, p)
	}
}

// clear takes back what a handler had begun to write; cookies, Allow and the end of
// the connection stay.
func (s *Server) clear(c *fiber.Ctx) {
	h := &c.Response().Header
	for _, name := range []string{fiber.HeaderETag, fiber.HeaderContentEncoding, fiber.HeaderLocation, fiber.HeaderVary, "Refresh"} {
		h.Del(name)
	}
	s.varyByOrigin(c)
	h.Set(fiber.HeaderCacheControl, privateCache)
	h.Set(fiber.HeaderContentSecurityPolicy, dataPolicy)
	c.Response().ResetBody()
}

func (s *Server) wantsProblem(c *fiber.Ctx, rt *route) bool {
	if rt.program {
		return true
	}
	path := string(c.Request().URI().PathOriginal())
	if strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/webhooks/") {
		return true
	}
	if strings.HasPrefix(string(c.Request().Header.ContentType()), fiber.MIMEApplicationJSON) {
		return true
	}
	accept := string(c.Request().Header.Peek(fiber.HeaderAccept))
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}

// returnTo is the page to return to after signing in: this one, or, when it is not
// one that can be asked for again, the one the form stood on.
func (s *Server) returnTo(c *fiber.Ctx) string {
	if c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead {
		return localpath.OrRoot(string(c.Request().RequestURI()))
	}
	from, ok := strings.CutPrefix(string(c.Request().Header.Referer()), s.config.BaseURL)
	if !ok {
		return "/"
	}
	return localpath.OrRoot(from)
}

func (s *Server) writeErrorPage(c *fiber.Ctx, x *exchange, p *Problem) error {
	r := &Request{Method: c.Method(), Path: c.Path(), Actor: x.actor, ID: x.id, c: c, x: x}
	page := s.View(r, View{Title: p.Title, Robots: "noindex"})
	page.Assets.Critical = "" // no cache keeps it and nothing packs it: it is better small
	view := platformpages.ErrorView{Page: page, Status: p.Status, RequestID: x.id, TraceID: p.TraceID}
	// What a program is told of these says nothing to people.
	if p.Code != errBodyTooLarge.Code && (p.Status != fiber.StatusNotFound || !strings.HasPrefix(p.Code, "http.")) {
		view.Text = p.Detail
	}
	if p.Code == errSignedInAsAnother.Code {
		view.Heading = "Somebody else is signed in"
	}
	ctx := s.contextOf(x)
	var out bytes.Buffer
	if err := platformpages.Error(view).Render(ctx, &out); err != nil {
		return err
	}
	csp, err := s.policies.page(ctx, false)
	if err != nil {
		return err
	}
	s.asPage(c, []byte(csp))
	c.Response().Header.SetContentType(fiber.MIMETextHTMLCharsetUTF8)
	c.Response().SetBodyRaw(out.Bytes())
	return nil
}

// answerFailure writes an error and tells of it. What panics while it is written, such as the
// frame of all pages, which may be what failed first, leaves its words alone.
func (s *Server) answerFailure(c *fiber.Ctx, rt *route, x *exchange, failure error) {
	err := guarded(func() error {
		s.writeError(c, rt, x, failure)
		return nil
	})
	if err != nil {
		s.log.Error("writing an error", zap.Error(err), zap.String("request_id", x.id))
		s.clear(c)
		s.writePlainError(c, x, problemOf(err))
		s.track(rt, x, err)
	}
	s.track(rt, x, failure)
}

func (s *Server) writePlainError(c *fiber.Ctx, x *exchange, p *Problem) {
	c.Status(p.Status)
	c.Response().Header.SetContentType(fiber.MIMETextPlainCharsetUTF8)
	c.Response().SetBodyString(p.Title + ". " + p.Detail + " (" + x.id + ")\n")
}

// lastResort answers 500 where something panics outside of every route. The library recovers
// nothing: the whole program would end.
func (s *Server) lastResort(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(c *fasthttp.RequestCtx) {
		defer func() {
			if p := recover(); p != nil {
				s.notServed(c, p)
			}
		}()
		next(c)
	}
}

func (s *Server) notServed(c *fasthttp.RequestCtx, p any) {
	s.log.Error("a panic outside of every route", zap.Any("panic", p), zap.Stack("stack"))
	c.Error("Something went wrong. Try again later.\n", fasthttp.StatusInternalServerError)
	c.Response.Header.Set(fiber.HeaderCacheControl, privateCache)
	c.SetConnectionClose()
}

// handleLibraryError answers what never reached a route: a request that could not
// be read. A page of another origin is told so as far as its origin could be: not where
// the headers themselves could not be read.
func (s *Server) handleLibraryError(c *fiber.Ctx, failure error) error {
	defer func() { // it is called outside of lastResort
		if p := recover(); p != nil {
			s.notServed(c.Context(), p)
		}
	}()
	x := exchange{server: s, started: time.Now(), method: c.Method(), path: c.Path(), id: newID(), address: s.address(c)}
	x.trace = x.id
	s.begin(c, &x)
	s.shareWithOrigin(c)
	if s.config.Metrics != nil {
		s.config.Metrics.RequestStarted() // account counts its end
	}
	if isTooLarge(failure) {
		failure = guarded(func() error { return s.refuseUnread(c, &x) }) // nobody above would
	}
	if failure != nil {
		s.answerFailure(c, s.unknown, &x, failure)
	}
	s.endWhileDraining(c)
	s.account(c, s.unknown, &x, failure)
	return nil
}
