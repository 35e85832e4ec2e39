package fiberhttp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/go-playground/validator/v10"
	"github.com/gofiber/fiber/v2"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// The names of the security schemes in the API's description.
const (
	cookieScheme = "session"
	bearerScheme = "bearer"
)

// apiPrefix is where the API lives.
const apiPrefix = "/api/v1"

func (s *Server) openAPI() error {
	c := huma.DefaultConfig(s.config.SiteName, "1")
	c.Info.Description = "Errors are problem+json (RFC 9457) with a stable code. Lists answer items and next_cursor. " +
		"Requests are signed in by the session cookie, or by a bearer token from /api/v1/auth/login."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", "" // what huma offers there loads from elsewhere
	c.CreateHooks = nil                                   // no $schema in answers
	c.Transformers = []huma.Transformer{s.transform}
	c.Servers = []*huma.Server{{URL: s.config.BaseURL}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		cookieScheme: {Type: "apiKey", In: "cookie", Name: s.cookies.session, Description: "What a browser holds. Unsafe methods need a same-origin Sec-Fetch-Site or Origin."},
		bearerScheme: {Type: "http", Scheme: "bearer", BearerFormat: "JWT"},
	}
	describeLimits(c.Components)
	s.api = humafiber.NewWithGroup(s.app, router{Router: s.app, server: s}, c)
	s.api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) { next(setsCookies{ctx}) })
	s.check = validator.New(validator.WithRequiredStructEnabled())
	s.check.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	return nil
}

// setsCookies hands out every cookie in a header of its own. Fiber joins what is
// appended to a header with commas, which is none to a browser (RFC 6265, 3).
type setsCookies struct{ operationContext }

type operationContext = huma.Context // by a name that is none of its methods

// Unwrap gives humafiber its own context back.
func (c setsCookies) Unwrap() huma.Context { return c.operationContext }

// AppendHeader implements huma.Context.
func (c setsCookies) AppendHeader(name, value string) {
	if name == fiber.HeaderSetCookie {
		humafiber.Unwrap(c).Response().Header.Add(name, value)
		return
	}
	c.operationContext.AppendHeader(name, value)
}

// router is where huma adds its routes. It takes only those that [Operation]
// announced, with their declaration.
type router struct {
	fiber.Router
	server *Server
}

func (r router) Add(method, path string, handlers ...fiber.Handler) fiber.Router {
	rt := r.server.announced
	r.server.announced = nil
	if rt == nil || rt.method != method || fiberPath(rt.path) != path || len(handlers) != 1 {
		r.server.fail(errors.New("route " + method + " " + path + " does not declare who may use it"))
		return r
	}
	rt.forward = handlers[0]
	r.server.add(rt)
	return r
}

// Operation registers an operation of the API. Path is relative to /api/v1.
// Fields of I and O are described by huma's tags; what they cannot say stands in
// `validate` tags, read by validator, on the body's fields.
func Operation[I, O any](s *Server, a Access, op huma.Operation, h func(ctx context.Context, in *I) (*O, error), options ...Option) {
	op.Path = apiPrefix + op.Path
	rt := &route{method: op.Method, path: op.Path, access: a, program: true, operation: true, headers: headersOf(reflect.TypeFor[I]()), raw: takesBytes(reflect.TypeFor[I]()), maxBody: defaultMaxBody}
	for _, o := range options {
		o(rt)
	}
	if !a.declared() {
		s.add(rt) // which refuses it
		return
	}
	s.claim("operation "+op.OperationID, "operation "+op.OperationID)
	op.MaxBodyBytes = int64(rt.maxBody) + 1 // huma refuses a body that is as long as its bound
	op.BodyReadTimeout = -1                 // fasthttp has read the body before any handler runs
	switch {
	case a.level != public:
		op.Security = []map[string][]string{{cookieScheme: {}}, {bearerScheme: {}}}
		op.Description = strings.TrimSpace(op.Description + "\n\nNeeds: " + a.String() + ".")
	case op.Security == nil:
		op.Security = []map[string][]string{}
	}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	problem := map[string]*huma.MediaType{problemType: {
		Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem"),
	}}
	op.Responses["default"] = &huma.Response{Description: "What went wrong.", Content: problem, Headers: limitHeaders()}
	if rt.admit != nil {
		op.Responses["503"] = &huma.Response{
			Description: "Too many requests like this one are under way, and nothing was done. Send it again after Retry-After.",
			Headers:     map[string]*huma.Param{fiber.HeaderRetryAfter: {Description: "Seconds to wait.", Schema: &huma.Schema{Type: huma.TypeInteger}}},
			Content:     problem,
		}
	}
	s.announced = rt
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		if err := s.validate(in); err != nil {
			return nil, s.apiError(ctx, err)
		}
		out, err := h(ctx, in)
		if err != nil {
			return nil, s.apiError(ctx, err)
		}
		return out, nil
	})
}

