package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/mailer"
	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/lifecycle"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
)

// Application is the program: the modules on their platform. It neither listens
// nor works until Serve or Work.
type Application struct {
	product    Product
	cfg        config.Config
	log        *zap.Logger
	infra      *infra
	modules    []built
	contracts  contracts // of all modules
	developing bool      // whether there are the tools of development; in no release, and not in production
	mails      *mailtemplate.Catalogs
	migrations migrations.Set

	assets  assets.Store // after BringUp
	islands fiberhttp.IslandRenderer

	saved    func(ctx context.Context, w io.Writer) error // tells pages of what is saved; nil: nobody does
	endSaved func()
}

type built struct {
	Module
	Parts
	metrics []string // what its builder gave to the metrics
}

// Open connects to the database and to Redis and builds the product's modules, each after those
// that it needs. It refuses, by their names, modules that declare the same thing and
// those whose needs none in the list meets. The caller closes the application.
func Open(ctx context.Context, cfg config.Config, log *zap.Logger, product Product) (_ *Application, err error) {
	modules := product.Modules
	a := &Application{product: product, cfg: cfg, log: log, contracts: contracts{}, developing: developing(cfg), migrations: Migrations(modules...)}
	if err := checkModules(modules); err != nil {
		return nil, err
	}
	if modules, err = inOrder(modules); err != nil {
		return nil, err
	}
	if a.mails, err = product.openMails(cfg.HTTP.BaseURL); err != nil {
		return nil, err
	}
	a.infra, err = openInfra(ctx, product, cfg, log, a.subscribers)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	p := &Platform{
		SiteName: product.Name, Config: cfg, Log: log, DB: a.infra.db, Events: a.infra.events, Cache: a.infra.cache, Limiter: a.infra.limiter,
		Mail: a.infra.mail, Clock: a.infra.clock, IDs: a.infra.ids, Metrics: a.infra.metrics,
		modules: modules, onClose: a.infra.onClose, published: a.infra.published, services: a.infra.services, process: a.infra.process(product), jobs: a.infra.queue, auditStates: a.infra.audit, exports: a.exports, explainers: a.explainers, watchers: a.watchers, texts: a.texts, errorGroups: a.infra.errorGroups, figures: a.infra.figures,
		developing: a.developing, samplePeople: a.samplePeople,
	}
	for _, m := range modules {
		given, err := m.given(a.contracts, cfg)
		if err != nil {
			return nil, err
		}
		own := *p
		own.Templates = a.mails.Of(m.Name)
		before := len(p.Metrics.Watched())
		parts, err := m.Build.build(&own, given)
		if err != nil {
			return nil, fmt.Errorf("module %s: %w", m.Name, err)
		}
		if !a.developing {
			parts.Development, parts.Seed = Development{}, nil
		}
		b := built{Module: m, Parts: parts, metrics: p.Metrics.Watched()[before:]}
		a.modules = append(a.modules, b)
		if err := a.contracts.provide(b); err != nil {
			return nil, fmt.Errorf("module %s: %w", m.Name, err)
		}
	}
	return a, a.register()
}

// Close releases what Open opened.
func (a *Application) Close() error { return a.infra.Close() }

func (a *Application) subscribers() []events.Subscriber {
	var out []events.Subscriber
	for _, m := range a.modules {
		out = append(out, m.Subscribers...)
	}
	return out
}

// register hands every handler to the queue, and every check to what tells whether the program is ready.
func (a *Application) register() error {
	kept := eventstore.Retention{Events: a.cfg.Retention.Events, Audit: a.cfg.Retention.Audit}
	own := []jobs.Handler{
		a.infra.events.DeliverHandler(), a.infra.events.PruneHandler(kept, a.infra.queue, a.infra.audit), purgeHandler(a.infra.cdn),
		a.infra.audit.SealHandler(), a.infra.audit.VerifyHandler(loggedAuditCheck(a.log)), a.infra.audit.StreamHandler(a.infra.auditStream),
		a.countFiguresHandler(), a.infra.pruneErrorsHandler(a.cfg.Retention.Errors),
	}
	kinds := make([]string, len(own))
	for n, h := range own {
		kinds[n] = h.Kind
	}
	if err := checkParts(a.modules, kinds...); err != nil {
		return err
	}
	if err := sample.CheckPeople(a.samplePeople()); err != nil {
		return err
	}
	handlers := own
	schedules := []jobs.Schedule{
		{Kind: eventstore.PruneKind, Every: time.Hour}, {Kind: eventstore.SealKind, Every: time.Minute}, {Kind: eventstore.VerifyKind, Every: 24 * time.Hour},
		{Kind: countFiguresKind, Every: countFiguresEvery}, {Kind: pruneErrorsKind, Every: time.Hour},
	}
	if a.infra.auditStream != nil {
		schedules = append(schedules, jobs.Schedule{Kind: eventstore.StreamKind, Every: time.Minute})
	}
	for _, m := range a.modules {
		handlers = append(handlers, m.Handlers...)
		schedules = append(schedules, m.Schedules...)
		for _, h := range m.Health {
			a.infra.health.Add(h.Name, h.Check)
		}
	}
	if err := a.watchFigures(); err != nil {
		return err
	}
	mailServer := a.infra.services.Breaker(serviceMail, mailer.Guard)
	for i, h := range handlers {
		handlers[i] = traced(a.infra.tracer, measured(a.infra.metrics, asJob(logged(a.log, keepRefused(a.infra.events, a.infra.metrics, a.log, postponed(sentOnce(mailServer, h)))))))
	}
	return a.infra.queue.Register(handlers, schedules)
}

