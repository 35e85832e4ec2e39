package wire

import (
	"context"

	"github.com/gosimple/slug"
	"go.uber.org/zap"

	drawing "github.com/neoforge-dev/neoforge/adapters/cards"
	"github.com/neoforge-dev/neoforge/adapters/entstore/contentstore"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/contenthttp"
	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/adapters/pictures"
	"github.com/neoforge-dev/neoforge/app/config/contentconfig"
	"github.com/neoforge-dev/neoforge/app/wire/sample"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/cards"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/modules/content/library"
	"github.com/neoforge-dev/neoforge/modules/content/review"
	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

// Content is the context of publishing: what authors write, and who may read it.
var Content = Module{
	Name:    "content",
	Summary: "What authors write, who may change it, and who may read it.",
	Grants: []Grant{
		{Permission: content.PermissionWrite, Roles: []identityport.Role{identityport.RoleAuthor, identityport.RoleAdministrator}},
		{Permission: content.PermissionPublish, Roles: []identityport.Role{identityport.RoleAuthor, identityport.RoleAdministrator}},
		{Permission: content.PermissionManageSite, Roles: []identityport.Role{identityport.RoleAdministrator}, Administrative: true},
		{Permission: content.PermissionManageTags, Roles: []identityport.Role{identityport.RoleAdministrator}},
		{Permission: content.PermissionEditAny, Roles: []identityport.Role{identityport.RoleAdministrator}},
	},
	Publishes: []events.Payload{content.PostPublished{}, content.PostChanged{}, content.AuthorRenamed{}},
	Web: Web{
		Files:   assets.OwnFiles,
		Catalog: contenthttp.Catalog(),
		Navigation: []fiberhttp.Entry{
			{Place: fiberhttp.InHeader, Label: "Posts", Path: "/posts", Order: 10},
			{Place: fiberhttp.InHeader, Label: "Studio", Path: "/studio", Order: 40},
			{Place: fiberhttp.InMenu, Label: "Studio", Path: "/studio", Order: 10},
			{Place: fiberhttp.InMenu, Label: "Pictures", Path: "/studio/media", Order: 15},
			{Place: fiberhttp.InAdministration, Label: "Site pages", Note: "The terms of use, the privacy notice, and their versions.", Path: "/admin/site-pages", Order: 60},
			{Place: fiberhttp.InFooter, Label: "Posts", Path: "/posts", Order: 10},
			{Place: fiberhttp.InFooter, Label: "Archive", Path: "/archive", Order: 20},
			{Place: fiberhttp.InFooter, Label: "Feed", Path: "/feed.xml", Order: 40},
			{Place: fiberhttp.InFooter, Label: "Terms of use", Path: "/terms", Order: 50},
			{Place: fiberhttp.InFooter, Label: "Privacy notice", Path: "/privacy", Order: 60},
			{Place: fiberhttp.InRecovery, Label: "All posts", Path: "/posts", Order: 10},
			{Place: fiberhttp.InHead, Label: "Atom", Path: "/feed.xml", Order: 10},
			{Place: fiberhttp.InHead, Label: "RSS", Path: "/rss.xml", Media: "application/rss+xml", Order: 20},
			{Place: fiberhttp.InHead, Label: "JSON", Path: "/feed.json", Media: "application/feed+json", Order: 30},
			{Place: fiberhttp.InAccount, Label: "Private feed", Path: "/account/feed", Order: 65},
			{Place: fiberhttp.InSearch, Label: "Search", Path: "/search"},
			{Place: fiberhttp.InRecovery, Label: "Search", Path: "/search", Order: 5},
		},
		Private:     []string{"/studio"},
		Offline:     []string{"/posts/{slug}", "/pages/{slug}"},
		Shortcuts:   []Shortcut{{Label: "Posts", Path: "/posts"}},
		ShareTarget: "/studio/share",
		PageTags:    []string{content.TagPosts, content.TagBylines, content.TagSitePages, content.TagPost(""), content.TagTagged("")},
	},
	Mails:    review.Mails,
	Tables:   contentstore.Tables,
	Settings: SettingsOf[contentconfig.Settings](""),
	Build: Build6(func(p *Platform, settings contentconfig.Settings, grants identityport.Grants, people identityport.Directory, actors identityport.Actors, entitlements Optional[billingport.Entitlements], offers Optional[billingport.Offers]) (Parts, error) {
		store, err := contentstore.New(p.DB, p.Events)
		if err != nil {
			return Parts{}, err
		}
		files, err := openFiles(settings, p.Config)
		if err != nil {
			return Parts{}, err
		}
		frames, err := framesOf(settings.EmbedProviders(), embedProviders())
		if err != nil {
			return Parts{}, err
		}
		renderer, err := markdown.New(markdown.WithPictures(store), markdown.WithEmbeds(embedProviders()...))
		if err != nil {
			return Parts{}, err
		}
		app, err := contentapp.New(contentapp.Deps{
			UnitOfWork: store, Reads: store, Renderer: renderer, Entitlements: entitlements.Or(nothingSold{}), Grants: grants, People: people, Actors: actors, Mail: p.Mail, Templates: p.Templates, Limiter: p.Limiter,
			Cache: p.Cache, Clock: p.Clock, IDs: p.IDs, Slug: func(title string) string { return textform.Slug(title, slug.Make) },
			Files: files, Images: pictures.New(), MediaLimits: library.Limits{FileBytes: int64(settings.MaxMB) << 20, DailyBytes: int64(settings.DailyMB) << 20},
			Rerendered: func(done, left int) {
				p.Log.Info("posts of an older renderer were rendered anew", zap.Int("posts", done), zap.Int("left", left))
			},
		})
		if err != nil {
			return Parts{}, err
		}
		shared, err := cards.New(cards.Deps{Drawer: drawing.New(), Cache: p.Cache, SiteName: p.SiteName})
		if err != nil {
			return Parts{}, err
		}
		reads, err := countPosts(p)
		if err != nil {
			return Parts{}, err
		}
		return Parts{
			UseCases:    app,
			Subscribers: app.Subscribers(),
			Handlers:    app.JobHandlers(),
			Schedules:   app.Schedules(),
			Names:       app,
			Texts:       app.TextVersions,
			Explainer:   app.Explainer(),
			Warnings: func(ctx context.Context) ([]string, error) {
				missing, err := app.UnpublishedSitePages(ctx)
				out := append(fileWarnings(settings, p.Config), bucketWarnings(ctx, files)...)
				for _, name := range missing {
					out = append(out, "the "+name.Title()+" at /"+string(name)+" is not published, and people agree to it when they register: write it at /admin/site-pages")
				}
				return out, err
			},
			Routes: func(s *fiberhttp.Server) error {
				return contenthttp.Register(s, contenthttp.Deps{Content: app, Offers: offers.Or(nothingSold{}), People: people, Markdown: markdown.FromHTML, Frames: frames, Cards: shared, PageRead: reads.Of("page"), APIRead: reads.Of("api")})
			},
			Seed:   func(ctx context.Context, s *sample.Seeding) error { return seedPosts(ctx, s, app, p.Clock) },
			Export: app.ExportUser,

			Figures: postFigures(app),
		}, nil
	}),
}

// nothingSold stands for billing in a program without it: what is for paying readers
// opens to those alone who may edit it.
type nothingSold struct{}

func (nothingSold) Entitled(context.Context, []identityport.OrganizationID, billingport.Entitlement) (bool, error) {
	return false, nil
}

func (nothingSold) OfferFor(context.Context, billingport.Entitlement) (*billingport.Offer, error) {
	return nil, nil
}
