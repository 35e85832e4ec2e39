package fiberhttp

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/ports/cache"
)

// cacheRule says what makes a cached answer stale, and which parameters of the
// query make another answer.
type cacheRule struct {
	tags  func(r *Request) []string
	query []string
	load  Handler // of what an API operation would answer; nil: the route's handler
}

const (
	// sharedCache is for what every visitor gets: a CDN keeps it for a minute and
	// may go on serving it while it asks again.
	sharedCache = "public, s-maxage=60, stale-while-revalidate=600"
	// sharedVary keeps what visitors get from those who send a cookie.
	sharedVary = "Accept-Encoding, Cookie"

	maxCachedQuery = 200 // bytes of one parameter: longer ones are not worth a key
)

// errNotKept carries out of the cache's loader that an answer may not be kept.
var errNotKept = errors.New("fiberhttp: this answer is not kept")

// visits reports whether a request carries nothing that makes its answer its own.
func (s *Server) visits(c *fiber.Ctx, x *exchange) bool {
	h := &c.Request().Header
	if x.token != "" || len(h.Peek(fiber.HeaderAuthorization)) > 0 {
		return false
	}
	if len(h.Peek(fiber.HeaderCookie)) == 0 {
		return true
	}
	return len(h.Cookie(s.cookies.session)) == 0 && len(h.Cookie(s.cookies.flash)) == 0
}

// serveCached answers a visitor with the bytes that every visitor gets. It answers
// false, and writes nothing, when this request has to be answered by itself.
func (s *Server) serveCached(c *fiber.Ctx, rt *route, x *exchange) (bool, error) {
	visitor, key, ok := s.visitor(c, rt)
	if !ok {
		return false, nil
	}
	options := cache.Options{TTL: s.config.PageTTL, Tags: rt.cached.tags(visitor)}
	var mine atomic.Bool
	address, id := x.address, x.id
	// Others may wait for what is loaded here, and the loader may outlive its
	// caller: it touches copies only.
	raw, err := s.config.Cache.Fetch(s.base, key, options, func(ctx context.Context) ([]byte, error) {
		mine.Store(true)
		if err := s.limit(ctx, rt, &exchange{address: address, id: id}); err != nil {
			return nil, err
		}
		return s.fill(ctx, rt, visitor)
	})
	switch {
	case errors.Is(err, errNotKept), errors.Is(err, errTooManyRequests) && !mine.Load():
		return false, nil
	case err != nil:
		return false, err
	}
	e, err := decodeEntry(raw)
	if err != nil {
		s.log.Warn("a cached page is unreadable", zap.String("key", key), zap.Error(err))
		return false, nil
	}
	s.writeEntry(c, e)
	return true, nil
}

// visitor makes the request that fills the cache, and its key: the path and the
// named parameters, never a header. Parameters that are not named are dropped.
func (s *Server) visitor(c *fiber.Ctx, rt *route) (*Request, string, bool) {
	r := &Request{Method: fiber.MethodGet, Path: c.Path(), query: noQuery}
	if names := c.Route().Params; len(names) > 0 {
		r.params = make(map[string]string, len(names))
		for _, name := range names {
			r.params[name] = c.Params(name)
		}
	}
	var key strings.Builder
	key.WriteString(s.keyPrefix())
	key.WriteString(r.Path)
	if raw := c.Request().URI().QueryString(); len(raw) > 0 && len(rt.cached.query) > 0 {
		given, err := url.ParseQuery(string(raw))
		if err != nil {
			return nil, "", false
		}
		kept := url.Values{}
		for _, name := range rt.cached.query {
			switch values := given[name]; {
			case len(values) > 1 || len(values) == 1 && len(values[0]) > maxCachedQuery:
				return nil, "", false
			case len(values) == 1 && values[0] != "":
				kept.Set(name, values[0])
			}
		}
		if len(kept) > 0 {
			r.query = kept
			key.WriteByte('?')
			key.WriteString(kept.Encode())
		}
	}
	return r, key.String(), true
}

var noQuery = url.Values{}

func (s *Server) keyPrefix() string {
	if s.config.Development { // files change while the program runs
		return "page:" + s.edition() + ":"
	}
	return s.prefix
}

// fill answers a visitor's request and keeps it as bytes, in every encoding.
func (s *Server) fill(ctx context.Context, rt *route, r *Request) ([]byte, error) {
	x := &exchange{server: s}
	r.x = x
	ctx, cancel := context.WithTimeout(exchangeContext{ctx, x}, s.config.RequestTimeout)
	defer cancel()
	h := rt.cached.load
	if h == nil {
		h = rt.handler
	}
	reply, err := h(ctx, r)
	if err != nil {
		return nil, err
	}
	if reply.status != fiber.StatusOK || len(reply.cookies) > 0 || reply.flash != "" {
		return nil, errNotKept
	}
	doc, err := s.document(ctx, x, reply)
	if err != nil {
		return nil, err
	}
	return newEntry(doc).encode(), nil
}

// writeEntry sends a cached answer, or 304 to who has it already.
func (s *Server) writeEntry(c *fiber.Ctx, e entry) {
	req, h := &c.Request().Header, &c.Response().Header
	tag, body, encoding := e.etag, e.plain, ""
	if len(e.gzip) > 0 {
		switch accepted := negotiate(req.Peek(fiber.HeaderAcceptEncoding)); {
		case accepted&acceptsBrotli != 0 && len(e.brotli) > 0:
			tag, body, encoding = e.etagBrotli, e.brotli, "br"
		case accepted&acceptsGzip != 0:
			tag, body, encoding = e.etagGzip, e.gzip, "gzip"
		}
	}
	f := &s.fixed
	h.SetCanonical(f.cacheControl, f.shared)
	h.SetCanonical(f.vary, f.sharedVary)
	h.SetCanonical(f.etag, tag)
	if len(e.csp) > 0 {
		h.SetCanonical(f.csp, e.csp)
	}
	if wanted := req.Peek(fiber.HeaderIfNoneMatch); len(wanted) > 0 && matches(wanted, tag) {
		c.Status(fiber.StatusNotModified)
		return
	}
	h.SetContentTypeBytes(e.contentType)
	if encoding != "" {
		h.SetContentEncoding(encoding)
	}
	c.Response().SetBodyRaw(body)
}

// matches compares If-None-Match with a strong ETag, weakly (RFC 9110, 13.1.2).
func matches(header, tag []byte) bool {
	for part := range bytes.SplitSeq(header, []byte{','}) {
		part = bytes.TrimSpace(part)
		if string(part) == "*" || bytes.Equal(bytes.TrimPrefix(part, []byte("W/")), tag) {
			return true
		}
	}
	return false
}