// DeadLetters is the operator's view of jobs that used up their attempts. What is done
// with one is a use case of identity's administration, which keeps a record of it.
func (a *Application) DeadLetters() jobs.DeadReads { return a.infra.queue }

// useCases are those of the module that has them of a type.
func useCases[T any](a *Application) (T, error) {
	var zero T
	for _, m := range a.modules {
		if app, ok := m.UseCases.(T); ok {
			return app, nil
		}
	}
	return zero, fmt.Errorf("the module with %T is not part of this program", zero)
}

// Export writes what every module holds about a person, as one JSON document.
func (a *Application) Export(ctx context.Context, w io.Writer, who identityport.Subject) error {
	doc := map[string]any{"exported_at": a.infra.clock.Now().Format(time.RFC3339)}
	for _, e := range a.exports() {
		part, err := e.of(ctx, who)
		if err != nil {
			return fmt.Errorf("export %s: %w", e.name, err)
		}
		doc[e.name] = part
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

// watchers lists what shows people's names.
func (a *Application) watchers() []identityport.Watcher {
	var all []identityport.Watcher
	for _, m := range a.modules {
		if m.Parts.Names != nil {
			all = append(all, m.Parts.Names)
		}
	}
	return all
}

// texts asks every module which texts are in force.
func (a *Application) texts(ctx context.Context) (map[string]string, error) {
	out, owners := map[string]string{}, map[string]string{}
	for _, m := range a.modules {
		if m.Parts.Texts == nil {
			continue
		}
		versions, err := m.Parts.Texts(ctx)
		if err != nil {
			return nil, fmt.Errorf("module %s: %w", m.Name, err)
		}
		for kind, version := range versions {
			if other, taken := owners[kind]; taken {
				return nil, fmt.Errorf("%s and %s both have a text of the kind %s", other, m.Name, kind)
			}
			owners[kind] = m.Name
			out[kind] = version
		}
	}
	return out, nil
}

// Warn logs what the operator of a program in production should mend.
func (a *Application) Warn(ctx context.Context) {
	if !a.cfg.IsProduction() {
		return
	}
	for _, m := range a.modules {
		if m.Parts.Warnings == nil {
			continue
		}
		warnings, err := m.Parts.Warnings(ctx)
		if err != nil {
			a.log.Warn("what is to be mended could not be looked up", zap.String("module", m.Name), zap.Error(err))
		}
		for _, w := range warnings {
			a.log.Warn(w, zap.String("module", m.Name))
		}
	}
}

// explainers tell who may do what to the modules' resources.
func (a *Application) explainers() []identityport.Explainer {
	var out []identityport.Explainer
	for _, m := range a.modules {
		if m.Parts.Explainer != nil {
			out = append(out, m.Parts.Explainer)
		}
	}
	return out
}

// exports lists the modules that keep something about people.
func (a *Application) exports() []export {
	var out []export
	for _, m := range a.modules {
		if m.Parts.Export != nil {
			out = append(out, export{m.Name, m.Parts.Export})
		}
	}
	return out
}

// Migrate brings the database to the schema of this program.
func (a *Application) Migrate(ctx context.Context) error {
	return a.explainMigrations(a.migrations.Up(ctx, a.infra.db))
}

// MigrateDown rolls back the migrations that Migrations lists as applied last, in its
// order. It deletes data.
func (a *Application) MigrateDown(ctx context.Context, last ...Migration) error {
	return a.explainMigrations(a.migrations.Down(ctx, a.infra.db, last...))
}

// Migration is one step of the schema.
type Migration = migrations.Migration

// Migrations lists every migration and whether it is applied.
func (a *Application) Migrations(ctx context.Context) ([]Migration, error) {
	return a.migrations.Status(ctx, a.infra.db)
}

// Ready reports that the schema is the one this program needs, or says what to do. One
// that a newer version has migrated further is used as it is, as after a rollback, and
// the log says so.
func (a *Application) Ready(ctx context.Context) error {
	all, err := a.Migrations(ctx)
	if err != nil {
		return explainDatabase(a.cfg, err)
	}
	pending := 0
	var newer []string
	for _, m := range all {
		switch {
		case m.Unknown:
			newer = append(newer, fmt.Sprintf("%s/%d", m.Context, m.Version))
		case m.AppliedAt.IsZero():
			pending++
		}
	}
	if len(newer) > 0 {
		a.log.Warn("the database has migrations that this version does not know: another version of the program applied them, and nothing takes them back", zap.Strings("migrations", newer))
	}
	if pending > 0 {
		return fmt.Errorf("the database lacks %d migrations that this version needs: run `%s migrate up`, then start again", pending, a.product.CommandName())
	}
	return nil
}

// Serve answers requests and works on jobs until ctx ends. Then /readyz says so, and
// everything is served as before for DRAIN_DELAY; then nothing more is accepted, and
// what is under way ends. It listens on ln, or at ADDR when ln is nil. ready is called with the address once requests
// are answered.
func (a *Application) Serve(ctx context.Context, ln net.Listener, ready func(addr net.Addr)) error {
	server, err := a.server(false)
	if err != nil {
		return err
	}
	secured, err := a.security()
	if err != nil {
		return err
	}
	web, plain, admin, err := a.listeners(ctx, ln)
	if err != nil {
		return err
	}
	defer closeListeners(web, plain, admin)
	failed := make(chan error, 3)
	var parts []lifecycle.Part
	if secured != nil {
		web = fiberhttp.Secure(web, secured.tls)
		parts = secured.parts(a.cfg.HTTP.BaseURL, plain, failed)
	}
	parts = append(append(parts, a.workParts(admin, failed)...), lifecycle.Part{
		Name: "the web server",
		Start: func(context.Context) error {
			go func() {
				if err := server.Serve(web); err != nil {
					failed <- err
				}
			}()
			ready(web.Addr())
			return nil
		},
		Drain: func(ctx context.Context) {
			server.Drain()
			a.awaitDrain(ctx)
		},
		Stop: func(ctx context.Context) error {
			if a.endSaved != nil {
				a.endSaved() // whoever listens would hold the end up
			}
			return server.Shutdown(ctx)
		},
	})
	return lifecycle.Run(ctx, a.cfg.HTTP.ShutdownTimeout, failed, parts...)
}

// awaitDrain serves on until those who look at /readyz know that this process stops.
func (a *Application) awaitDrain(ctx context.Context) {
	delay := a.cfg.HTTP.DrainDelay
	if delay == 0 {
		return
	}
	a.log.Info("this process stops: requests are served until the drain delay is over", zap.Duration("drain_delay", delay))
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Work runs jobs, and nothing else, until ctx ends.
func (a *Application) Work(ctx context.Context) error {
	admin, err := a.listenAdmin(ctx)
	if err != nil {
		return err
	}
	defer closeListeners(admin)
	failed := make(chan error, 1)
	return lifecycle.Run(ctx, a.cfg.HTTP.ShutdownTimeout, failed, a.workParts(admin, failed)...)
}

// workParts are the jobs, the reading of what others made stale and, where there is a listener for it, the admin server.
func (a *Application) workParts(ln net.Listener, failed chan<- error) []lifecycle.Part {
	parts := []lifecycle.Part{a.infra.errorsPart(), a.infra.invalidationsPart()}
	if ln != nil {
		admin := observe.NewAdmin(a.infra.metrics, a.infra.health)
		parts = append(parts, lifecycle.Part{
			Name: "the admin server",
			Start: func(context.Context) error {
				go func() {
					if err := admin.Serve(ln); err != nil {
						failed <- err
					}
				}()
				return nil
			},
			Drain: func(context.Context) { a.infra.health.Drain() },
			Stop:  admin.Shutdown,
		})
	}
	// Beside the web server: a request that hangs takes no time from the jobs under way,
	// and none is begun that would have to be cut off.
	return append(parts, lifecycle.Part{Name: "jobs", Start: a.infra.queue.Start, Stop: a.infra.queue.Stop, WithNext: true})
}

// Routes lists every route with its access.
func (a *Application) Routes() ([]fiberhttp.RouteInfo, error) {
	s, err := a.server(true)
	if err != nil {
		return nil, err
	}
	return s.Routes(), s.Validate()
}

// OpenAPI returns the description of the API, version 3.1, as JSON.
func (a *Application) OpenAPI() ([]byte, error) {
	s, err := a.server(true)
	if err != nil {
		return nil, err
	}
	return s.OpenAPI()
}
