package fiberhttp

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/cdn"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// cacheRule says what makes a cached answer stale, and which parameters of the
// query make another answer.
type cacheRule struct {
	tags  func(r *Request) []string
	shown func(ctx context.Context, r *Request) ([]string, error) // nil: the path tells all tags
	query []string
	load  Handler // of what an API operation would answer; nil: the route's handler
	class ClassOf // of signed-in readers; nil: their answers are not kept
}

const (
	// sharedCache is for what every visitor gets: a CDN keeps it for a minute and
	// may go on serving it while it asks again.
	sharedCache = "public, s-maxage=60, stale-while-revalidate=600"
	// ownCache is for what every visitor gets and must not be shown once it is old.
	ownCache = "private, no-cache"
	// sharedVary keeps what visitors get from those who send a cookie.
	sharedVary = "Accept-Encoding, Cookie"
	// formVary is sharedVary of what comes in more than one form.
	formVary = "Accept, Accept-Encoding, Cookie"
	// apiVary keeps what visitors get of the API from those who send a token as well, and
	// from pages of other origins, which a listed one is told by a header of its own. It is
	// the same whether any is listed, so that what a cache holds outlives a change of that.
	apiVary = "Accept-Encoding, Authorization, Cookie, Origin"

	maxCachedQuery = 200 // bytes of one parameter: longer ones are not worth a key
)

// ErrNotKept is for the loader of a [CachedRead]: the operation itself has to answer
// this request.
var ErrNotKept = errors.New("fiberhttp: this answer is not kept")

// visits reports whether no cookie of a request makes its answer its own.
func (s *Server) visits(c *fiber.Ctx) bool {
	h := &c.Request().Header
	if len(h.Peek(fiber.HeaderCookie)) == 0 {
		return true
	}
	return len(h.Cookie(s.cookies.session)) == 0 && len(h.Cookie(s.cookies.flash)) == 0
}

// serveCached answers a visitor with the bytes that every visitor gets. It answers
// false, and writes nothing, when this request has to be answered by itself.
func (s *Server) serveCached(c *fiber.Ctx, rt *route, x *exchange) (bool, error) {
	v := &visit{server: s, route: rt, address: x.address, id: x.id, span: x.span}
	key, ok := v.read(c)
	if !ok {
		return false, nil
	}
	e, ok, err := v.fetch(key)
	if !ok || err != nil {
		x.counted = v.loaded.Load()
		if err != nil && v.refused != nil {
			x.tellLimit(rt, policyAddress, s.config.PerAddress, *v.refused)
		}
		return false, err
	}
	s.cacheHeaders(c, rt, e)
	s.writeEntry(c, e, v.loaded.Load())
	return true, nil
}

// serveClass answers somebody who is signed in with the bytes that everybody of their
// class gets, as serveCached does. No cache outside this program keeps them.
func (s *Server) serveClass(ctx context.Context, c *fiber.Ctx, rt *route, r *Request) (bool, error) {
	class, ok, err := rt.cached.class(ctx, r)
	if !ok || err != nil {
		return false, err
	}
	v := &visit{server: s, route: rt, counted: true, span: r.x.span}
	v.request.class = class
	key, ok := v.read(c)
	if !ok {
		return false, nil
	}
	if class != "" {
		key = "class:" + class + ":" + key
	}
	e, ok, err := v.fetch(key)
	if !ok || err != nil {
		return false, err
	}
	s.writeEntry(c, e, v.loaded.Load())
	return true, nil
}

// fetch answers false when the request has to be answered by itself.
func (v *visit) fetch(key string) (entry, bool, error) {
	s := v.server
	options := cache.Options{TTL: s.config.PageTTL, Tags: v.route.cached.tags(&v.request)}
	if !v.route.revalidated {
		options.Grace, options.Ends = s.config.PageGrace, notKept
	}
	ctx := s.base
	if v.span != nil {
		ctx = v.span.Within(ctx)
	}
	if v.route.cached.shown != nil {
		if raw, ok := v.atHand(key); ok {
			if e, err := decodeEntry(raw); err == nil {
				return e, true, nil
			}
		}
		var told bool
		if v.shown, told = v.shownInGrace(key); !told {
			v.shown, v.untold = v.shownTags(ctx, key, options.Tags)
		}
		if errors.Is(v.untold, errTooManyRequests) && !v.loaded.Load() { // another's load was refused
			return entry{}, false, nil
		}
		options.Tags = slices.Concat(options.Tags, v.shown)
	}
	raw, err := s.config.Cache.Fetch(ctx, key, options, v.load)
	switch {
	case errors.Is(err, ErrNotKept) && v.unkept != nil:
		raw = v.unkept
	case errors.Is(err, ErrNotKept), errors.Is(err, errTooManyRequests) && !v.loaded.Load():
		return entry{}, false, nil
	case err != nil:
		return entry{}, false, err
	}
	e, err := decodeEntry(raw)
	if err != nil {
		s.log.Warn("a cached page is unreadable", zap.String("key", key), zap.Error(err))
	}
	return e, err == nil, nil
}

