package fiberhttp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// Authenticator tells who holds a credential. Its methods fail with a fault of
// kind Unauthenticated when nobody does.
type Authenticator interface {
	AuthenticateSession(ctx context.Context, secret identity.Secret) (identity.Actor, error)
	AuthenticateToken(ctx context.Context, token string) (identity.Actor, error)
	// AuthenticatePersonalToken notes the network address that the token came from.
	AuthenticatePersonalToken(ctx context.Context, secret identity.Secret, address string) (identity.Actor, error)
}

// IslandRenderer renders islands on the server. Render answers the whole tag; on
// failure the plain tag with its children, so that a page never fails by it.
type IslandRenderer interface {
	Render(ctx context.Context, element string, attributes map[string]string, data any, childrenHTML string) (string, error)
	// StyleHashes are the sources ('sha256-…') of the inline styles that Render writes.
	StyleHashes(ctx context.Context) ([]string, error)
}

// Metrics counts requests by route pattern. What Observer returns is called when a request
// has ended; it is kept, and called by many at once.
type Metrics interface {
	RequestStarted()
	Observer(method, route string, status int) func(elapsed time.Duration)
}

// Tracer decides which requests are traced.
type Tracer interface {
	// Request begins the span of a request, or returns nil when it is not traced.
	// traceparent is well-formed and of a trusted proxy, or empty.
	Request(method string, traceparent []byte, begun time.Time) RequestSpan
}

// RequestSpan is the span of a request that is traced.
type RequestSpan interface {
	TraceID() string
	Within(ctx context.Context) context.Context // for what the request does
	End(route string, status int, failure error)
}

// Check is one answer to "can this process serve?". A nil Err means yes.
type Check struct {
	Name string
	Err  error
}

// Config is what a [Server] needs. Describe makes one that only lists its routes
// and writes its OpenAPI document: it may lack every dependency and never serves.
type Config struct {
	SiteName    string
	BaseURL     string // the one public origin
	Version     string // of the program, of each build its own; part of every cache key
	Development bool
	Describe    bool

	Logger  *zap.Logger
	Clock   clock.Clock            // default: the system's
	Metrics Metrics                // nil: not counted
	Tracer  Tracer                 // nil: nothing is traced
	Errors  errortracking.Reporter // is told of defects: panics, and what is answered by 500; nil: nobody is
	// Vital is told what visitors' browsers measured of a page, by the pattern of its path; see
	// VitalLCP. nil: pages do not measure.
	Vital    func(route, vital string, value float64)
	Sessions Authenticator     //
	Cache    cache.Cache       // of pages for visitors
	Limiter  ratelimit.Limiter // nil: no limit on requests
	// RaisedLimit answers the limit that requests of somebody with a personal access token
	// have instead of PerToken; false: none. nil: nobody has one. It has 200 ms.
	RaisedLimit func(ctx context.Context, actor identity.Actor) (RaisedLimit, bool, error)
	Islands     IslandRenderer                                                       // nil: islands are plain tags
	Assets      assets.Store                                                         //
	Health      func(ctx context.Context) []Check                                    // nil: always ready
	WithIDs     func(ctx context.Context, requestID, traceID string) context.Context // nil: not passed on

	// CacheTags has pages that shared caches keep carry their tags, for a network that
	// purges by them.
	CacheTags bool

	// EarlyHints sends browsers of people who are signed in what their page will load before
	// it is made (103, RFC 8297), for a proxy in front that passes that on.
	EarlyHints bool

	TrustedProxies []netip.Prefix
	// CORSOrigins are the other origins whose pages may use the API with a bearer token, as
	// browsers write them in Origin; none by default.
	CORSOrigins []string
	// FormTargets are origins, beside this one, to which a form may lead: payment
	// providers' pages.
	FormTargets []string
	// SecurityContact is a URI for security.txt; empty: the file is not served.
	SecurityContact string

	PerAddress     ratelimit.Limit // default 600 a minute
	PerToken       ratelimit.Limit // of each personal access token; default 600 a minute
	PerPerson      ratelimit.Limit // with the access tokens of a person's sign-ins; default 600 a minute
	RefusalDelay   time.Duration   // of the answer to whom a public route has no place for; zero: none
	RequestTimeout time.Duration   // of the work on one request; default 15 s
	ReadTimeout    time.Duration   // of headers and body; default 15 s
	WriteTimeout   time.Duration   // default 30 s
	IdleTimeout    time.Duration   // of a kept connection; default 75 s
	BodyLimit      int             // of any request; default 4 MiB
	HeaderLimit    int             // default 16 KiB
	PageTTL        time.Duration   // of cached pages; default 10 minutes
	PageGrace      time.Duration   // how long one may be sent after that while it is made anew; default an hour
}

func (c *Config) complete() error {
	var faults []error
	need := func(ok bool, name string) {
		if !ok {
			faults = append(faults, fmt.Errorf("fiberhttp: %s is missing", name))
		}
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" ||
		strings.Trim(base.Path, "/") != "" || base.RawQuery != "" || base.User != nil {
		faults = append(faults, errors.New("fiberhttp: BaseURL must be an origin such as https://example.org"))
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	need(c.SiteName != "", "SiteName")
	if !c.Describe {
		need(c.Logger != nil, "Logger")
		need(c.Sessions != nil, "Sessions")
		need(c.Cache != nil, "Cache")
		need(c.Assets != nil, "Assets")
	}
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	if c.Errors == nil {
		c.Errors = errortracking.Nobody{}
	}
	if c.Clock == nil {
		c.Clock = clock.System{}
	}
	c.limitDefaults()
	preset(&c.RequestTimeout, 15*time.Second)
	preset(&c.ReadTimeout, 15*time.Second)
	preset(&c.WriteTimeout, 30*time.Second)
	preset(&c.IdleTimeout, 75*time.Second)
	preset(&c.BodyLimit, 4<<20)
	preset(&c.HeaderLimit, 16<<10)
	preset(&c.PageTTL, 10*time.Minute)
	preset(&c.PageGrace, time.Hour)
	return errors.Join(faults...)
}

func preset[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (c *Config) secure() bool { return strings.HasPrefix(c.BaseURL, "https://") }
