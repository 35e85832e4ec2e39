package fiberhttp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-playground/validator/v10"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/deps"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// Server serves what was registered with it. Register everything, then Serve.
type Server struct {
	config   Config
	app      *fiber.App
	hits     *fiber.App              // what requests come to first
	whole    fasthttp.RequestHandler // of app
	entry    fasthttp.RequestHandler // of both
	api      huma.API
	check    *validator.Validate
	log      *zap.Logger
	cookies  cookieNames
	fixed    fixedHeaders
	policies policies
	cors     *cors  // nil: no page of another origin reads anything
	unknown  *route // what no route matched

	declared  map[routeKey]*route
	announced *route // the operation that huma is about to add
	routes    []*route
	faults    []error
	sealed    bool
	seal      sync.Once
	flashes   map[string]layout.Flash
	owner     string            // who registers now
	owners    map[string]string // of what is registered under a name of its own
	nav       navigation
	device    installed
	ahead     ahead
	prefix    string       // of cache keys
	peeker    cache.Peeker // nil: the cache cannot tell what it has at hand

	encodings     *encodings // of cached answers
	brotli, gzip  *compressor
	onceGzip      *compressor
	lines         sync.Pool // *logLine
	exchanges     sync.Pool // *exchange
	pages         pageBuffers
	addresses     addressTexts
	forms         pace  // of people for whom there was no place
	holds         holds // of their answers
	draining      atomic.Bool
	raisedFailure failurePause    // of the look-up of raised limits
	notReady      atomic.Int64    // when it was last logged that something is missing, in ns
	base          context.Context //nolint:containedctx // of all requests: it ends with the server
	stop          context.CancelFunc
}

// New makes a server without routes but the platform's own. It fails with every
// fault of the configuration at once.
func New(c Config) (*Server, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	shared, err := newCORS(c.CORSOrigins)
	if err != nil {
		return nil, err
	}
	base, stop := context.WithCancel(context.Background())
	s := &Server{
		config:    c,
		log:       c.Logger,
		cors:      shared,
		cookies:   namesFor(c.secure()),
		declared:  map[routeKey]*route{},
		flashes:   map[string]layout.Flash{},
		owner:     "the platform",
		owners:    map[string]string{},
		encodings: newEncodings(keptEncodings),
		brotli:    newBrotli(brotliCached), gzip: newGzip(gzipCached), onceGzip: newGzip(gzipOnce),
		base: base,
		stop: stop,
	}
	s.peeker, _ = c.Cache.(cache.Peeker)
	fixHeaders(&s.fixed, c.secure())
	s.lines.New = newLogLine
	s.exchanges.New = func() any { return &exchange{} }
	s.policies = policies{
		importMapHash: func() string {
			if s.config.Assets == nil {
				return ""
			}
			return s.config.Assets.ImportMapHash()
		},
		rulesHash: func() string {
			_, hash := s.speculation()
			return hash
		},
		criticalHash: func() string {
			if s.config.Assets == nil {
				return ""
			}
			return s.config.Assets.CriticalHash()
		},
		islands: c.Islands, formTargets: c.FormTargets, upgrade: c.secure(),
	}
	s.unknown = &route{method: "*", path: "(unmatched)", access: Public(), maxBody: c.BodyLimit, fallback: true}
	s.app = fiber.New(fiber.Config{
		AppName:                      c.SiteName,
		Immutable:                    true, // strings outlive the handler
		CaseSensitive:                true,
		StrictRouting:                true,
		EnableTrustedProxyCheck:      true, // with no list: forwarded headers count for nothing
		BodyLimit:                    c.BodyLimit,
		ReadBufferSize:               c.HeaderLimit,
		WriteBufferSize:              16 << 10, // most answers go out in one write
		ReadTimeout:                  c.ReadTimeout,
		WriteTimeout:                 c.WriteTimeout,
		IdleTimeout:                  c.IdleTimeout,
		DisableStartupMessage:        true,
		DisablePreParseMultipartForm: true,
		ErrorHandler:                 s.handleLibraryError,
	})
	s.app.Server().CloseOnShutdown = true
	s.openHits()
	if err := s.openAPI(); err != nil {
		return nil, err
	}
	s.platform()
	return s, nil
}

// SiteName and BaseURL are what pages say of the site.
func (s *Server) SiteName() string { return s.config.SiteName }

