// Package wire is the composition root: the only package that imports adapters.
//
// Each bounded context is one [Module]. A program is the list of its modules,
// handed to [Open]; a product in a repository of its own passes its modules beside
// these, in any order. What two of them declare under one name is refused. A module is
// built on a [Platform], which carries what every module may use and knows none of
// them, and on the contracts of others that its [Builder] takes, by their types.
package wire

import (
	"context"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/figures"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/mail/mailtemplate"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// Module is one bounded context as the program knows it.
type Module struct {
	Name    string // unique; the prefix of its tables, events, jobs and permissions
	Summary string // one sentence
	Grants  []Grant
	// Within declares permissions that members hold within their organizations.
	Within    []OrganizationGrant
	Publishes []events.Payload
	Provides  []Contract     // for other modules
	Settings  config.Section // by [SettingsOf]; its Build takes their type as a parameter
	Web       Web
	// Tables are what it keeps in the database; their Context is its name.
	Tables entstore.Tables
	// Mails are the words of its mails in each language, which Build finds in
	// [Platform.Templates] in the site's layout. A mail that is called welcome in them is
	// <module>.welcome to the product, which may word it otherwise.
	Mails mailtemplate.Source
	// Build makes the module's parts, by [Build0] to [Build5]. It is called once, after
	// those whose contracts it takes, and otherwise in the order of the list.
	Build Builder
}

// Grant declares a permission and the built-in roles that hold it.
type Grant struct {
	Permission identityport.Permission
	Roles      []identityport.Role
	// Administrative says that whoever holds the permission, by whatever role, is an
	// administrator where the installation requires a second factor of those.
	Administrative bool
}

// OrganizationGrant declares a permission within an organization and the built-in
// roles that hold it. An owner holds all of them.
type OrganizationGrant struct {
	Permission identityport.Permission
	Roles      []identityport.OrganizationRole
}

// Parts is what a module brings into the program.
type Parts struct {
	// UseCases is the application struct; its exported methods are the use cases.
	UseCases    any
	Subscribers []events.Subscriber
	Handlers    []jobs.Handler
	Schedules   []jobs.Schedule
	// Routes registers API and pages.
	Routes func(s *fiberhttp.Server) error
	// CheckRoutes refuses routes of the whole program that the module cannot be with; nil:
	// it can with any.
	CheckRoutes func(all []fiberhttp.RouteInfo) error
	// RaisedLimit answers the limit that requests of somebody with a personal access token
	// have instead of that of a token, and whether there is one; see
	// [fiberhttp.Config]. At most one module of a program has it.
	RaisedLimit func(ctx context.Context, actor identityport.Actor) (fiberhttp.RaisedLimit, bool, error)
	// Names is what shows people's names; nil: the module shows none.
	Names identityport.Watcher
	// Texts says which version of each text that people agree to is in force, by the
	// kind of the consent; nil: the module has none.
	Texts func(ctx context.Context) (map[string]string, error)
	// Explainer tells who may do what to the module's resources, and why, at /admin/access; nil:
	// the module has none.
	Explainer identityport.Explainer
	// Warnings is what an operator should mend before people come, in sentences. It is
	// logged when a program in production starts.
	Warnings func(ctx context.Context) ([]string, error)
	// Seed writes the module's sample data that is missing, in development, and tells s of
	// it; nil: it has none. Modules seed in the order in which they are built.
	Seed func(ctx context.Context, s *sample.Seeding) error
	// Development is what it brings to the tools of development.
	Development Development
	// Figures are what the module counts by going through its tables, for the metrics; nil:
	// nothing.
	Figures *Figures
	// Health are checks of what the module needs in order to serve, run beside the
	// platform's whenever somebody asks whether the program is ready.
	Health []HealthCheck
	// Export returns what the module holds about a person. What it erases, it erases on
	// identityport.UserErased.
	Export identityport.Export
}

// HealthCheck is something that a module needs in order to serve. A replica whose check
// fails is sent no requests, so it is for what this process cannot serve without; an
// outside service that is away is no reason to take every replica out.
type HealthCheck struct {
	Name string // begins with the module's; /readyz tells it to everybody
	// Check returns what is missing, which is logged and told to operators. It has two
	// seconds, and its outcome holds for one, however many ask.
	Check func(ctx context.Context) error
}

// Platform is what modules are built on.
type Platform struct {
	SiteName string // what the site calls itself in titles and mails

	Config  config.Config
	Log     *zap.Logger
	DB      *entstore.DB
	Events  *eventstore.Store
	Cache   cache.Cache
	Limiter ratelimit.Limiter
	Mail    mail.Sender
	// Templates are the mails of the module that is built, by the names that they have in
	// its Mails.
	Templates *mailtemplate.Templates
	Clock     clock.Clock
	IDs       idgen.Generator
	Metrics   *observe.Metrics

	developing   bool                   // see [Application]
	samplePeople func() []sample.Person // likewise, of all modules, once they are built
	services     *breaker.Set
	errorGroups  errortracking.Reads
	figures      *figures.Store
	process      process
	onClose      func(name string, f func() error)
	published    map[string][]func()
	jobs         jobReads
	auditStates  audit.States
	modules      []Module                        // all of them, for who decides what roles hold
	exports      func() []export                 // of all modules, once they are built
	explainers   func() []identityport.Explainer // likewise
	watchers     func() []identityport.Watcher   // likewise
	texts        func(ctx context.Context) (map[string]string, error)
}

// jobReads is what the job queues hold.
type jobReads interface {
	jobs.DeadReads
	jobs.QueueStates
}

// export tells what one module holds about a person.
type export struct {
	name string
	of   identityport.Export
}

// OnClose has f called when the program ends, before what it was opened on is closed.
func (p *Platform) OnClose(name string, f func() error) { p.onClose(name, f) }

// OnPublish has f called whenever this process has published such an event, once it is
// committed. A builder calls it; f must not block.
func (p *Platform) OnPublish(e events.Payload, f func()) {
	p.published[e.EventName()] = append(p.published[e.EventName()], f)
}
