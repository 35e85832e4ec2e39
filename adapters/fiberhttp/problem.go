package fiberhttp

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/neoforge-dev/neoforge/ports/fault"
)

// Problem is an error as programs get it: RFC 9457, with the stable code to
// compare, the faulty fields, and the id of the request.
type Problem struct {
	Type      string         `json:"type" doc:"What kind of problem this is." format:"uri-reference" example:"/docs/api#h-errors"`
	Title     string         `json:"title" doc:"The status in words." example:"Not Found"`
	Status    int            `json:"status" doc:"The HTTP status." example:"404"`
	Detail    string         `json:"detail" doc:"One sentence that says what to do next."`
	Code      string         `json:"code" doc:"Stable name of the error, to be compared by programs." example:"content.post_not_found"`
	Errors    []ProblemField `json:"errors,omitempty" nullable:"false" doc:"The faulty fields."`
	RequestID string         `json:"request_id,omitempty" doc:"Names this request in the server's log."`
	TraceID   string         `json:"trace_id,omitempty" doc:"Names the trace that this request belongs to, where that is not request_id."`

	Challenge      string   `json:"challenge,omitempty" doc:"With identity.second_factor_required: what the second factor is proven to."`
	Methods        []string `json:"methods,omitempty" nullable:"false" doc:"With a challenge: by what it may be answered." example:"[\"totp\",\"recovery_code\"]"`
	PasskeyOptions any      `json:"passkey_options,omitempty" doc:"With a challenge that a passkey may answer: for navigator.credentials."`

	retryAfter int // seconds; zero: not said
}

// ProblemField is one fault of one field.
type ProblemField struct {
	Field   string `json:"field" doc:"Path of the field." example:"tags[2]"`
	Message string `json:"message" doc:"What is wrong with it."`
}

// The interfaces by which huma writes an error.
var (
	_ huma.StatusError       = (*Problem)(nil)
	_ huma.HeadersError      = (*Problem)(nil)
	_ huma.ContentTypeFilter = (*Problem)(nil)
)

const problemType = "application/problem+json"

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set(fiber.HeaderRetryAfter, strconv.Itoa(p.retryAfter))
	}
	return h
}

// name says which request the problem is of.
func (p *Problem) name(x *exchange) {
	if p.RequestID = x.id; x.trace != x.id {
		p.TraceID = x.trace
	}
}

func (p *Problem) json() []byte {
	data, err := json.Marshal(p)
	if err != nil { // strings and numbers only: cannot be
		return []byte(`{"status":500}`)
	}
	return data
}

// The errors of the edge itself.
var (
	errInternal         = fault.New(fault.Internal, "http.internal", "Something went wrong on the server. It has been logged; quote the request id when you report it.")
	errNotFound         = fault.New(fault.NotFound, "http.not_found", "There is nothing at this address.")
	errTooManyRequests  = fault.New(fault.TooMany, "http.too_many_requests", "Too many requests from this address in a short time.")
	errTooSlow          = fault.New(fault.Unavailable, "http.timeout", "The server took too long. Try again in a moment.")
	errInvalidRequest   = fault.New(fault.Invalid, "http.invalid_request", "The request has faults; each is named beside its field.")
	errMalformedRequest = fault.New(fault.Invalid, "http.malformed_request", "The request could not be read. Check its syntax.")
)

var errBodyTooLarge = &Problem{Status: http.StatusRequestEntityTooLarge, Code: "http.body_too_large", Detail: "The request's body is larger than this address accepts."}

func statusOf(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Outdated:
		return http.StatusPreconditionFailed
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// problemOf is the one mapper of errors. Whatever is not a fault, a problem or an
// error of the HTTP library is internal: its text stays here.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) && p != nil {
		c := *p
		return c.named()
	}
	if f := fault.As(err); f != nil && f.Kind != fault.Internal {
		return fromFault(f).named()
	}
	var fe *fiber.Error
	if errors.As(err, &fe) && fe.Code < http.StatusInternalServerError {
		return fromStatus(fe.Code).named()
	}
	if errors.Is(err, errClientDisconnected) || isDeadline(err) {
		return fromFault(errTooSlow).named()
	}
	return fromFault(errInternal).named()
}

// ProblemOf describes an error as programs get it. A handler that returns the
// problem may have added members to it.
func ProblemOf(err error) *Problem { return problemOf(err) }

// RetryAfter is the header by which an error asks to come back later, in seconds; empty
// when it does not. Whoever answers an error by a page of their own sends it too.
func RetryAfter(err error) string {
	if p := problemOf(err); p.retryAfter > 0 {
		return strconv.Itoa(p.retryAfter)
	}
	return ""
}

func fromFault(f *fault.Error) *Problem {
	p := &Problem{Status: statusOf(f.Kind), Code: f.Code, Detail: f.Message}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, ProblemField{Field: field.Name, Message: field.Message})
	}
	switch {
	case f.RetryAfter > 0:
		p.retryAfter = int(math.Ceil(f.RetryAfter.Seconds()))
	case f.Kind == fault.Unavailable:
		p.retryAfter = 5
	case f.Kind == fault.TooMany:
		p.retryAfter = 1
	}
	return p
}

// fromStatus describes what the HTTP library refused.
func fromStatus(status int) *Problem {
	switch status {
	case http.StatusNotFound:
		return fromFault(errNotFound)
	case http.StatusMethodNotAllowed:
		return &Problem{Status: status, Code: "http.method_not_allowed", Detail: "This address does not take requests of this kind."}
	case http.StatusRequestEntityTooLarge:
		c := *errBodyTooLarge
		return &c
	case http.StatusRequestHeaderFieldsTooLarge:
		return &Problem{Status: status, Code: "http.headers_too_large", Detail: "The request's headers are larger than this server accepts."}
	case http.StatusRequestTimeout:
		return &Problem{Status: status, Code: "http.request_timeout", Detail: "The request did not arrive in time."}
	case http.StatusPreconditionRequired:
		return &Problem{Status: status, Code: "http.precondition_required", Detail: "Send If-Match with the ETag of the version that you changed."}
	case http.StatusUnsupportedMediaType:
		return &Problem{Status: status, Code: "http.unsupported_media_type", Detail: "Send the body as application/json."}
	case http.StatusUnprocessableEntity:
		return fromFault(errInvalidRequest)
	}
	p := fromFault(errMalformedRequest)
	p.Status = http.StatusBadRequest
	return p
}

func (p *Problem) named() *Problem {
	p.Title = http.StatusText(p.Status)
	p.Type = "about:blank"
	if p.Code != "" {
		p.Type = "/docs/api#h-errors"
	}
	return p
}

// maxFaults bounds the faults that an answer lists: a body may hold thousands.
const maxFaults = 20

// fromHuma describes what huma's validation found.
func fromHuma(m *huma.ErrorModel) *Problem {
	p := fromStatus(m.Status)
	for _, e := range m.Errors[:min(len(m.Errors), maxFaults)] {
		field := e.Location
		for _, part := range []string{"body.", "query.", "path.", "header."} {
			field = strings.TrimPrefix(field, part)
		}
		if field == "body" {
			field = ""
		}
		p.Errors = append(p.Errors, ProblemField{Field: field, Message: e.Message})
	}
	if m.Status >= http.StatusInternalServerError {
		p = fromFault(errInternal)
	}
	return p.named()
}

// ErrPreconditionRequired refuses a change that does not say which version it
// changes (RFC 6585, 428).
var ErrPreconditionRequired error = fromStatus(http.StatusPreconditionRequired)
