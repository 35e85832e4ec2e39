package wire

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/cataloghttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/dochttp"
	"github.com/neoforge-dev/neoforge/adapters/islandssr"
	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/adapters/zaplog"
	"github.com/neoforge-dev/neoforge/app/version"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
)

// server registers every route. One that describes needs no assets and never
// serves.
func (a *Application) server(describe bool) (*fiberhttp.Server, error) {
	s, err := a.bareServer(describe)
	if err != nil {
		return nil, err
	}
	for _, m := range a.modules {
		if m.Parts.Routes == nil {
			continue
		}
		s.Owner(m.Name)
		m.Web.declare(s)
		if err := m.Parts.Routes(s); err != nil {
			return nil, fmt.Errorf("routes of %s: %w", m.Name, err)
		}
	}
	s.Owner(platform)
	if err := a.documentation(s); err != nil {
		return nil, err
	}
	if err := a.catalog(s); err != nil {
		return nil, err
	}
	if err := a.developmentRoutes(s); err != nil {
		return nil, err
	}
	s.Defaults()
	routes := s.Routes()
	if err := a.checkDevelopment(routes); err != nil {
		return nil, err
	}
	for _, m := range a.modules {
		if m.CheckRoutes == nil {
			continue
		}
		if err := m.CheckRoutes(routes); err != nil {
			return nil, fmt.Errorf("module %s: %w", m.Name, err)
		}
	}
	return s, nil
}

// refusalDelay is how long a stranger for whose password there is no place waits for the
// answer: less than the Retry-After that it carries, and long enough that a crowd that
// asks again at once leaves the processor to the hashes.
const refusalDelay = time.Second / 2

// bareServer is one without the modules' routes.
func (a *Application) bareServer(describe bool) (*fiberhttp.Server, error) {
	cfg := fiberhttp.Config{
		SiteName:    a.product.Name,
		BaseURL:     a.cfg.HTTP.BaseURL,
		Version:     version.Build(),
		Development: !a.cfg.IsProduction(),

		SecurityContact: a.cfg.HTTP.SecurityContact,
		CORSOrigins:     a.cfg.HTTP.CORSOrigins,
		EarlyHints:      a.cfg.HTTP.EarlyHints == "on",
		Describe:        describe,
		Logger:          a.log,
		Clock:           a.infra.clock,
		Metrics:         a.infra.metrics,
		Cache:           a.infra.cache,
		Health:          a.health,
		WithIDs:         zaplog.WithIDs,
		Errors:          a.infra.errors,
		RefusalDelay:    refusalDelay,
		CacheTags:       a.cfg.Cloudflare.Purges(),
	}
	if a.cfg.HTTP.Measures() {
		cfg.Vital = a.infra.metrics.WebVital
	}
	if a.infra.tracer != nil {
		cfg.Tracer = requestTracer{a.infra.tracer}
	}
	if a.cfg.HTTP.Limited() {
		cfg.Limiter = a.infra.limiter
	}
	for _, cidr := range a.cfg.HTTP.TrustedProxies {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil {
			return nil, fmt.Errorf("TRUSTED_PROXIES: %w", err)
		}
		cfg.TrustedProxies = append(cfg.TrustedProxies, prefix)
	}
	raised := ""
	for _, m := range a.modules {
		if m.Parts.RaisedLimit == nil {
			continue
		}
		if raised != "" {
			return nil, fmt.Errorf("%s and %s both raise the limit of requests: leave it to one of them", raised, m.Name)
		}
		raised, cfg.RaisedLimit = m.Name, m.Parts.RaisedLimit
	}
	cfg.Sessions = take[fiberhttp.Authenticator](a.contracts)
	if !describe {
		cfg.Assets = a.assets
		cfg.Islands = a.islands
	}
	return fiberhttp.New(cfg)
}

// documentation serves web/docs and the pages of modules, rendered once, as /docs.
func (a *Application) documentation(s *fiberhttp.Server) error {
	renderer, err := markdown.New()
	if err != nil {
		return err
	}
	s.Navigate(
		fiberhttp.Entry{Place: fiberhttp.InHeader, Label: "Docs", Path: "/docs", Order: 30},
		fiberhttp.Entry{Place: fiberhttp.InFooter, Label: "Documentation", Path: "/docs", Order: 30},
	)
	s.Sitemap("/docs", "/catalog")
	s.Offline("/docs", "/docs/{page}")
	pages := []dochttp.Pages{dochttp.Shipped()}
	for _, m := range a.modules {
		if m.Web.Docs.Files != nil {
			pages = append(pages, dochttp.Pages{Of: m.Name, Files: m.Web.Docs.Files, Contents: m.Web.Docs.Contents})
		}
	}
	return dochttp.Register(s, dochttp.Deps{Pages: pages, Render: renderer.HTML})
}

// catalog serves the component guide: the platform's entries and the modules'.
func (a *Application) catalog(s *fiberhttp.Server) error {
	all := []cataloghttp.Catalog{cataloghttp.Shipped()}
	for _, m := range a.modules {
		all = append(all, m.Web.Catalog)
	}
	return cataloghttp.Register(s, all...)
}

// openPages finds what the browser gets, and starts making the engine that
// renders islands, which the first page that has one would otherwise wait for.
func (a *Application) openPages(store assets.Store) error {
	islands, err := islandssr.New(store.SSRBundle, islandssr.Options{
		Version: store.SSRVersion,
		Log: func(msg string, err error) {
			a.log.Error(msg, zap.Error(err))
			a.infra.errors.Report(errortracking.Report{Kind: errortracking.Island, Message: err.Error(), Types: errortracking.TypesOf(err)})
		},
	})
	if err != nil {
		return err
	}
	a.assets, a.islands = store, islands
	return nil
}

func (a *Application) health(ctx context.Context) []fiberhttp.Check {
	results := a.infra.health.Check(ctx)
	out := make([]fiberhttp.Check, len(results))
	for i, r := range results {
		out[i] = fiberhttp.Check{Name: r.Name, Err: r.Err}
	}
	return out
}
