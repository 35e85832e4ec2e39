package fiberhttp

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
)

// Reply is a handler's answer. Make one with [HTML], [Bytes], [Redirect] or
// [NoContent], and add to it with its methods, each of which returns a copy.
type Reply struct {
	status      int
	component   templ.Component
	body        []byte
	contentType string
	location    string
	headers     []header
	cookies     []Cookie
	flash       string
	tags        []string
	final       bool // the body goes out as it is
	once        bool // no cache of this program keeps it
	frames      []string
	stream      func(ctx context.Context, w io.Writer) error
	file        io.ReadCloser
	fileSize    int
}

type header struct{ name, value string }

// Cookie is a cookie to set; one without a value is removed. It is for all paths of
// this host alone, HttpOnly unless Readable, and under https Secure, with __Host-
// before its name.
type Cookie struct {
	Name     string
	Value    string
	MaxAge   time.Duration
	Readable bool // by scripts: for what is no secret
}

// HTML answers with a page.
func HTML(c templ.Component) Reply { return Reply{status: http.StatusOK, component: c} }

// Bytes answers with a document. The bytes must not be changed afterwards.
func Bytes(contentType string, body []byte) Reply {
	return Reply{status: http.StatusOK, contentType: contentType, body: body}
}

// JSON answers with the document that an operation which returns v as its Body would.
func JSON(v any) (Reply, error) {
	var body bytes.Buffer
	to := json.NewEncoder(&body)
	to.SetEscapeHTML(false) // as huma writes it
	if err := to.Encode(v); err != nil {
		return Reply{}, err
	}
	return Bytes(fiber.MIMEApplicationJSON, body.Bytes()), nil
}

// Stream answers with a document that is written while it is sent, for what would
// be too much to hold at once. write runs after the handler has returned, with a
// context of its own, and not at all for HEAD. The status is sent by then, so what
// goes wrong must be told in the document itself; the error returned is logged.
func Stream(contentType string, write func(ctx context.Context, w io.Writer) error) Reply {
	return Reply{status: http.StatusOK, contentType: contentType, stream: write}
}

// Document answers with a document of a size that is known, which is read while it is sent and
// closed afterwards: what is read must not end with the context of the handler.
func Document(contentType string, size int, r io.ReadCloser) Reply {
	return Reply{status: http.StatusOK, contentType: contentType, file: r, fileSize: size}
}

// Redirect answers 303: the browser asks for to by GET.
func Redirect(to string) Reply { return Reply{status: http.StatusSeeOther, location: to} }

// NoContent answers 204.
func NoContent() Reply { return Reply{status: http.StatusNoContent} }

// Status returns the reply with another status.
func (r Reply) Status(code int) Reply {
	r.status = code
	return r
}

// Header returns the reply with a further header.
func (r Reply) Header(name, value string) Reply {
	r.headers = append(r.headers[:len(r.headers):len(r.headers)], header{name, value})
	return r
}

// SetCookie returns the reply with further cookies.
func (r Reply) SetCookie(cookies ...Cookie) Reply {
	r.cookies = append(r.cookies[:len(r.cookies):len(r.cookies)], cookies...)
	return r
}

// Frames returns a page that may show others in frames, by their origins
// (https://player.example.com). Any other page shows none.
func (r Reply) Frames(origins ...string) Reply {
	r.frames = append(r.frames[:len(r.frames):len(r.frames)], origins...)
	return r
}

// Once returns the reply as one that a [Cached] route does not keep: for what anybody
// can ask for in as many ways as they like.
func (r Reply) Once() Reply {
	r.once = true
	return r
}

// CacheTags returns the reply with the tags by whose invalidation the network in front of
// the program is told to drop it, where there is one. It is for answers that others may keep
// and the program does not, and for those of a route with [ShownTags]: a [Cached] route has
// tags of its own.
func (r Reply) CacheTags(tags ...string) Reply {
	r.tags = tags
	return r
}

// ClearCache returns the reply with the wish that the browser drops the pages that it
// keeps of this site. Drafts stay: the same person goes on.
func (r Reply) ClearCache() Reply { return r.Header("Clear-Site-Data", clearCache) }

// Flash returns the reply with a message for the next page, by its name in
// [Server.Flashes].
func (r Reply) Flash(name string) Reply {
	r.flash = name
	return r
}

// Seconds writes a duration for Retry-After, rounded up.
func Seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
