package fiberhttp

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// Pages of other origins may use the API with a bearer token, and with nothing else
// (Fetch standard, 3.2, "HTTP CORS protocol"). No answer ever says that credentials are allowed, so
// no browser lets such a page read what was asked with a cookie; and a request that
// carries one is told nothing, so that this does not hang on the browser alone.
//
// What is cached is for visitors, who have no token: it is the same for every origin
// and never names one. Who asks with a token gets the headers of their own request.

const (
	// corsExposed are the headers of an answer that a page of another origin may read,
	// beside those that every page may (Fetch standard, "CORS-safelisted response-header name").
	corsExposed = "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id"
	// corsMaxAge is how long a browser need not ask again, in seconds. Chromium takes two hours at the most.
	corsMaxAge = "7200"
	// corsVary is of answers to preflights: they hold for what was asked.
	corsVary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
)

// corsHeaders are those of a request that the edge itself reads; an operation names its own.
var corsHeaders = []string{fiber.HeaderAuthorization, fiber.HeaderContentType, fiber.HeaderIfNoneMatch, "X-Request-Id"}

var (
	errCORSOrigin = fault.New(fault.Forbidden, "http.cors_origin",
		"Pages of this origin may not use the API. Whoever runs this site lists those that may in CORS_ORIGINS.")
	errCORSToken = fault.New(fault.Forbidden, "http.cors_token",
		"Pages of other origins use the API with a bearer token: send it in the Authorization header.")
)

// cors is what other origins may do.
type cors struct {
	// origins are those that are listed, each by itself: headers are written with this copy,
	// never with the text of a request.
	origins  map[string]string
	declared []corsOperation // of the API, once all are known
	route    *route          // of the answers to preflights
}

// corsOperation is a method of a path, as preflights ask for it.
type corsOperation struct {
	method   string
	segments []string
	headers  []string
}

func newCORS(origins []string) (*cors, error) {
	if len(origins) == 0 {
		return nil, nil
	}
	known := make(map[string]string, len(origins))
	for _, o := range origins {
		u, err := url.Parse(o)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Scheme+"://"+u.Host != o || strings.Contains(o, "*") {
			return nil, fmt.Errorf("fiberhttp: CORSOrigins has %q: use an origin such as https://app.example.org", o)
		}
		known[o] = o
	}
	return &cors{
		origins: known,
		route:   &route{method: fiber.MethodOptions, path: "(preflight)", access: Public(), program: true, maxBody: defaultMaxBody},
	}, nil
}

// openCORS finds out what preflights may ask for, and what answers them.
func (s *Server) openCORS() {
	if s.cors == nil {
		return
	}
	for key, rt := range s.declared {
		if rt.operation {
			s.cors.declared = append(s.cors.declared, corsOperation{key.method, strings.Split(rt.path, "/"), rt.headers})
		}
	}
	s.cors.route.handler = s.answerPreflight
}

// unmatchedOr answers preflights, and what no route took.
func (s *Server) unmatchedOr() fiber.Handler {
	unmatched := s.pipeline(s.unknown)
	if s.cors == nil {
		return unmatched
	}
	preflight := s.pipeline(s.cors.route)
	return func(c *fiber.Ctx) error {
		h := &c.Request().Header
		if h.IsOptions() && underAPI(c.Path()) && len(h.Peek(fiber.HeaderOrigin)) > 0 && len(h.Peek(fiber.HeaderAccessControlRequestMethod)) > 0 {
			return preflight(c)
		}
		return unmatched(c)
	}
}

func underAPI(path string) bool {
	rest, ok := strings.CutPrefix(path, apiPrefix)
	return ok && (rest == "" || rest[0] == '/')
}

// shareWithOrigin lets the page of another origin read an answer of the API, errors
// included, if it asks with a bearer token and without a cookie.
func (s *Server) shareWithOrigin(c *fiber.Ctx) {
	if s.cors == nil || !underAPI(c.Path()) || c.Request().Header.IsOptions() {
		return
	}
	req, h := &c.Request().Header, &c.Response().Header
	s.varyByOrigin(c)
	origin, listed := s.cors.origins[string(req.Peek(fiber.HeaderOrigin))]
	if !listed || bearer(req.Peek(fiber.HeaderAuthorization)) == "" || len(req.Peek(fiber.HeaderCookie)) > 0 {
		return
	}
	h.Set(fiber.HeaderAccessControlAllowOrigin, origin)
	h.Set(fiber.HeaderAccessControlExposeHeaders, corsExposed)
}

// varyByOrigin says, of everything under the API, that another origin may get another answer.
func (s *Server) varyByOrigin(c *fiber.Ctx) {
	if s.cors != nil && underAPI(c.Path()) {
		c.Response().Header.Add(fiber.HeaderVary, fiber.HeaderOrigin)
	}
}

// answerPreflight says which methods and headers a page of another origin may use on a path.
// Whether what it wants is among them is the browser's to compare.
func (s *Server) answerPreflight(_ context.Context, r *Request) (Reply, error) {
	origin, listed := s.cors.origins[r.Header(fiber.HeaderOrigin)]
	if !listed {
		return Reply{}, errCORSOrigin
	}
	methods, headers := s.cors.at(r.Path)
	if len(methods) == 0 {
		return Reply{}, errNotFound
	}
	if !asksForToken(r.Header(fiber.HeaderAccessControlRequestHeaders)) {
		return Reply{}, errCORSToken
	}
	return NoContent().
		Header(fiber.HeaderAccessControlAllowOrigin, origin).
		Header(fiber.HeaderAccessControlAllowMethods, strings.Join(methods, ", ")).
		Header(fiber.HeaderAccessControlAllowHeaders, strings.Join(headers, ", ")).
		Header(fiber.HeaderAccessControlMaxAge, corsMaxAge).
		Header(fiber.HeaderVary, corsVary), nil
}

// asksForToken reports whether the request that a preflight is for has an Authorization
// header: browsers list it whenever a script sets it.
func asksForToken(headers string) bool {
	for name := range strings.SplitSeq(headers, ",") {
		if strings.EqualFold(strings.TrimSpace(name), fiber.HeaderAuthorization) {
			return true
		}
	}
	return false
}

// at lists the methods of a path, and the headers that its operations read.
func (p *cors) at(path string) (methods, headers []string) {
	segments := strings.Split(path, "/")
	for _, o := range p.declared {
		if !slices.EqualFunc(o.segments, segments, takesSegment) {
			continue
		}
		methods = append(methods, o.method)
		headers = append(headers, o.headers...)
	}
	if len(methods) == 0 {
		return nil, nil
	}
	headers = append(headers, corsHeaders...)
	slices.Sort(methods)
	slices.Sort(headers)
	return slices.Compact(methods), slices.Compact(headers)
}

// takesSegment reports whether a segment of a route's path takes one of a request's.
func takesSegment(declared, given string) bool {
	return declared == given || strings.HasPrefix(declared, "{") && given != ""
}
