package fiberhttp

import (
	"bytes"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"
	"github.com/valyala/fasthttp"
	"go.uber.org/zap"
)

// Most requests are for what is in the cache, so they go through an app of their own
// first. It has the cached routes alone and fiber's default of strings that are not
// copied: of a hit nothing outlives the answer but what is copied here. Everything else,
// and every hit that is not as plain as can be, goes on to the app that copies them.
//
// What is found under a path was kept by the route that takes the path there, so it does
// not matter that another route may stand before the cached ones.

// openHits makes the app for hits; its routes come with those of the other.
func (s *Server) openHits() {
	s.hits = fiber.New(fiber.Config{
		CaseSensitive: true, StrictRouting: true, DisableStartupMessage: true,
		ErrorHandler: func(c *fiber.Ctx, _ error) error { return s.answerWhole(c) },
	})
}

// handleAll is what answers every request.
func (s *Server) handleAll() fasthttp.RequestHandler {
	s.whole = s.app.Handler()
	if s.peeker == nil {
		return s.lastResort(s.whole)
	}
	s.hits.Use(s.answerWhole)
	return s.lastResort(s.hits.Handler())
}

func (s *Server) answerWhole(c *fiber.Ctx) error {
	s.whole(c.Context())
	return nil
}

func (s *Server) hitOr(rt *route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if s.answerHit(c, rt) {
			return nil
		}
		return s.answerWhole(c)
	}
}

// answerHit answers a visitor's request with what this process has at hand. It answers
// false when the request has to go the whole way.
func (s *Server) answerHit(c *fiber.Ctx, rt *route) (done bool) {
	if len(c.Request().Header.Peek(fiber.HeaderAuthorization)) > 0 || rt.prefersAlternative(c) || !s.visits(c) || len(c.Request().Body()) > rt.maxBody || checkBytes(c, rt) != nil {
		return false
	}
	x := s.exchanges.Get().(*exchange)
	defer func() {
		if p := recover(); p != nil { // which the whole way makes an error of
			s.log.Error("a cached answer could not be sent", zap.Any("panic", p), zap.Stack("stack"))
			c.Response().ResetBody()
			done = false
		}
		*x = exchange{room: x.room}
		s.exchanges.Put(x)
	}()
	x.started = time.Now()
	e, ok := s.storedAnswer(c, rt, x)
	if !ok {
		return false
	}
	x.method, x.path = methodLabel(c.Method()), strings.Clone(c.Path())
	s.identify(c, x)
	s.begin(c, x)
	s.cacheHeaders(c, rt, e)
	s.writeEntry(c, e, false)
	s.endWhileDraining(c)
	if s.config.Metrics != nil {
		s.config.Metrics.RequestStarted()
	}
	s.account(c, rt, x, nil)
	return true
}

// checkBytes refuses a request that some would read differently, or not at all.
func checkBytes(c *fiber.Ctx, rt *route) error {
	if err := checkFraming(c); err != nil {
		return err
	}
	if err := checkEncoding(c); err != nil {
		return err
	}
	if err := checkQuery(c); err != nil {
		return err
	}
	return checkPath(c, rt)
}

// storedAnswer finds the answer to most requests: one that is kept in this process, under a
// key that takes no decoding. It allocates nothing.
func (s *Server) storedAnswer(c *fiber.Ctx, rt *route, x *exchange) (entry, bool) {
	if s.peeker == nil {
		return entry{}, false
	}
	key, ok := s.plainKey(x.room[:0], c, rt)
	x.room = key
	if !ok {
		return entry{}, false
	}
	raw, ok := s.peeker.Peek(utils.UnsafeString(key)) // which does not keep it
	if !ok {
		return entry{}, false
	}
	e, err := decodeEntry(raw)
	return e, err == nil
}

// plainKey appends the key that [visit.read] makes, of a query whose characters stand for
// themselves; false for any other.
func (s *Server) plainKey(key []byte, c *fiber.Ctx, rt *route) ([]byte, bool) {
	key = append(append(key, s.keyPrefix()...), c.Path()...)
	raw := c.Request().URI().QueryString()
	if len(raw) == 0 || len(rt.cached.query) == 0 {
		return key, true
	}
	for _, b := range raw {
		if b != '&' && b != '=' && !unreserved(b) {
			return key, false
		}
	}
	separator := byte('?')
	for _, name := range rt.cached.query { // in order, as [url.Values.Encode] has them
		var value []byte
		given := 0
		for pair := range bytes.SplitSeq(raw, []byte{'&'}) {
			if k, v, _ := bytes.Cut(pair, []byte{'='}); string(k) == name {
				value, given = v, given+1
			}
		}
		if given > 1 || len(value) > maxCachedQuery || bytes.IndexByte(value, '=') >= 0 {
			return key, false
		}
		if len(value) == 0 {
			continue
		}
		key = append(append(append(append(key, separator), name...), '='), value...)
		separator = '&'
	}
	return key, true
}

// unreserved characters stand for themselves in a query (RFC 3986, 2.3).
func unreserved(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_' || b == '.' || b == '~'
}