// BaseURL is the one public origin, without a slash at its end.
func (s *Server) BaseURL() string { return s.config.BaseURL }

// Now is the time by the clock of this program.
func (s *Server) Now() time.Time { return s.config.Clock.Now() }

// Development reports whether development aids are shown.
func (s *Server) Development() bool { return s.config.Development }

// Describing reports whether the server only lists its routes: dependencies may
// then be missing, and no handler is ever called.
func (s *Server) Describing() bool { return s.config.Describe }

// Require is for the Register functions of the subpackages: it answers a fault
// that names what is missing, unless the server only describes itself.
func (s *Server) Require(owner string, given any) error {
	if s.config.Describe {
		return nil
	}
	return deps.Check(owner, given)
}

// Owner names who registers from now on, for the faults that [Server.Validate] reports.
func (s *Server) Owner(name string) { s.owner = name }

// claim keeps others from registering something under the same key.
func (s *Server) claim(key, what string) bool {
	other, taken := s.owners[key]
	switch {
	case !taken:
		s.owners[key] = s.owner
	case other == s.owner:
		s.fail(fmt.Errorf("%s declares the %s twice", s.owner, what))
	default:
		s.fail(fmt.Errorf("%s and %s both declare the %s: rename one of them", other, s.owner, what))
	}
	return !taken
}

// Serves reports whether there is a page at a path without parameters.
func (s *Server) Serves(path string) bool {
	_, ok := s.declared[routeKey{fiber.MethodGet, path}]
	return ok
}

// Flashes names the messages that a [Reply.Flash] can ask for. A browser carries
// the name alone, so that nobody can put words into this site's mouth.
func (s *Server) Flashes(messages map[string]layout.Flash) {
	for name, m := range messages {
		s.claim("flash message "+name, "flash message "+name)
		s.flashes[name] = m
	}
}

// Handler seals the routes and returns what answers requests, for tests and
// benchmarks that bring their own listener.
func (s *Server) Handler() (fasthttp.RequestHandler, error) {
	if err := s.finish(); err != nil {
		return nil, err
	}
	return s.entry, nil
}

func (s *Server) finish() error {
	s.seal.Do(func() {
		s.openCORS()
		s.app.Use(s.unmatchedOr())
		s.sealed = true
		s.openNavigation()
		s.openDevice()
		s.prefix = "page:" + s.edition() + ":"
		s.entry = s.handleAll()
		s.app.Server().Handler = s.entry
	})
	return s.Validate()
}

// Serve answers requests on ln until Shutdown, then returns nil. It refuses to
// start while [Server.Validate] finds a fault.
func (s *Server) Serve(ln net.Listener) error {
	if s.config.Describe {
		return errors.New("fiberhttp: this server only describes its routes")
	}
	if err := s.finish(); err != nil {
		return err
	}
	if err := s.app.Listener(listenTo(ln)); err != nil {
		return fmt.Errorf("fiberhttp: serve on %s: %w", ln.Addr(), err)
	}
	return nil
}

// Drain makes /readyz answer "not ready" while requests are still served, so that
// a load balancer sends its requests elsewhere. Every answer says that its connection
// ends, so that none is kept to be cut when the server stops.
func (s *Server) Drain() { s.draining.Store(true) }

func (s *Server) endWhileDraining(c *fiber.Ctx) {
	if s.draining.Load() {
		c.Response().SetConnectionClose()
	}
}

// Shutdown drains, stops accepting, and waits for requests under way until ctx
// ends; what is then still running has its context cancelled.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	defer s.stop()
	if err := s.app.ShutdownWithContext(ctx); err != nil {
		return fmt.Errorf("fiberhttp: shut down: %w", err)
	}
	return nil
}

// edition tells one set of pages from another: replicas of different versions may
// share a cache.
func (s *Server) edition() string {
	h := sha256.New()
	h.Write([]byte{entryVersion})
	h.Write([]byte(s.config.Version + "\n" + s.config.BaseURL + "\n" + s.config.SiteName + "\n"))
	if a := s.config.Assets; a != nil {
		h.Write([]byte(strings.Join(a.Stylesheets(), "\n") + a.ImportMap() + a.LoaderURL() + a.IslandsMap() + a.SSRVersion() + a.Critical()))
	}
	rules, _ := s.speculation()
	h.Write([]byte(rules))
	return hex.EncodeToString(h.Sum(nil)[:6])
}
