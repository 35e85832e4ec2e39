package wire

import (
	"context"
	"errors"

	"github.com/neoforge-dev/neoforge/adapters/entstore/billingstore"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/billinghttp"
	"github.com/neoforge-dev/neoforge/app/config/billingconfig"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/modules/billing"
	"github.com/neoforge-dev/neoforge/modules/billing/billingapp"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// Billing is the context of payments: what is sold, and who has bought it.
var Billing = Module{
	Name:      "billing",
	Summary:   "What is sold, who has bought it, and what they may use because of it.",
	Within:    []OrganizationGrant{{billing.PermissionManage, []identityport.OrganizationRole{identityport.OrganizationOwner}}},
	Publishes: []events.Payload{billingport.SubscriptionActivated{}, billingport.SubscriptionEnded{}},
	Provides: []Contract{
		Provide(func(a *billingapp.App) billingport.Entitlements { return a }),
		Provide(func(a *billingapp.App) billingport.Offers { return a }),
	},
	Settings: SettingsOf[billingconfig.Settings](""),
	Web: Web{
		Files: assets.OwnFiles,
		Navigation: []fiberhttp.Entry{
			{Place: fiberhttp.InHeader, Label: "Plans", Path: "/pricing", Order: 20},
			{Place: fiberhttp.InMenu, Label: "Billing", Path: "/billing", Order: 30},
			{Place: fiberhttp.InProfile, Label: "Subscription", Note: "See what you have", Path: "/billing", Order: 10},
			{Place: fiberhttp.InFooter, Label: "Plans", Path: "/pricing", Order: 20},
		},
		Sitemap:  []string{"/pricing"},
		Private:  []string{"/billing"},
		PageTags: []string{billing.TagPlans},
	},
	Tables: billingstore.Tables,
	Mails:  billingapp.Mails,
	Build: Build2(func(p *Platform, settings billingconfig.Settings, people identityport.Directory) (Parts, error) {
		store, err := billingstore.New(p.DB, p.Events)
		if err != nil {
			return Parts{}, err
		}
		tools, err := p.billingTools(settings)
		if err != nil {
			return Parts{}, err
		}
		webhooks, err := p.Metrics.Counter("webhooks_total", "Events of payment providers by what became of them: applied, ignored, or waiting for what they are about.", "outcome")
		if err != nil {
			return Parts{}, err
		}
		for _, state := range []billing.WebhookState{billing.WebhookApplied, billing.WebhookIgnored, billing.WebhookWaiting} {
			webhooks.Of(string(state))
		}
		app, err := billingapp.New(billingapp.Deps{
			UnitOfWork: store, Reads: store, Gateway: p.guardGateway(tools.gateway), People: people, Mail: p.Mail, Templates: p.Templates,
			Cache: p.Cache, Clock: p.Clock, IDs: p.IDs, BaseURL: p.Config.HTTP.BaseURL, KeepWebhooks: settings.Webhooks,
			WebhookEnded: func(state billing.WebhookState) { webhooks.Inc(string(state)) },
		})
		if err != nil {
			return Parts{}, err
		}
		if err := errors.Join(countSubscriptions(p), watchWebhooks(p.Metrics, app)); err != nil {
			return Parts{}, err
		}
		return Parts{
			UseCases:    app,
			Subscribers: app.Subscribers(),
			Handlers:    app.JobHandlers(),
			Schedules:   app.Schedules(),
			Routes: func(s *fiberhttp.Server) error {
				return billinghttp.Register(s, billinghttp.Deps{Billing: app, Clock: p.Clock, PaymentsOff: tools.gateway == nil})
			},
			RaisedLimit: func(ctx context.Context, actor identityport.Actor) (fiberhttp.RaisedLimit, bool, error) {
				organization, limit, ok, err := app.RequestLimit(ctx, actor)
				return fiberhttp.RaisedLimit{Policy: "organization", Key: string(organization), Limit: limit}, ok, err
			},
			Seed:        func(ctx context.Context, s *sample.Seeding) error { return tools.seed(ctx, s, app) },
			Development: tools.development,
			Export:      app.ExportUser,
			Figures:     salesFigures(app),
		}, nil
	}),
}

// Billing returns the use cases of billing.
func (a *Application) Billing() (*billingapp.App, error) { return useCases[*billingapp.App](a) }

// billingTools is what billing has in development: a provider of payments that takes none,
// with its page, and sample data.
type billingTools struct {
	gateway     billing.PaymentGateway
	seed        func(context.Context, *sample.Seeding, *billingapp.App) error
	development Development
}
