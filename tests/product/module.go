package main

import (
	"context"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/dochttp"
	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"

	"example.com/noticeboard/docs"
	"example.com/noticeboard/mails"
	"example.com/noticeboard/notices"
	"example.com/noticeboard/noticesapp"
	"example.com/noticeboard/noticeshttp"
	"example.com/noticeboard/noticesstore"
)

// Notices is the context of what everybody should know.
var Notices = wire.Module{
	Name:    "notices",
	Summary: "What everybody should know, for as long as it is news.",
	Grants: []wire.Grant{
		{Permission: notices.PermissionPost, Roles: []identityport.Role{identityport.RoleAuthor, identityport.RoleAdministrator}},
	},
	Publishes: []events.Payload{notices.Posted{}},
	Provides:  []wire.Contract{wire.Provide(func(a *noticesapp.App) notices.Board { return a })},
	Settings:  wire.SettingsOf[notices.Settings]("NOTICES_"),
	Tables:    noticesstore.Tables,
	Mails:     mails.Notices,
	Web: wire.Web{
		Files: "example.com/noticeboard/web",
		Navigation: []fiberhttp.Entry{
			{Place: fiberhttp.InHeader, Label: "Notices", Path: "/notices", Order: 15},
			{Place: fiberhttp.InMenu, Label: "Post a notice", Path: "/notices/new", Order: 15},
		},
		Sitemap:  []string{"/notices"},
		Private:  []string{"/notices/new"},
		Offline:  []string{"/notices"},
		Docs:     wire.Docs{Files: docs.Files, Contents: []dochttp.Section{{Title: "The board", Pages: []string{"notices"}}}},
		PageTags: []string{notices.TagBoard},
	},
	Build: wire.Build3(func(p *wire.Platform, settings notices.Settings, people identityport.Directory, offers wire.Optional[billingport.Offers]) (wire.Parts, error) {
		store, err := noticesstore.New(p.DB, p.Events)
		if err != nil {
			return wire.Parts{}, err
		}
		app, err := noticesapp.New(noticesapp.Deps{
			UnitOfWork: store, Reads: store, People: people, Mail: p.Mail, Templates: p.Templates, Clock: p.Clock, IDs: p.IDs,
			Keep: settings.Keep,
		})
		if err != nil {
			return wire.Parts{}, err
		}
		return wire.Parts{
			UseCases:    app,
			Subscribers: app.Subscribers(),
			Handlers:    app.JobHandlers(),
			Schedules:   app.Schedules(),
			Routes: func(s *fiberhttp.Server) error {
				return noticeshttp.Register(s, noticeshttp.Deps{Notices: app, Offers: offers.Or(nil)})
			},
			Seed: func(ctx context.Context, s *sample.Seeding) error {
				nora, err := s.Actor("nora")
				if err != nil {
					return err
				}
				n, err := app.Seed(ctx, nora)
				if err != nil {
					return err
				}
				s.Made(n, "notices")
				return nil
			},
			Development: development(),
			Export:      app.ExportUser,
		}, nil
	}),
}
