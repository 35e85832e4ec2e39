package fiberhttp

import (
	"bytes"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// errEncodedBody refuses a body that has to be unpacked: its size is known only
// after the work is done, so a few hundred bytes can ask for gigabytes.
var errEncodedBody = &Problem{
	Status: http.StatusUnsupportedMediaType, Code: "http.encoded_body",
	Detail: "Send the body as it is, without a Content-Encoding.",
}

// maxFields bounds the fields of a form: each costs many times its bytes where it is
// shown again.
const maxFields = 500

var errManyFields = &Problem{Status: http.StatusRequestEntityTooLarge, Code: "http.too_many_fields", Detail: "The form has more fields than any form of this site."}

// unreadable is a fault in the bytes of one parameter or field.
func unreadable(field, message string) error {
	return &Problem{
		Status: http.StatusBadRequest, Code: "http.invalid_text", Detail: "The request holds text that cannot be read; each place is named.",
		Errors: []ProblemField{{Field: field, Message: message}},
	}
}

const notText = "This is not text: it holds the character U+0000, or bytes that are not UTF-8."

// storable reports whether a database keeps the text: valid UTF-8 without U+0000,
// which Postgres refuses.
func storable[T ~string | ~[]byte](s T) bool {
	if b, ok := any(s).([]byte); ok {
		return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0
	}
	return utf8.ValidString(string(s)) && strings.IndexByte(string(s), 0) < 0
}

// checkEncoding refuses an encoded body (RFC 9110, 15.5.16), before anything
// decodes it: the library does so without a bound, and once for each of the
// encodings that are nested.
func checkEncoding(c *fiber.Ctx) error {
	if len(c.Request().Header.ContentEncoding()) == 0 && !names(c.Request().Header.RawHeaders(), "content-encoding") {
		return nil
	}
	c.Response().Header.Set(fiber.HeaderAcceptEncoding, "identity")
	return errEncodedBody
}

// checkQuery refuses what no database would keep, in a name or a value of the query.
func checkQuery(c *fiber.Ctx) error {
	if len(c.Request().URI().QueryString()) == 0 {
		return nil
	}
	return checkArgs(c.Request().URI().QueryArgs())
}

func checkArgs(args *fasthttp.Args) error {
	for name, value := range args.All() {
		if !storable(name) {
			return unreadable("", "A name is not text: it holds the character U+0000, or bytes that are not UTF-8.")
		}
		if !storable(value) {
			return unreadable(string(name), notText)
		}
	}
	return nil
}

// checkPath does the same for the parameters of the path, which programs and pages
// decode for themselves.
func checkPath(c *fiber.Ctx, rt *route) error {
	if !bytes.ContainsFunc(c.Request().URI().PathOriginal(), func(r rune) bool { return r == '%' || r >= utf8.RuneSelf }) {
		return nil
	}
	for _, name := range rt.parameters() {
		value, err := url.PathUnescape(c.Params(name))
		if err != nil || !storable(value) {
			return unreadable(strings.TrimSuffix(name, "1"), notText) // fiber calls the rest of a path *1
		}
	}
	return nil
}

// parameters are the names of what the path leaves open, as fiber knows them.
func (rt *route) parameters() []string {
	var out []string
	for part := range strings.SplitSeq(fiberPath(rt.path), "/") {
		switch name, ok := strings.CutPrefix(part, ":"); {
		case ok:
			out = append(out, name)
		case part == "*":
			out = append(out, "*1")
		}
	}
	return out
}

// checkBody does the same for the body. A webhook is left as it is: it is signed, and
// its sender must be able to send what it likes. What is neither a form nor bytes is
// taken for JSON, whatever its type says: operations read many types as JSON, also none.
func (s *Server) checkBody(rt *route, r *Request) error {
	body := r.c.Request().Body()
	switch {
	case len(body) == 0, rt.crossOrigin && rt.program:
		return nil
	case r.IsForm() && bytes.Count(body, []byte("&")) >= maxFields:
		return errManyFields
	case r.IsForm(), r.isMultipart():
		return checkForm(r.FormValues())
	case !rt.raw:
		return checkJSON(body)
	}
	return nil
}

func checkForm(form url.Values) error {
	for name, values := range form {
		if !storable(name) {
			return unreadable("", "A name is not text: it holds the character U+0000, or bytes that are not UTF-8.")
		}
		for _, v := range values {
			if !storable(v) {
				return unreadable(name, notText)
			}
		}
	}
	return nil
}

// checkHeaders does the same for the headers that an operation reads.
func checkHeaders(c *fiber.Ctx, rt *route) error {
	for _, name := range rt.headers {
		if !storable(c.Request().Header.Peek(name)) {
			return unreadable(name, notText)
		}
	}
	return nil
}

// headersOf are the headers that an operation's input names.
func headersOf(input reflect.Type) []string {
	var out []string
	for _, f := range reflect.VisibleFields(input) {
		if name, _, _ := strings.Cut(f.Tag.Get("header"), ","); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// takesBytes reports whether an operation reads its body as it came.
func takesBytes(input reflect.Type) bool {
	_, ok := input.FieldByName("RawBody")
	return ok
}

// valuesOf are the parameters of a query or a form. Only "&" parts them, and a "%"
// that begins no escape is itself, as browsers write and read them (WHATWG URL,
// application/x-www-form-urlencoded): one odd character spoils no other parameter.
func valuesOf(args *fasthttp.Args) url.Values {
	out := make(url.Values, args.Len())
	for name, value := range args.All() {
		out.Add(string(name), string(value))
	}
	return out
}
