package fiberhttp

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// Web vitals: what visitors feel, as their browsers measured it (w3.org/TR/largest-contentful-paint,
// event-timing, layout-instability, navigation-timing-2). A page says once, when it is left,
// what they are, and its path, of which only the route is kept: nothing says who it was.

const (
	vitalsPath = "/vitals"
	maxVitals  = 512 // bytes of a body
	maxTiming  = time.Minute
	maxShift   = 10 // a page jumps by less than its height ten times over
)

// perNetwork bounds the pages of one address that count: a person reads fewer.
var perNetwork = ratelimit.Limit{Count: 60, Per: time.Minute}

var (
	errVitals      = fault.New(fault.Invalid, "http.vitals_invalid", "This is not what the page measures: send its path and at least one of lcp, inp, ttfb (milliseconds, up to a minute) and cls (0 to 10).")
	errVitalsRoute = fault.New(fault.Invalid, "http.vitals_unknown_page", "No page of this site has this path.")
)

// vitals is what a page says of itself, times in milliseconds.
type vitals struct {
	Path string   `json:"path"`
	LCP  *float64 `json:"lcp"`
	INP  *float64 `json:"inp"`
	CLS  *float64 `json:"cls"`
	TTFB *float64 `json:"ttfb"`
}

// The names of vitals, as [Config.Vital] is told them.
const (
	VitalLCP  = "lcp"  // seconds until the largest part was painted
	VitalINP  = "inp"  // seconds that the slowest answer took to what somebody did
	VitalCLS  = "cls"  // how much the page jumped
	VitalTTFB = "ttfb" // seconds until the first byte
)

// Anonymous has nobody looked up for a request: whatever cookie the browser adds is not
// read, so that what the route takes cannot be anybody's.
func Anonymous() Option { return func(rt *route) { rt.anonymous = true } }

func (s *Server) openVitals() {
	if s.config.Vital == nil && !s.config.Describe {
		return
	}
	s.Page(fiber.MethodPost, vitalsPath, Public(), s.takeVitals, Quiet(), Anonymous(), MaxBody(maxVitals))
}

func (s *Server) takeVitals(ctx context.Context, r *Request) (Reply, error) {
	if s.config.Limiter != nil {
		d, err := s.config.Limiter.Allow(ctx, "vitals:"+limitKey(r.IP), perNetwork)
		if err == nil && !d.Allowed {
			return Reply{}, errTooManyRequests.WithRetryAfter(d.RetryAfter)
		}
	}
	v, err := readVitals(r.Body())
	if err != nil {
		return Reply{}, err
	}
	route, ok := s.pageAt(v.Path)
	if !ok {
		return Reply{}, errVitalsRoute
	}
	for name, value := range map[string]*float64{VitalLCP: v.LCP, VitalINP: v.INP, VitalTTFB: v.TTFB} {
		if value != nil {
			s.config.Vital(route, name, *value/1000)
		}
	}
	if v.CLS != nil {
		s.config.Vital(route, VitalCLS, *v.CLS)
	}
	return Bytes(fiber.MIMETextPlainCharsetUTF8, nil).Status(http.StatusNoContent), nil
}

func readVitals(body []byte) (vitals, error) {
	const timing = float64(maxTiming / time.Millisecond)
	var v vitals
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if d.Decode(&v) != nil || d.Decode(&struct{}{}) != io.EOF {
		return vitals{}, errVitals
	}
	said := false
	for _, given := range []struct {
		value *float64
		most  float64
	}{{v.LCP, timing}, {v.INP, timing}, {v.TTFB, timing}, {v.CLS, maxShift}} {
		if given.value == nil {
			continue
		}
		if said = true; *given.value < 0 || *given.value > given.most {
			return vitals{}, errVitals
		}
	}
	if !said {
		return vitals{}, errVitals
	}
	return v, nil
}

// pageAt is the pattern of the page at a path, as the router takes it: one without
// parameters, else the first.
func (s *Server) pageAt(path string) (string, bool) {
	if !strings.HasPrefix(path, "/") {
		return "", false
	}
	if rt := s.declared[routeKey{fiber.MethodGet, path}]; rt != nil && isPage(rt) && !strings.Contains(path, "{") {
		return rt.path, true
	}
	given := strings.Split(path, "/")
	for _, rt := range s.routes { // in the order of the router
		if rt.method == fiber.MethodGet && isPage(rt) && strings.Contains(rt.path, "{") && isAt(strings.Split(rt.path, "/"), given) {
			return rt.path, true
		}
	}
	return "", false
}

// isPage reports whether a route may be a page that somebody looks at.
func isPage(rt *route) bool {
	return !rt.program && !rt.operation && !rt.quiet && !slices.Contains([]string{"api", "webhooks", ".well-known"}, strings.SplitN(rt.path, "/", 3)[1])
}

// isAt reports whether a path is of a pattern such as /posts/{slug} or /files/{name...}.
func isAt(pattern, path []string) bool {
	for i, part := range pattern {
		switch {
		case strings.HasPrefix(part, "{") && strings.HasSuffix(part, "...}"):
			return len(path) > i && path[i] != ""
		case i >= len(path):
			return false
		case strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}"):
			if path[i] == "" {
				return false
			}
		case part != path[i]:
			return false
		}
	}
	return len(pattern) == len(path)
}
