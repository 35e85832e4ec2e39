package wire

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"github.com/neoforge-dev/neoforge/adapters/images"
	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/adapters/passwords"
	"github.com/neoforge-dev/neoforge/adapters/sealing"
	"github.com/neoforge-dev/neoforge/adapters/tokens"
	"github.com/neoforge-dev/neoforge/adapters/totp"
	"github.com/neoforge-dev/neoforge/adapters/webauthn"
	"github.com/neoforge-dev/neoforge/app/config/identityconfig"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identityapp"
	"github.com/neoforge-dev/neoforge/modules/identity/retention"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Identity is the context of people: who they are and what they may do.
var Identity = IdentityWith(IdentityOptions{})

// IdentityOptions are what a product attaches to identity.
type IdentityOptions struct {
	// Captcha asks whoever signs up, or wants a mail sent, to show that they
	// are a person; nil asks nothing.
	Captcha identity.Captcha
	// Passwords hashes and checks passwords; nil: argon2id on this machine.
	Passwords identity.PasswordHasher
	// PasswordsAtOnce bounds the requests of one process that have a password hashed or
	// wait for it; zero: about two seconds of work.
	PasswordsAtOnce int
}

// IdentityWith is [Identity] with what a product attaches to it.
func IdentityWith(o IdentityOptions) Module {
	return Module{
		Name:    "identity",
		Summary: "Who people are, how they prove it, where they are signed in, and what they may do.",
		Grants: []Grant{
			{Permission: identity.PermissionManageUsers, Roles: []identityport.Role{identityport.RoleAdministrator}, Administrative: true},
			{Permission: identity.PermissionImpersonate, Roles: []identityport.Role{identityport.RoleAdministrator}, Administrative: true},
			{Permission: identity.PermissionManageRoles, Roles: []identityport.Role{identityport.RoleAdministrator}, Administrative: true},
			{Permission: identity.PermissionReadAudit, Roles: []identityport.Role{identityport.RoleAdministrator}, Administrative: true},
		},
		Within:    ownGrants(),
		Publishes: []events.Payload{identityport.UserRegistered{}, identityport.UserRenamed{}, identityport.UserTokensRevoked{}, identityport.UserErased{}, identityport.OrganizationDeleted{}},
		Provides: []Contract{
			Provide(func(r *identityapp.Rooms) identityport.Directory { return r.Account }),
			Provide(func(r *identityapp.Rooms) identityport.Grants { return r.Organizations }),
			Provide(func(r *identityapp.Rooms) identityport.Actors { return r.SignIn }),
			Provide(func(r *identityapp.Rooms) fiberhttp.Authenticator { return r.SignIn }),
		},
		Settings: SettingsOf[identityconfig.Settings](""),
		Web: Web{
			Files:   assets.OwnFiles,
			Catalog: identityhttp.Catalog(),
			Navigation: []fiberhttp.Entry{
				{Place: fiberhttp.InMenu, Label: "Account", Path: "/account", Order: 20},
				{Place: fiberhttp.InMenu, Label: "Administration", Path: "/admin", Order: 40},
				{Place: fiberhttp.InAccount, Label: "Profile", Path: "/account", Order: 10},
				{Place: fiberhttp.InAccount, Label: "Security", Path: "/account/security", Order: 20},
				{Place: fiberhttp.InAccount, Label: "Connections", Path: "/account/connections", Order: 30},
				{Place: fiberhttp.InAccount, Label: "Devices", Path: "/account/devices", Order: 40},
				{Place: fiberhttp.InAccount, Label: "Access tokens", Path: "/account/tokens", Order: 50},
				{Place: fiberhttp.InAccount, Label: "Organizations", Path: "/account/organizations", Order: 60},
				{Place: fiberhttp.InAccount, Label: "Your data", Path: "/account/data", Order: 70},
				{Place: fiberhttp.InAdministration, Label: "Overview", Path: "/admin", Order: 1},
				{Place: fiberhttp.InAdministration, Label: "People", Note: "Find somebody, suspend, restore or erase an account.", Path: "/admin/people", Order: 10},
				{Place: fiberhttp.InAdministration, Label: "Roles", Note: "What each role of the site may do.", Path: "/admin/roles", Order: 20},
				{Place: fiberhttp.InAdministration, Label: "Access", Note: "Why somebody may do something, or may not.", Path: "/admin/access", Order: 25},
				{Place: fiberhttp.InAdministration, Label: "Undelivered mail", Note: "Mails that a mail server refused for good.", Path: "/admin/mail", Order: 30},
				{Place: fiberhttp.InAdministration, Label: "Jobs", Note: "What waits in the queues, and what has failed for good.", Path: "/admin/jobs", Order: 40},
				{Place: fiberhttp.InAdministration, Label: "Outside services", Note: "The services that this site calls, and whether they answer.", Path: "/admin/services", Order: 50},
				{Place: fiberhttp.InAdministration, Label: "Errors", Note: "What went wrong in the program, and how often.", Path: "/admin/errors", Order: 52},
				{Place: fiberhttp.InAdministration, Label: "System", Note: "The process, its database, the slowest queries, pools and caches.", Path: "/admin/system", Order: 55},
				{Place: fiberhttp.InAdministration, Label: "Audit trail", Note: "Who did what to whom, and whether the seals hold.", Path: "/admin/audit", Order: 70},
			},
			Private: []string{"/account", "/auth/", "/login"},
		},
		Tables: identitystore.Tables,
		Mails:  identityapp.Mails,
		Build: Build1(func(p *Platform, settings identityconfig.Settings) (Parts, error) {
			store, err := identitystore.New(p.DB, p.Events)
			if err != nil {
				return Parts{}, err
			}
			hasher, atOnce, err := o.hasher(p.Metrics)
			if err != nil {
				return Parts{}, err
			}
			codes, err := totp.New(p.SiteName)
			if err != nil {
				return Parts{}, err
			}
			ceremonies, err := webauthn.New(p.SiteName, p.Config.HTTP.BaseURL)
			if err != nil {
				return Parts{}, err
			}
			sealer, err := sealing.New(p.Config.Secrets.Keys)
			if err != nil {
				return Parts{}, err
			}
			signer, err := tokens.New(store, sealer, p.Config.HTTP.BaseURL, p.Clock, p.IDs)
			if err != nil {
				return Parts{}, err
			}
			tools, err := p.identityTools()
			if err != nil {
				return Parts{}, err
			}
			signIns, err := p.signInProviders(settings.OAuth, tools.registrations)
			if err != nil {
				return Parts{}, err
			}
			breached, err := p.openBreached(settings.Passwords)
			if err != nil {
				return Parts{}, err
			}
			rooms, err := identityapp.New(identityapp.Deps{
				UnitOfWork: store, Reads: store, Hasher: hasher, Tokens: signer, Sealer: sealer, TimeCodes: codes, Ceremonies: ceremonies, Providers: signIns,
				Policy: policyOf(p.modules), OrganizationPolicy: withinOf(p.modules), Cache: p.Cache, Limiter: p.Limiter, Mail: p.Mail, Templates: p.Templates, Pictures: images.New(), Exporters: personalData(p), Explainers: p.explainers, Jobs: p.jobs, Errors: p.errorGroups, AuditStates: p.auditStates, Watchers: p.watchers, Texts: textsInForce(p), ErasureDelayed: delayedErasures(p.Log), Clock: p.Clock, IDs: p.IDs,
				BaseURL: p.Config.HTTP.BaseURL, SiteName: p.SiteName, Captcha: p.guardCaptcha(o.Captcha), Breached: breached,
				PasswordsAtOnce: atOnce, PasswordsRefused: refusedPasswords(p.Log),
				Retention:    retention.Retention{Ended: settings.Retention.Sessions, RefusedMail: settings.Retention.RefusedMail},
				SecondFactor: factorPolicy(settings.SecondFactor, administrativeOf(p.modules), p.Log),
			})
			if err != nil {
				return Parts{}, err
			}
			counted, err := countSignIns(p.Metrics, rooms.SignIn, p.Log)
			if err := errors.Join(err, countRegistrations(p), watchOverdue(p.Metrics, rooms.Privacy), watchPasswords(p.Metrics, rooms.SignIn)); err != nil {
				return Parts{}, err
			}
			return Parts{
				UseCases:    rooms,
				Subscribers: rooms.Subscribers(),
				Handlers:    rooms.JobHandlers(),
				Schedules:   rooms.Schedules(),
				Routes: func(s *fiberhttp.Server) error {
					return identityhttp.Register(s, identityhttp.Deps{
						SignIn: counted, Account: loggedLinks{rooms.Account, p.Log}, Organizations: rooms.Organizations,
						Privacy: rooms.Privacy, Administration: rooms.Administration, SigningKeys: rooms.SigningKeys, Services: p.services.Statuses, SignUps: signUpsOf(p.figures), Unread: loggedUnread(p.Log), System: systemOf(p.DB, p.process, loggedUnread(p.Log)), SampleSignIns: p.signInHint(), DevelopmentProvider: tools.provider,
					})
				},
				CheckRoutes: func(all []fiberhttp.RouteInfo) error { return unshadowed(all, signIns) },
				Export:      rooms.Privacy.ExportUser,
				Figures:     peopleFigures(rooms.Administration, p.figures, p.Clock.Now),
				Seed:        func(ctx context.Context, s *sample.Seeding) error { return tools.seed(ctx, s, rooms) },
				Development: tools.development,
			}, nil
		}),
	}
}

