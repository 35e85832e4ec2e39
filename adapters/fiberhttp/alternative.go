package fiberhttp

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// alternative is a second form of what a route answers.
type alternative struct {
	mediaType []byte
	extension string
	handler   Handler
}

// Alternative gives what a GET route answers a second form, which h makes: at the paths that
// end in the extension (".md"), and for who asks for the media type by name and does not
// prefer HTML to it. A [Cached] route keeps what it answers at paths alone: a form that is
// chosen by Accept is made for its request, and is in no cache, so that none can hand one form
// to who asked for the other. All answers say that they vary by Accept.
func Alternative(mediaType, extension string, h Handler) Option {
	return func(rt *route) { rt.alternative = &alternative{[]byte(mediaType), extension, h} }
}

// handlerFor is what answers a path of the route.
func (rt *route) handlerFor(path string) Handler {
	if rt.alternative != nil && strings.HasSuffix(path, rt.alternative.extension) {
		return rt.alternative.handler
	}
	return rt.handler
}

// prefersAlternative reports whether the form of a request's answer is chosen by Accept.
func (rt *route) prefersAlternative(c *fiber.Ctx) bool {
	if rt.alternative == nil || strings.HasSuffix(c.Path(), rt.alternative.extension) {
		return false
	}
	return prefers(c.Request().Header.Peek(fiber.HeaderAccept), rt.alternative.mediaType)
}

// prefers reports whether an Accept header (RFC 9110, 12.5.1) names a media type, and gives it
// no less weight than it gives HTML.
func prefers(accept, mediaType []byte) bool {
	if !bytes.Contains(accept, mediaType) { // most requests; one in other letters gets the page
		return false
	}
	var wanted, html float64
	named := -1 // how exactly the range that html is of names it
	for part := range bytes.SplitSeq(accept, []byte{','}) {
		name, parameters, _ := bytes.Cut(part, []byte{';'})
		weight := weightOf(parameters)
		exactness := -1
		switch name = bytes.TrimSpace(name); {
		case bytes.Equal(name, mediaType):
			wanted = max(wanted, weight)
		case string(name) == fiber.MIMETextHTML:
			exactness = 2
		case string(name) == "text/*":
			exactness = 1
		case string(name) == "*/*":
			exactness = 0
		}
		if exactness > named {
			named, html = exactness, weight
		}
	}
	return wanted > 0 && wanted >= html
}

// weightOf is the weight among the parameters of a range; 1 without one, and 0 for none that
// is a number.
func weightOf(parameters []byte) float64 {
	for p := range bytes.SplitSeq(parameters, []byte{';'}) {
		value, ok := bytes.CutPrefix(bytes.ToLower(bytes.TrimSpace(p)), []byte("q="))
		if !ok {
			continue
		}
		weight, err := strconv.ParseFloat(string(value), 64)
		if err != nil || weight < 0 || weight > 1 {
			return 0
		}
		return weight
	}
	return 1
}
