package fiberhttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// Handler answers one request. An error becomes a page or a problem by its kind.
type Handler func(ctx context.Context, r *Request) (Reply, error)

// RouteInfo is a route as the table of routes shows it.
type RouteInfo struct {
	Method string
	Path   string
	Access string
	// Note says what is unusual about the route; empty for most.
	Note string
}

// Option makes one route different from the rest.
type Option func(*route)

// Cached keeps the answer to visitors and serves its bytes until one of the tags
// is invalidated. The handler is then called with a [Request] that holds nothing
// but the path's parameters and the named query parameters, so that whatever else
// a visitor sent cannot reach what others see.
func Cached(tags func(r *Request) []string, query ...string) Option {
	return func(rt *route) { rt.cached = &cacheRule{tags: tags, query: slices.Sorted(slices.Values(query))} }
}

// ShownTags says what else makes a kept answer of a [Cached] route stale: the tags of what it
// shows, which its path does not tell. What shown answers is kept as long as none of the tags
// of the route is invalidated. An answer whose own tags, see [Reply.CacheTags], are others, is
// of a later state, and serves the request that made it alone.
func ShownTags(shown func(ctx context.Context, r *Request) ([]string, error)) Option {
	return func(rt *route) {
		if rt.cached != nil {
			rt.cached.shown = shown
		}
	}
}

// Revalidated keeps the answer of a [Cached] route out of shared caches, and has browsers
// ask each time whether it is still the same: for what must be seen as soon as it
// changes.
func Revalidated() Option { return func(rt *route) { rt.revalidated = true } }

// MaxBody bounds the body; the default is 64 KiB.
func MaxBody(bytes int) Option { return func(rt *route) { rt.maxBody = bytes } }

// Oversize answers people whose form is larger than the route accepts, or the server
// does, so that the page says so where the form stands. The handler gets the request
// without its body, and runs for those whom the route lets in.
func Oversize(h Handler) Option { return func(rt *route) { rt.oversize = h } }

// CrossOrigin lets a POST come from elsewhere. The reason is shown in the table of
// routes: the route must prove by other means that the request is wanted.
func CrossOrigin(reason string) Option {
	return func(rt *route) { rt.crossOrigin, rt.note = true, reason }
}

// FromBrowser lets a form come from the browser or the device itself, as what a person
// shares with an installed site does (Sec-Fetch-Site: none): no page can send that. The
// reason is shown in the table of routes.
func FromBrowser(reason string) Option {
	return func(rt *route) { rt.fromBrowser, rt.note = true, reason }
}

// Program marks a route for programs: errors are problems, whatever is accepted,
// and a request without a session cookie needs no sign of its origin.
func Program() Option { return func(rt *route) { rt.program = true } }

// ProgramsToo marks a route for people that programs may use as well: a request
// without a session cookie needs no sign of its origin.
func ProgramsToo() Option { return func(rt *route) { rt.programsToo = true } }

// PreservesForm is for forms that people write in for long: one that is sent after the
// session has ended comes back with what was typed, instead of leading away.
func PreservesForm() Option { return func(rt *route) { rt.preservesForm = true } }

// Head answers HEAD of a GET that does something: HEAD does nothing (RFC 9110, 9.2.1),
// so the route's own handler does not run for it.
func Head(h Handler) Option { return func(rt *route) { rt.head = h } }

// Counted has count called for each GET that was answered with the route's document, in
// full or because the client has it already, from a cache of this program or not. What a
// browser fetches ahead of need is nobody's reading, and neither is what its handler
// calls [LeaveUncounted] for. count is called by many at once and must not wait.
func Counted(count func()) Option { return func(rt *route) { rt.count = count } }

// Quiet marks a route that is asked all the time: logged at debug level, and not
// counted against the limit of requests.
func Quiet() Option { return func(rt *route) { rt.quiet = true } }

// SecretPath marks a route whose path holds a secret: the log has its pattern instead.
func SecretPath() Option { return func(rt *route) { rt.secretPath = true } }

// Unlimited lets a route be asked without end: what it takes is proven otherwise.
func Unlimited() Option { return func(rt *route) { rt.unlimited = true } }

// Admit takes a place for a request, by what its browser is known by and who is signed in;
// what it fails with is the answer. The context goes on to the handler.
type Admit func(ctx context.Context, device identity.Secret, actor identity.Actor) (_ context.Context, leave func(), err error)

// Admitted has every request of a route take a place, or, where fields are named, every
// one whose body gives one of them. On a public route that is before the request is
// counted and before anything is read for it, and nobody is signed in yet; on any other
// as soon as it is known who asks. The place is given back with the answer. While it is
// held, the request's context ends when its client hangs up.
func Admitted(admit Admit, fields ...string) Option {
	return func(rt *route) { rt.admit, rt.admitFields = admit, fields }
}

// Refused answers people whom [Admitted] refuses, with what they were refused for: their
// form, with what they typed. On a public route the request has nobody as its actor.
func Refused(h func(ctx context.Context, r *Request, refusal error) (Reply, error)) Option {
	return func(rt *route) { rt.refused = h }
}