// identityTools is what identity has in development: a sign-in provider that asks no
// proof, with its page, and sample people.
type identityTools struct {
	registrations []oauth.ProviderConfig
	provider      string // its name
	seed          func(context.Context, *sample.Seeding, *identityapp.Rooms) error
	development   Development
}

// Identity returns the rooms of identity, for the command line.
func (a *Application) Identity() (*identityapp.Rooms, error) {
	return useCases[*identityapp.Rooms](a)
}

// personalData is what every module tells about a person.
func personalData(p *Platform) func() []identity.Exporter {
	return func() []identity.Exporter {
		var out []identity.Exporter
		for _, e := range p.exports() {
			out = append(out, identity.Exporter{Name: e.name, Export: e.of})
		}
		return out
	}
}

// textsInForce is which version of each text people agree to.
func textsInForce(p *Platform) func(ctx context.Context) (identity.Texts, error) {
	return func(ctx context.Context) (identity.Texts, error) {
		versions, err := p.texts(ctx)
		if err != nil {
			return nil, err
		}
		out := make(identity.Texts, len(versions))
		for kind, version := range versions {
			out[identity.ConsentKind(kind)] = version
		}
		return out, nil
	}
}

// hasher is what hashes passwords, and how many requests may wait for it.
func (o IdentityOptions) hasher(m *observe.Metrics) (_ identity.PasswordHasher, atOnce int, err error) {
	if o.Passwords != nil {
		return o.Passwords, o.PasswordsAtOnce, nil
	}
	h, err := passwords.New()
	if err != nil {
		return nil, 0, err
	}
	if atOnce = o.PasswordsAtOnce; atOnce <= 0 {
		atOnce = h.Capacity()
	}
	return h, atOnce, watchHashes(m, h)
}

// factorPolicy is of whom a second factor is required, as the settings say.
func factorPolicy(c identityconfig.SecondFactor, administrative []identity.Permission, log *zap.Logger) identity.FactorPolicy {
	if c.Required != string(identity.RequireNobody) {
		log.Info("a second factor is required", zap.String("of", c.Required), zap.Duration("grace", c.Grace))
	}
	return identity.FactorPolicy{Requirement: identity.FactorRequirement(c.Required), Administrative: administrative, Grace: c.Grace}
}