// notKept reports whether a page is none to keep any more, rather than one that cannot be
// made for now.
func notKept(err error) bool {
	if errors.Is(err, ErrNotKept) {
		return true
	}
	status := problemOf(err).Status
	return status < fiber.StatusInternalServerError && status != fiber.StatusTooManyRequests
}

// visit is a visitor's request, in copies: others may wait for what it loads, and
// the loading may outlive it.
type visit struct {
	server      *Server
	route       *route
	request     Request
	address, id string
	span        RequestSpan         // nil: it is not traced
	few         [2]param            // room for the parameters of most paths
	counted     bool                // against the limit of requests already
	loaded      atomic.Bool         // by this visit, not by another that asked at the same time
	admitted    atomic.Bool         // by the limit already
	shown       []string            // the tags of what the answer shows
	untold      error               // why they are not known
	unkept      []byte              // what this visit loaded for itself alone
	refused     *ratelimit.Decision // by the limit, of this visit's load
}

// read takes over what may make another answer, and returns its key: the path and
// the named parameters, never a header. Parameters that are not named are dropped.
func (v *visit) read(c *fiber.Ctx) (string, bool) {
	r := &v.request
	r.Method, r.Path, r.query = fiber.MethodGet, c.Path(), noQuery
	r.params = paramsOf(c, v.few[:0])
	key := v.server.keyPrefix() + r.Path
	raw := c.Request().URI().QueryString()
	if len(raw) == 0 || len(v.route.cached.query) == 0 {
		return key, true
	}
	given, err := url.ParseQuery(string(raw))
	if err != nil {
		return "", false
	}
	kept := url.Values{}
	for _, name := range v.route.cached.query {
		switch values := given[name]; {
		case len(values) > 1 || len(values) == 1 && len(values[0]) > maxCachedQuery:
			return "", false
		case len(values) == 1 && values[0] != "":
			kept.Set(name, values[0])
		}
	}
	if len(kept) > 0 {
		r.query = kept
		key += "?" + kept.Encode()
	}
	return key, true
}

// load is the cache's loader. What is made counts against the limit of requests;
// what is only handed out does not.
func (v *visit) load(ctx context.Context) ([]byte, error) {
	if err := v.admit(ctx); err != nil {
		return nil, err
	}
	if v.untold != nil {
		return nil, v.untold
	}
	raw, once, err := v.server.fill(ctx, v.route, &v.request, v.shown)
	if err == nil && once {
		v.unkept = raw
		return nil, ErrNotKept
	}
	return raw, err
}

// admit counts what this visit makes against the limit, once.
func (v *visit) admit(ctx context.Context) error {
	v.loaded.Store(true)
	if v.counted || v.admitted.Load() {
		return nil
	}
	x := &exchange{address: v.address, id: v.id}
	if err := v.server.limit(ctx, v.route, x); err != nil {
		v.refused = &x.decision
		return err
	}
	v.admitted.Store(true)
	return nil
}

// atHand is what is kept in this process and fresh.
func (v *visit) atHand(key string) ([]byte, bool) {
	if v.server.peeker == nil {
		return nil, false
	}
	return v.server.peeker.Peek(key)
}

// shownInGrace are the tags of what an answer shows that is kept in this process, also in its
// grace: it says them itself, so that nobody waits for the source that tells them. Where the
// next one shows something else, it is not kept under these.
func (v *visit) shownInGrace(key string) (tags []string, told bool) {
	if v.server.peeker == nil {
		return nil, false
	}
	raw, ok := v.server.peeker.PeekInGrace(key)
	if !ok {
		return nil, false
	}
	e, err := decodeEntry(raw)
	if err == nil {
		err = json.Unmarshal(e.shown, &tags)
	}
	return tags, err == nil
}

// shownTags are the tags of what an answer shows. They are kept on their own, for longer than
// an answer.
func (v *visit) shownTags(ctx context.Context, key string, tags []string) ([]string, error) {
	return cache.FetchJSON(ctx, v.server.config.Cache, "shown:"+key, cache.Options{Tags: tags}, func(ctx context.Context) ([]string, error) {
		if err := v.admit(ctx); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, v.server.config.RequestTimeout)
		defer cancel()
		return v.route.cached.shown(ctx, &v.request)
	})
}

var noQuery = url.Values{}

func (s *Server) keyPrefix() string {
	if s.config.Development { // files change while the program runs
		return "page:" + s.edition() + ":"
	}
	return s.prefix
}