type route struct {
	method, path  string
	access        Access
	handler       Handler
	head          Handler       // instead of both, for HEAD
	forward       fiber.Handler // instead of handler: an API operation, an adapted net/http handler
	cached        *cacheRule
	alternative   *alternative
	revalidated   bool // visitors' caches ask before they show a cached answer
	maxBody       int
	crossOrigin   bool
	fromBrowser   bool // takes what no page began
	program       bool
	operation     bool     // of the API
	raw           bool     // the body is bytes, which only the handler understands
	headers       []string // that the operation reads
	programsToo   bool
	quiet         bool
	secretPath    bool
	unlimited     bool
	anonymous     bool // nobody is looked up
	admit         Admit
	admitFields   []string // of the requests that need a place; empty: all
	refused       func(ctx context.Context, r *Request, refusal error) (Reply, error)
	fallback      bool // what no route matched
	preservesForm bool // answers who is signed out with what their form held
	resumes       resumption
	oversize      Handler // answers a body beyond maxBody
	note          string
	count         func() // see Counted; nil: nobody counts

	observers atomic.Pointer[[]observer] // of the few answers that the route gives
}

const defaultMaxBody = 64 << 10

type routeKey struct{ method, path string }

// Page registers a route for people. Path is written as in OpenAPI
// ("/posts/{slug}"); "{rest...}" at its end takes everything that is left. GET
// answers HEAD too.
func (s *Server) Page(method, path string, a Access, h Handler, options ...Option) {
	rt := &route{method: method, path: path, access: a, handler: h, maxBody: defaultMaxBody}
	for _, o := range options {
		o(rt)
	}
	s.add(rt)
}

func (s *Server) add(rt *route) {
	switch {
	case !rt.access.declared():
		s.fail(fmt.Errorf("route %s %s does not declare who may use it", rt.method, rt.path))
		return
	case !rt.resumable():
		s.fail(fmt.Errorf("route %s %s asks for a recent proof and must say how it is resumed", rt.method, rt.path))
		return
	case s.sealed:
		s.fail(fmt.Errorf("route %s %s was added after the server was sealed", rt.method, rt.path))
		return
	case rt.revalidated && rt.cached == nil:
		s.fail(fmt.Errorf("route %s %s is not cached, so nothing of it is revalidated", rt.method, rt.path))
		return
	case rt.cached != nil && (rt.method != fiber.MethodGet || rt.access.level != public):
		s.fail(fmt.Errorf("route %s %s is cached and must therefore be a public GET", rt.method, rt.path))
		return
	}
	methods := []string{rt.method}
	if rt.method == fiber.MethodGet {
		methods = append(methods, fiber.MethodHead)
	}
	for _, m := range methods {
		key := routeKey{m, fiberPath(rt.path)}
		if !s.claim(m+" "+shape(key.path), "route "+m+" "+rt.path) {
			return
		}
		s.declared[key] = rt
		s.app.Add(m, key.path, s.pipeline(rt))
		if rt.cached != nil {
			s.hits.Add(m, key.path, s.hitOr(rt))
		}
	}
	s.routes = append(s.routes, rt)
}

// fail remembers a fault of registration for [Server.Validate].
func (s *Server) fail(err error) { s.faults = append(s.faults, err) }

// Routes lists what is served, by path and method.
func (s *Server) Routes() []RouteInfo {
	out := make([]RouteInfo, 0, len(s.routes))
	for _, rt := range s.routes {
		note := rt.note
		if rt.cached != nil {
			note = "cached for visitors"
		}
		out = append(out, RouteInfo{Method: rt.method, Path: rt.path, Access: rt.access.String(), Note: note})
	}
	slices.SortFunc(out, func(a, b RouteInfo) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return out
}

// Validate reports every fault of registration, and every route in the router
// that did not come with a declaration. Serve refuses to start on its error.
func (s *Server) Validate() error {
	faults := slices.Concat(s.faults, s.navigationFaults(), s.deviceFaults())
	for _, stack := range s.app.Stack() {
		for _, r := range stack {
			if _, ok := s.declared[routeKey{r.Method, r.Path}]; ok {
				continue
			}
			if s.sealed && r == s.last(r.Method) && r.Path == "/" {
				continue // the fallback, which answers what no route matched
			}
			faults = append(faults, fmt.Errorf("route %s %s does not declare who may use it", r.Method, r.Path))
		}
	}
	return errors.Join(faults...)
}

func (s *Server) last(method string) *fiber.Route {
	for _, stack := range s.app.Stack() {
		if n := len(stack); n > 0 && stack[n-1].Method == method {
			return stack[n-1]
		}
	}
	return nil
}

// fiberPath writes an OpenAPI path as fiber wants it.
func fiberPath(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		name, ok := strings.CutPrefix(p, "{")
		if !ok {
			continue
		}
		name = strings.TrimSuffix(name, "}")
		if strings.HasSuffix(name, "...") {
			parts[i] = "*"
			continue
		}
		parts[i] = ":" + name
	}
	return strings.Join(parts, "/")
}

// shape is a path whose parameters have no names: two of one shape take the same requests.
func shape(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, ":") {
			parts[i] = ":"
		}
	}
	return strings.Join(parts, "/")
}

// Mount hands everything under prefix to a net/http handler, which sees the whole
// path and looks after the origin of requests itself, for the reason given.
func (s *Server) Mount(prefix string, a Access, h http.Handler, reason string) {
	for _, method := range []string{fiber.MethodGet, fiber.MethodPost} {
		s.add(&route{
			method: method, path: prefix + "/{rest...}", access: a, forward: adaptor.HTTPHandler(h),
			maxBody: defaultMaxBody, raw: true, crossOrigin: true, unlimited: true, note: reason,
		})
	}
}