// CachedRead has an operation's answer to visitors kept as bytes, by the path and the
// named parameters of the query; load gives the document that the operation itself
// would, or fails with [ErrNotKept] for a request that is the operation's to judge.
func CachedRead(tags func(r *Request) []string, load Handler, query ...string) Option {
	return func(rt *route) {
		rt.cached = &cacheRule{tags: tags, load: load, query: slices.Sorted(slices.Values(query))}
	}
}

// ClassOf tells which class of readers somebody who is signed in belongs to: all of one
// class get the same bytes, and the loader gets the class alone ([Request.Class]), not
// who asks. It answers false for somebody whose answer is their own. Visitors are the
// class "".
type ClassOf func(ctx context.Context, r *Request) (class string, ok bool, err error)

// ByClass has a [CachedRead] answer those who are signed in from the cache as well.
func ByClass(class ClassOf) Option {
	return func(rt *route) {
		if rt.cached != nil {
			rt.cached.class = class
		}
	}
}

// SameForAll is the [ClassOf] of what everybody gets alike.
func SameForAll(context.Context, *Request) (string, bool, error) { return "", true, nil }

// apiError leaves the error for the pipeline, the one place where errors are
// written, over what huma makes of it.
func (s *Server) apiError(ctx context.Context, err error) error {
	if x := exchangeFrom(ctx); x != nil {
		x.failure = err
	}
	return problemOf(err)
}

// transform turns what huma found wrong into a problem.
func (s *Server) transform(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := fromHuma(m)
	if x := exchangeFrom(ctx.Context()); x != nil {
		p.name(x)
	}
	return p, nil
}

// validate applies the `validate` tags of an operation's Body.
func (s *Server) validate(in any) error {
	body := reflect.Indirect(reflect.ValueOf(in)).FieldByName("Body")
	if !body.IsValid() || body.Kind() != reflect.Struct {
		return nil
	}
	var faults validator.ValidationErrors
	err := s.check.Struct(body.Addr().Interface())
	if err == nil {
		return nil
	}
	if !errors.As(err, &faults) {
		return err
	}
	fields := make([]fault.Field, 0, len(faults))
	for _, f := range faults {
		_, name, _ := strings.Cut(f.Namespace(), ".")
		fields = append(fields, fault.Field{Name: name, Message: sentence(f)})
	}
	return errInvalidRequest.WithFields(fields...)
}

func sentence(f validator.FieldError) string {
	switch f.Tag() {
	case "required":
		return "This is needed."
	case "max":
		return "This may be at most " + f.Param() + "."
	case "min":
		return "This must be at least " + f.Param() + "."
	case "email":
		return "This is not an e-mail address."
	case "unique":
		return "This names something twice."
	case "uuid":
		return "This is not an id."
	}
	return "This does not satisfy the rule " + f.Tag() + "."
}

// OpenAPI writes the API's description (OpenAPI 3.1), the same bytes each time.
func (s *Server) OpenAPI() ([]byte, error) {
	doc := s.api.OpenAPI()
	if doc.Components != nil && doc.Components.Schemas != nil {
		for _, unused := range []string{"ErrorModel", "ErrorDetail"} { // huma's own, which Problem stands for
			delete(doc.Components.Schemas.Map(), unused)
		}
	}
	return doc.MarshalJSON()
}

func (s *Server) serveOpenAPI(context.Context, *Request) (Reply, error) {
	doc, err := s.OpenAPI()
	if err != nil {
		return Reply{}, err
	}
	return Bytes("application/vnd.oai.openapi+json;version=3.1", doc).Status(http.StatusOK), nil
}

// OptionalTime is a moment as the API gives it where it may be missing: null for zero.
func OptionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Patch is a member of a body that is merged into what is kept (RFC 7396): absent, it
// leaves what is there; null takes it away.
type Patch[T any] struct {
	Sent  bool
	Value *T // nil: null
}

// UnmarshalJSON implements [json.Unmarshaler].
func (p *Patch[T]) UnmarshalJSON(raw []byte) error {
	p.Sent = true
	return json.Unmarshal(raw, &p.Value)
}

// Schema implements [huma.SchemaProvider].
func (Patch[T]) Schema(r huma.Registry) *huma.Schema {
	s := huma.SchemaFromType(r, reflect.TypeFor[T]())
	s.Nullable = true
	return s
}

// NoDay is what to say where EndOfDay answers false.
const NoDay = "This is no day. Write it like 2027-03-04, or leave it empty."

// EndOfDay is the moment at which a day that a form posted is over, in UTC; zero for an
// empty field, and false for what is no day.
func EndOfDay(posted string) (time.Time, bool) {
	if posted == "" {
		return time.Time{}, true
	}
	day, err := time.Parse(time.DateOnly, posted)
	if err != nil {
		return time.Time{}, false
	}
	return day.AddDate(0, 0, 1), true
}