// fill answers a request of a class of readers as bytes, and says whether they are for
// this request alone: also when they show what none of the tags that were found is of.
func (s *Server) fill(ctx context.Context, rt *route, r *Request, found []string) (raw []byte, once bool, err error) {
	x := &exchange{server: s, route: rt}
	r.x = x
	ctx, cancel := context.WithTimeout(exchangeContext{ctx, x}, s.config.RequestTimeout)
	defer cancel()
	h := rt.cached.load
	if h == nil {
		h = rt.handlerFor(r.Path)
	}
	reply, err := h(ctx, r)
	if err != nil {
		return nil, false, err
	}
	if reply.status != fiber.StatusOK || len(reply.cookies) > 0 || reply.flash != "" || len(reply.headers) > 0 {
		return nil, false, ErrNotKept
	}
	doc, err := s.document(ctx, x, reply)
	if err != nil {
		return nil, false, err
	}
	e := newEntry(doc)
	if rt.cached.shown != nil {
		e.tags = []byte(cdn.Header(slices.Concat(rt.cached.tags(r), reply.tags)))
		if e.shown, err = json.Marshal(found); err != nil {
			return nil, false, err
		}
		for _, tag := range reply.tags {
			reply.once = reply.once || !slices.Contains(found, tag)
		}
	}
	return e.encode(), reply.once, nil
}

// cacheHeaders says for how long others may keep what every visitor gets.
func (s *Server) cacheHeaders(c *fiber.Ctx, rt *route, e entry) {
	f, h := &s.fixed, &c.Response().Header
	if rt.revalidated {
		h.SetCanonical(f.cacheControl, f.own)
	} else {
		h.SetCanonical(f.cacheControl, f.shared)
	}
	switch {
	case rt.operation:
		h.SetCanonical(f.vary, f.apiVary)
	case rt.alternative != nil:
		h.SetCanonical(f.vary, f.formVary)
	default:
		h.SetCanonical(f.vary, f.sharedVary)
	}
	switch {
	case !s.config.CacheTags || rt.revalidated:
	case len(e.tags) > 0:
		h.SetCanonical(s.fixed.cacheTag, e.tags)
	default:
		r := Request{Method: fiber.MethodGet, Path: c.Path(), query: noQuery, params: paramsOf(c, nil)}
		if tags := rt.cached.tags(&r); len(tags) > 0 {
			h.Set(cdn.HeaderName, cdn.Header(tags))
		}
	}
}

// paramsOf appends what the path of a request holds.
func paramsOf(c *fiber.Ctx, to []param) []param {
	for _, name := range c.Route().Params {
		to = append(to, param{name, c.Params(name)})
	}
	return to
}

// writeEntry sends a cached answer, or 304 to who has it already.
func (s *Server) writeEntry(c *fiber.Ctx, e entry, fresh bool) {
	req, h := &c.Request().Header, &c.Response().Header
	var allowed accepted
	if len(e.etagGzip) > 0 {
		allowed = negotiate(req.Peek(fiber.HeaderAcceptEncoding))
	}
	tag, known := e.known(req.Peek(fiber.HeaderIfNoneMatch), allowed)
	body, encoding := e.plain, ""
	if !known {
		tag, body, encoding = s.represent(e, allowed, fresh)
	}
	h.SetCanonical(s.fixed.etag, tag)
	if len(e.csp) > 0 {
		s.asPage(c, e.csp)
	}
	if known {
		c.Status(fiber.StatusNotModified)
		return
	}
	if len(e.link) > 0 {
		h.SetCanonical(s.fixed.link, e.link)
	}
	h.SetContentTypeBytes(e.contentType)
	if encoding != "" {
		h.SetContentEncoding(encoding)
	}
	c.Response().SetBodyRaw(body)
}

// represent chooses what is sent of an entry: its ETag, its bytes, their encoding.
// A fresh entry goes out as it is unless its text was encoded before: many are
// never asked for again, and encoding takes longer than making most of them.
func (s *Server) represent(e entry, allowed accepted, fresh bool) (tag, body []byte, encoding string) {
	tag, encoding = e.etagBrotli, "br"
	z := s.brotli
	switch {
	case allowed&acceptsBrotli != 0:
	case allowed&acceptsGzip != 0:
		tag, encoding, z = e.etagGzip, "gzip", s.gzip
	default:
		return e.etag, e.plain, ""
	}
	if fresh && !s.encodings.have(tag) {
		return e.etag, e.plain, ""
	}
	return tag, s.encodings.get(tag, e.plain, z), encoding
}

// known returns the ETag, of one of the encodings that the client accepts, which it
// says it has. Which one is sent is ours to choose, so whichever it has will do.
func (e *entry) known(header []byte, allowed accepted) ([]byte, bool) {
	switch {
	case len(header) == 0:
	case allowed&acceptsBrotli != 0 && matches(header, e.etagBrotli):
		return e.etagBrotli, true
	case allowed&acceptsGzip != 0 && matches(header, e.etagGzip):
		return e.etagGzip, true
	case matches(header, e.etag):
		return e.etag, true
	}
	return nil, false
}
