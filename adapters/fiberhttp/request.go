package fiberhttp

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// Request is what a handler sees. Its strings may be kept.
type Request struct {
	Method string
	Path   string
	Actor  identity.Actor // the zero Actor for a visitor
	ID     string         // of this request, for people who ask for help
	IP     string         // network address of the client

	params []param
	query  url.Values
	form   url.Values
	files  map[string]File
	class  string
	c      *fiber.Ctx // nil for the request that fills a cache
	x      *exchange
}

// Param returns a parameter of the path, decoded; empty when it is not valid
// UTF-8 or holds a control character or an encoded slash.
func (r *Request) Param(name string) string {
	// A body that was refused before a route was looked for has none, for which Params panics.
	if r.c != nil && len(r.c.Route().Params) > 0 {
		return decodeSegment(r.c.Params(name))
	}
	for _, p := range r.params {
		if p.name == name {
			return decodeSegment(p.value)
		}
	}
	return ""
}

// Class is the class of readers that an answer is made for ([ClassOf]); empty for
// visitors, and for a request that is answered by itself.
func (r *Request) Class() string { return r.class }

func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '%' {
			return false
		}
	}
	return true
}

type param struct{ name, value string }

func decodeSegment(raw string) string {
	if plain(raw) {
		return raw
	}
	value, err := url.PathUnescape(raw)
	if err != nil || !utf8.ValidString(value) || strings.Count(value, "/") != strings.Count(raw, "/") ||
		strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return ""
	}
	return value
}

// Known reports whether the client has what a strong ETag names (If-None-Match), so
// that 304 answers it.
func (r *Request) Known(etag string) bool {
	given := r.Header(fiber.HeaderIfNoneMatch)
	return given != "" && matches([]byte(given), []byte(etag))
}

// Query returns the first value of a query parameter.
func (r *Request) Query(name string) string { return r.QueryValues().Get(name) }

// QueryValues returns all of the query.
func (r *Request) QueryValues() url.Values {
	if r.query == nil {
		r.query = url.Values{}
		if r.c != nil {
			r.query = valuesOf(r.c.Request().URI().QueryArgs())
		}
	}
	return r.query
}

// Form returns the first value of a field of a form (application/x-www-form-urlencoded,
// or multipart/form-data).
func (r *Request) Form(name string) string { return r.FormValues().Get(name) }

// FormValues returns all fields of the form.
func (r *Request) FormValues() url.Values {
	if r.form == nil {
		r.form = url.Values{}
		switch {
		case r.c == nil:
		case r.IsForm():
			var args fasthttp.Args
			args.ParseBytes(r.c.Request().Body())
			r.form = valuesOf(&args)
		default:
			r.readParts()
		}
	}
	return r.form
}

// IsForm reports whether the body is an encoded form.
func (r *Request) IsForm() bool {
	media, _, _ := strings.Cut(r.Header(fiber.HeaderContentType), ";")
	return strings.EqualFold(strings.TrimSpace(media), fiber.MIMEApplicationForm)
}

func (r *Request) isMultipart() bool {
	media, _, _ := strings.Cut(r.Header(fiber.HeaderContentType), ";")
	return strings.EqualFold(strings.TrimSpace(media), fiber.MIMEMultipartForm)
}

// IsJSON reports whether the body is JSON.
func (r *Request) IsJSON() bool {
	media, _, _ := strings.Cut(r.Header(fiber.HeaderContentType), ";")
	return strings.EqualFold(strings.TrimSpace(media), fiber.MIMEApplicationJSON)
}

// Body returns a copy of the body.
func (r *Request) Body() []byte {
	if r.c == nil {
		return nil
	}
	return append([]byte(nil), r.c.Request().Body()...)
}

// Header returns a header; empty in the request that fills a cache.
func (r *Request) Header(name string) string {
	if r.c == nil {
		return ""
	}
	return string(r.c.Request().Header.Peek(name))
}

// HTTPHeader returns all headers in the form of the standard library.
func (r *Request) HTTPHeader() http.Header {
	h := http.Header{}
	if r.c != nil {
		for k, v := range r.c.Request().Header.All() {
			h.Add(string(k), string(v))
		}
	}
	return h
}

// Cookie returns the value of a cookie by the name that it was set under (see
// [Cookie]); empty when the browser sent none.
func (r *Request) Cookie(name string) string {
	if r.c == nil || r.x == nil {
		return ""
	}
	return string(r.c.Request().Header.Cookie(cookieName(name, r.x.server.config.secure())))
}

// Device is where the request comes from, as sessions remember it.
func (r *Request) Device() identity.Device {
	agent := strings.ToValidUTF8(r.Header(fiber.HeaderUserAgent), "")
	if len(agent) > 400 {
		agent = strings.ToValidUTF8(agent[:400], "")
	}
	return identity.Device{UserAgent: agent, IP: r.IP, Token: identity.Secret(r.Cookie(deviceCookie))}
}

// SessionSecret is the session cookie that the browser sent; empty for none.
func (r *Request) SessionSecret() identity.Secret {
	return identity.Secret(r.Cookie(sessionCookie))
}
