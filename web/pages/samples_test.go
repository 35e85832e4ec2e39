package pages_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/neoforge-dev/neoforge/web/pages/billingpages"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/devpages"
	"github.com/neoforge-dev/neoforge/web/pages/docpages"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
	"github.com/neoforge-dev/neoforge/web/pages/platformpages"
)

var morning = time.Date(2026, 11, 3, 9, 41, 0, 0, time.UTC)

// sample is a page in one state. render takes the view, so that a test may change
// it first.
type sample struct {
	name    string
	view    any
	render  func(view any) templ.Component
	sandbox bool // framed as somebody else's site
}

func of[V any](name string, component func(V) templ.Component, view V) sample {
	return sample{name: name, view: view, render: func(v any) templ.Component { return component(v.(V)) }}
}

func (s sample) inSandbox() sample {
	s.sandbox = true
	return s
}

func page(title string) layout.Page {
	return layout.Page{
		SiteName: "Forge", Title: title, Description: "What it is about.", Path: "/here",
		CanonicalURL: "https://forge.example/here", BaseURL: "https://forge.example",
		Assets: layout.Assets{
			Stylesheets: []string{"/assets/styles/main.css"}, LoaderURL: "/assets/islands/loader.js", Islands: "{}",
			ImportMap: `{"imports":{}}`, IconURL: "/icon.svg", TouchIconURL: "/icon-180.png",
			ManifestURL: "/manifest.webmanifest", ServiceWorkerURL: "/sw.js",
		},
		Nav: "/posts", Navigation: layout.Navigation{Header: entries, Footer: entries, Recovery: entries[:1], Feeds: entries[1:], Search: []layout.Entry{{Label: "Search", Path: "/search"}}, MenuData: `[{"label":"Notices","path":"/notices"}]`},
		OpenGraph: &layout.OpenGraph{}, JSONLD: `{"@context":"https://schema.org"}`,
		Flash: &layout.Flash{Kind: layout.FlashSuccess, Message: "Done."},
	}
}

// entries are a program's navigation, of whatever modules.
var entries = []layout.Entry{{Label: "Posts", Path: "/posts"}, {Label: "Notices", Path: "/notices", Note: "Read them"}}

func seenBy(p layout.Page) layout.Page {
	p.Navigation.MenuData, p.Navigation.Menu, p.Navigation.Profile = "", entries, entries[1:]
	p.Navigation.Account, p.Navigation.Administration = entries, entries
	p.Viewer = &layout.Viewer{ID: "0190a0e0-0000-7000-8000-000000000001", Name: "Ben", AvatarURL: "/avatars/1?v=2", EraseAt: morning, FactorBy: morning, FactorOverdue: true}
	return p
}

func summary(a contentpages.Access) contentpages.PostSummary {
	return contentpages.PostSummary{
		Title: "On tempering", URL: "/posts/on-tempering", Excerpt: "The gentle heat.", Authors: []contentpages.Byline{{Name: "Ben", URL: "/authors/ben"}}, By: "Ben",
		PublishedAt: morning, ReadingMinutes: 4, Access: a, Tags: []contentpages.Tag{{Name: "craft", URL: "/tags/craft", Active: true}},
		Cover: contentpages.Picture{URL: "/media/0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c01/1/original.jpg", Width: 1200, Height: 630, Alt: "An anvil"},
	}
}

func euros(amount int64) layout.Money { return layout.Money{Amount: amount, Currency: "EUR"} }

// samples are all pages.
func samples() []sample { return append(pageSamples(), catalogSamples()...) }

func pageSamples() []sample {
	three := []contentpages.PostSummary{summary(contentpages.Public), summary(contentpages.Members), summary(contentpages.Paid)}
	offer := &contentpages.Offer{PlanName: "Pro", Price: euros(1200), Features: []string{"Every post"}, URL: "/pricing"}
	whole := contentpages.PostView{
		Page: seenBy(page("On tempering")), Post: summary(contentpages.Public), UpdatedAt: morning.AddDate(0, 0, 3),
		BodyHTML: "<p>Steel.</p>", EditURL: "/studio/1",
	}
	gated := func(g contentpages.Gate) contentpages.PostView {
		return contentpages.PostView{
			Page: page("On tempering"), Post: summary(g.Access), TeaserHTML: "<p>Steel.</p>",
			BodyHTML: "<p>only-for-subscribers</p>", Gate: &g,
		}
	}
	draft := contentpages.StudioEditView{
		Page: seenBy(page("Edit")), Action: "/studio/1", PostID: "1", Version: 3, State: contentpages.Draft, SavedAt: morning, MayPublish: true,
		Form: contentpages.PostForm{Title: "On tempering", Slug: "on-tempering", Access: contentpages.Paid, BodyMarkdown: "# Steel"},
	}
	faulty := draft
	faulty.State, faulty.PublicURL = contentpages.Published, "/posts/on-tempering"
	faulty.Errors = layout.FieldErrors{"": "The post has faults.", "slug": "Taken.", "tags": "Too many.", "visibility": "Unknown.", "body_markdown": "Too long."}
	faulty.Conflict = &contentpages.Conflict{SavedAt: morning, TheirsURL: "/studio/1", Version: 4}
	reviewed, decided := draft, draft
	reviewed.Review = &contentpages.ReviewView{
		Path: "/studio/posts/1", State: "sent_back", Seen: "1", MayAsk: true, Note: "Too long", NoteError: "Write at most 2,000 characters.", Earlier: 2,
		Steps: []contentpages.ReviewStep{{State: "sent_back", By: "Ben", At: morning, Note: "One.\n\nTwo."}, {State: "asked", By: "you", At: morning}, {State: "published", At: morning}, {State: "ended", At: morning}, {State: "approved", By: "Ben", At: morning}},
	}
	decided.Review = &contentpages.ReviewView{Path: "/studio/posts/1", State: "asked", Seen: "1", Changed: true, MayAsk: true, MayDecide: true, Error: "Somebody else was quicker.", Steps: reviewed.Review.Steps[1:2]}
	island := draft
	island.Editor = map[string]any{"key": "p1"}
	plans := []billingpages.Plan{
		{Code: "free", Name: "Free", Text: "To look in.", Features: []string{"Public posts"}, Price: euros(0)},
		{Code: "member", Name: "Member", Price: euros(500), Interval: billingpages.Monthly, PriceID: "p1", Current: true},
		{Code: "pro", Name: "Pro", Price: euros(12000), Interval: billingpages.Yearly, PriceID: "p2", Featured: true},
	}
	choices := []layout.Choice{{Label: "Monthly", URL: "?interval=month", Active: true}, {Label: "Yearly", URL: "?interval=year", Note: "cheaper"}}
	checkout := billingpages.CheckoutView{
		Page: page("Checkout"), State: billingpages.CheckoutOpen, Reference: "c1", PlanName: "Pro", Interval: billingpages.Monthly, Amount: euros(1200),
		Email: "cleo@neoforge.test", Action: "/sandbox/c1", ReturnURL: "/billing",
	}
	in := func(s billingpages.CheckoutState) billingpages.CheckoutView {
		v := checkout
		v.State = s
		return v
	}
	subscription := func(s billingpages.SubscriptionState) billingpages.BillingView {
		return billingpages.BillingView{
			Page: seenBy(page("Subscription")), State: s, PlanName: "Pro", Price: euros(1200), Interval: billingpages.Monthly,
			PeriodEnd: time.Date(2026, 12, 3, 0, 0, 0, 0, time.UTC), Features: []string{"Every post"},
		}
	}
	back := subscription(billingpages.NoSubscription)
	back.Attempt = billingpages.CheckoutAbandoned
	begun := subscription(billingpages.NoSubscription)
	begun.Attempt, begun.CheckoutURL = billingpages.CheckoutOpen, "https://pay.test/c1"
	refused := subscription(billingpages.NoSubscription)
	refused.Attempt = billingpages.CheckoutDeclined
	mail := devpages.Mail{ID: "1", URL: "/dev/mailbox/1", To: "dan@neoforge.test", Subject: "Your plan", Text: "See https://forge.example/billing.", SentAt: morning}
	people := []devpages.Person{{Name: "Ada", Email: "ada@neoforge.test", Note: "Administrator"}}
	chapters := []docpages.Entry{{Title: "Start", URL: "/docs", Active: true}, {Title: "Next", URL: "/docs/next"}}
	login := identitypages.LoginView{
		Page: page("Sign in"), ReturnTo: "/pricing", Hint: []string{"Sample people."}, Agreement: "By signing in you agree to this.",
		Providers: []identitypages.Provider{{Name: "dev", Label: "Development sign-in", URL: "/auth/dev", Development: true}, {Name: "github", Label: "GitHub", URL: "/auth/github"}},
	}
	failed := login
	failed.Email, failed.Errors = "cleo@neoforge.test", layout.FieldErrors{"": "Wrong.", "email": "Not an address."}

	return append(peopleSamples(), []sample{
		of("front page of the platform", platformpages.Front, page("")),
		of("home", contentpages.Home, contentpages.HomeView{Page: page(""), Posts: three, Tags: three[0].Tags, Offer: offer}),
		of("home without posts", contentpages.Home, contentpages.HomeView{Page: page("")}),
		of("posts", contentpages.Posts, contentpages.PostsView{Page: page("Posts"), Intro: "All.", Tags: three[0].Tags, Posts: three, NewestURL: "/posts", OlderURL: "/posts?cursor=x"}),
		of("no posts", contentpages.Posts, contentpages.PostsView{Page: page("Posts"), Heading: "craft"}),
		of("search", contentpages.Search, contentpages.SearchView{Page: page("Search")}),
		of("search with hits", contentpages.Search, contentpages.SearchView{
			Page: page("Search"), Query: "steel", Asked: true, BestURL: "/search?q=steel", MoreURL: "/search?q=steel&cursor=x",
			Hits: []contentpages.SearchHit{{Post: summary(contentpages.Paid), Title: []contentpages.SearchRun{{Text: "On "}, {Text: "steel", Marked: true}}, Snippet: []contentpages.SearchRun{{Text: "<of> "}, {Text: "steel", Marked: true}}}},
		}),
		of("search without hits", contentpages.Search, contentpages.SearchView{
			Page: page("Search"), Query: "steeel", Asked: true, DidYouMean: layout.Link{Label: "steel", URL: "/search?q=steel"}, SignInURL: "/login", Tags: three[0].Tags,
		}),
		of("search that only leaves out", contentpages.Search, contentpages.SearchView{Page: page("Search"), Query: "-steel", Asked: true, OnlyWithout: true}),
		of("search that is too long", contentpages.Search, contentpages.SearchView{Page: page("Search"), Query: "steel", Error: "Search for less."}),
		of("post", contentpages.Post, whole),
		of("post for members", contentpages.Post, gated(contentpages.Gate{Access: contentpages.Members})),
		of("post for subscribers", contentpages.Post, gated(contentpages.Gate{Access: contentpages.Paid, PlanName: "Pro", Price: euros(1200)})),
		of("post for subscribers, signed in", contentpages.Post, gated(contentpages.Gate{Access: contentpages.Paid, SignedIn: true})),
		of("terms", contentpages.SitePage, contentpages.SitePageView{Page: page("Terms of use"), Heading: "Terms of use", Version: "2026-03-04.2", PublishedAt: morning, BodyHTML: "<h2>Scope</h2><p>Be kind.</p>"}),
		of("terms that nobody published", contentpages.SitePage, contentpages.SitePageView{Page: page("Terms of use"), Heading: "Terms of use"}),
		of("site pages", contentpages.SitePages, contentpages.SitePagesView{Page: seenBy(page("Site pages")), Pages: []contentpages.SitePageRow{
			{Title: "Terms of use", URL: "/terms", EditURL: "/admin/site-pages/terms", Version: "2026-03-04.2", PublishedAt: morning},
			{Title: "Privacy notice", URL: "/privacy", EditURL: "/admin/site-pages/privacy"},
		}}),
		of("site page", contentpages.SitePageEdit, contentpages.SitePageEditView{
			Page: seenBy(page("Terms of use")), Heading: "Terms of use", Action: "/admin/site-pages/terms", PublicURL: "/terms", Markdown: "# Scope", Seen: 2,
			BodyHTML: "<h2>Scope</h2>", Errors: layout.FieldErrors{"": "Changed meanwhile.", "body_markdown": "Write the text."},
			Versions:  []contentpages.SitePageVersion{{Version: "2026-03-04.2", URL: "/admin/site-pages/terms/versions/2", Editor: "Ada", PublishedAt: morning}},
			NewestURL: "/admin/site-pages/terms#versions", OlderURL: "/admin/site-pages/terms?cursor=MS4y#versions",
		}),
		of("version of a site page", contentpages.SitePageOld, contentpages.SitePageOldView{
			Page: seenBy(page("Terms of use, version 2026-03-04.2")), Heading: "Terms of use, version 2026-03-04.2", Editor: "Ada", PublishedAt: morning,
			BodyHTML: "<h2>Scope</h2>", Markdown: "## Scope", EditURL: "/admin/site-pages/terms",
		}),
		of("site page without a version", contentpages.SitePageEdit, contentpages.SitePageEditView{Page: seenBy(page("Privacy notice")), Heading: "Privacy notice", Action: "/admin/site-pages/privacy", PublicURL: "/privacy"}),
		of("studio", contentpages.Studio, contentpages.StudioView{
			Page: seenBy(page("Studio")), OlderURL: "/studio?cursor=x",
			Posts: []contentpages.StudioPost{
				{EditURL: "/studio/1", State: contentpages.Draft, Author: "Ada", UpdatedAt: morning},
				{Title: "Out", EditURL: "/studio/2", PublicURL: "/posts/out", State: contentpages.Published, Access: contentpages.Paid, UpdatedAt: morning},
			},
		}),
		of("studio without posts", contentpages.Studio, contentpages.StudioView{Page: seenBy(page("Studio"))}),
		of("archive", contentpages.Archive, contentpages.ArchiveView{
			Page: page("Archive"), Year: 2026, Years: []contentpages.Tag{{Name: "2026", URL: "/archive?year=2026", Active: true}, {Name: "2025", URL: "/archive?year=2025"}},
			Months: []contentpages.ArchiveMonth{{Month: morning, URL: "/archive/2026-03", Posts: 1000, More: true}, {Month: morning.AddDate(0, -1, 0), URL: "/archive/2026-02", Posts: 1}},
		}),
		of("archive without posts", contentpages.Archive, contentpages.ArchiveView{Page: page("Archive")}),
		of("archive of a month", contentpages.ArchiveOfMonth, contentpages.ArchiveMonthView{Page: page("Archive: March 2026"), Month: morning, YearURL: "/archive?year=2026", Posts: three, NewerURL: "/archive/2026-03", OlderURL: "/archive/2026-03?page=3"}),
		of("private feed", contentpages.PrivateFeed, contentpages.PrivateFeedView{Page: seenBy(page("Private feed"))}),
		of("private feed made", contentpages.PrivateFeed, contentpages.PrivateFeedView{
			Page: seenBy(page("Private feed")), CreatedAt: morning,
			Made: []contentpages.FeedAddress{{Format: "Atom", URL: "https://forge.example/feeds/abc/feed.xml"}, {Format: "RSS", URL: "https://forge.example/feeds/abc/rss.xml"}},
		}),
		of("pictures", contentpages.Media, contentpages.MediaView{
			Page: seenBy(page("Pictures")), MaxMB: 3, OlderURL: "/studio/media?cursor=x", Search: "wood", NewURL: "/studio/media?q=wood",
			Pictures: []contentpages.MediaItem{
				{Name: "wood.jpg", Alt: "A wood", URL: "/studio/media/1", ThumbnailURL: "/media/1/1/480x320.jpg", Width: 3000, Height: 2000, Uses: 2},
				{Name: "broken.png", URL: "/studio/media/2", ThumbnailURL: "/media/2/1/original.png", Width: 10, Height: 10, Broken: true},
			},
		}),
		of("pictures, none", contentpages.Media, contentpages.MediaView{Page: seenBy(page("Pictures")), MaxMB: 3, Alt: "A wood", Errors: layout.FieldErrors{"file": "Choose a picture first.", "alt": "Too long."}}),
		of("pictures, none found", contentpages.Media, contentpages.MediaView{Page: seenBy(page("Pictures")), MaxMB: 3, Search: "nothing"}),
		of("picture", contentpages.MediaItemPage, contentpages.MediaItemView{
			Page: seenBy(page("wood.jpg")), MediaItem: contentpages.MediaItem{Name: "wood.jpg", Alt: "A wood", ThumbnailURL: "/media/1/1/960x640.jpg", Width: 3000, Height: 2000, Uses: 2},
			OriginalURL: "/media/1/1/original.jpg", Kind: "JPEG", Bytes: 3 << 20, Pending: true, AddedAt: morning, Markdown: "![A wood](/media/1)",
			Action: "/studio/media/1", ReplaceURL: "/studio/media/1/replace", DeleteURL: "/studio/media/1/delete", TypedName: "wood.jpg", TypedAlt: "A wood", MaxMB: 3,
			UsedIn: []contentpages.MediaPost{{Title: "Out", URL: "/studio/posts/2", State: contentpages.Published}, {}},
		}),
		of("picture with faults", contentpages.MediaItemPage, contentpages.MediaItemView{
			Page: seenBy(page("a.gif")), MediaItem: contentpages.MediaItem{Name: "a.gif", ThumbnailURL: "/media/1/1/original.gif", Width: 1, Height: 1, Broken: true},
			OriginalURL: "/media/1/1/original.gif", Kind: "GIF", Bytes: 20, AddedAt: morning, Markdown: "![](/media/1)", Action: "/studio/media/1", ReplaceURL: "/studio/media/1/replace",
			DeleteURL: "/studio/media/1/delete", MaxMB: 3, Errors: layout.FieldErrors{"": "The picture stands in posts.", "alt": "Too long."},
		}),
		of("form after a proof", platformpages.Resume, platformpages.ResumeView{Page: page("Confirmed"), Action: "/admin/people/1/suspend", Button: "Suspend the account", Fields: []platformpages.FormField{{Name: "reason", Value: "Spam"}}, AskAgain: []string{"current", "password", "code"}}),
		of("form given back", platformpages.ExpiredForm, platformpages.ExpiredFormView{Page: page("You are signed out"), Action: "/studio/posts", SignInURL: "/login", Fields: []platformpages.FormField{{Name: "title", Value: "T"}, {Name: "body_markdown", Value: "A long text, which is longer than what fits into a line of a form, so that it stands in a text area."}}}),
		of("post previewed", contentpages.StudioEdit, contentpages.StudioEditView{Page: seenBy(page("New post")), Action: "/studio", Preview: &contentpages.Preview{BodyHTML: "<p>All</p>", TeaserHTML: "<p>Open</p>", Gated: true}}),
		of("post previewed without a teaser", contentpages.StudioEdit, contentpages.StudioEditView{Page: seenBy(page("New post")), Action: "/studio", Preview: &contentpages.Preview{BodyHTML: "<p>All</p>", Gated: true}}),
		of("new post", contentpages.StudioEdit, contentpages.StudioEditView{Page: seenBy(page("New post")), Action: "/studio"}),
		of("draft", contentpages.StudioEdit, draft),
		of("post sent back", contentpages.StudioEdit, reviewed),
		of("post to review", contentpages.StudioEdit, decided),
		of("post with faults", contentpages.StudioEdit, faulty),
		of("draft in the editor", contentpages.StudioEdit, island),
		of("not found", platformpages.Error, platformpages.ErrorView{Page: page("Not found"), Status: 404}),
		of("forbidden", platformpages.Error, platformpages.ErrorView{Page: page("Forbidden"), Status: 403}),
		of("broken", platformpages.Error, platformpages.ErrorView{Page: page("Error"), Status: 500, RequestID: "r1"}),
		of("offline", platformpages.Offline, page("Offline")),
		of("login", identitypages.Login, login),
		of("login failed", identitypages.Login, failed),
		of("register", identitypages.Register, identitypages.RegisterView{
			Page: page("Register"), Agreement: "By registering you agree to this.", NewsTitle: "News by mail", NewsSummary: "Now and then.",
		}),
		of("register failed", identitypages.Register, identitypages.RegisterView{
			Page: page("Register"), Name: "Cleo", Email: "cleo", News: true, NewsTitle: "News by mail", Captcha: identitypages.Captcha{Asked: true, Label: "A word", State: "s", Error: "Wrong."},
			Errors: layout.FieldErrors{"": "Wait.", "name": "Too long.", "email": "Not an address.", "password": "Too common."},
		}),
		of("register with texts of before", identitypages.Register, identitypages.RegisterView{
			Page: page("Register"), Name: "Cleo", Email: "cleo@neoforge.test", Errors: layout.FieldErrors{},
			Changed: []layout.Link{{Label: "terms of use", URL: "/terms"}, {Label: "privacy notice", URL: "/privacy"}},
		}),
		of("forgot", identitypages.Ask, identitypages.AskView{
			Page: page("Forgot the password?"), Path: "/forgot", Title: "Forgot the password?", Intro: "Type it.", Button: "Send",
			Errors: layout.FieldErrors{"email": "Not an address."}, Another: identitypages.Link{Label: "By a link", URL: "/login/link"},
		}),
		of("mail sent", identitypages.Sent, identitypages.SentView{Page: page("Sent"), Title: "Look into your mailbox", Text: []string{"There."}}),
		of("mail sent, with a code", identitypages.Sent, identitypages.SentView{Page: page("Sent"), Title: "Look into your mailbox", Text: []string{"There."}, AskCode: true, CodeError: "The code is not right."}),
		of("link", identitypages.FollowLink, identitypages.LinkView{
			Page: page("Confirm"), Path: "/verify-email", Title: "Confirm", Intro: "One press.", Button: "Confirm", Token: "t",
		}),
		of("link that is used", identitypages.FollowLink, identitypages.LinkView{
			Page: page("Confirm"), Title: "Confirm", Error: "Used.", Again: identitypages.Link{Label: "Again", URL: "/account/email"},
		}),
		of("reset", identitypages.Reset, identitypages.ResetView{Page: page("Reset"), Token: "t", Errors: layout.FieldErrors{"password": "Too common."}}),
		of("reset by a used link", identitypages.Reset, identitypages.ResetView{Page: page("Reset"), Errors: layout.FieldErrors{"": "Used."}}),
		of("password", identitypages.ChangePassword, identitypages.PasswordView{
			Page: seenBy(page("Password")), Email: "ben@neoforge.test", HasPassword: true, Errors: layout.FieldErrors{"current": "Wrong."},
		}),
		of("first password", identitypages.ChangePassword, identitypages.PasswordView{Page: seenBy(page("Password")), Email: "ben@neoforge.test"}),
		of("address", identitypages.ChangeEmail, identitypages.EmailView{
			Page: seenBy(page("Your address")), Email: "ben@neoforge.test", Typed: "x", Errors: layout.FieldErrors{"email": "Not an address."},
		}),
		of("devices", identitypages.Devices, identitypages.DevicesView{
			Page: seenBy(page("Devices")), Others: 2,
			Browsers: []identitypages.SignIn{
				{Name: "Firefox on Linux", Current: true, Method: "password and authenticator app", Address: "192.0.2.9", CreatedAt: morning, LastSeenAt: morning},
				{Name: "Safari on iPhone", Handheld: true, ForSomebody: true, CreatedAt: morning, LastSeenAt: morning, RevokeURL: "/account/sessions/1/revoke"},
			},
			Programs: []identitypages.SignIn{{Name: "A program: curl", Program: true, CreatedAt: morning, LastSeenAt: morning, RevokeURL: "/account/sessions/2/revoke"}},
		}),
		of("no devices", identitypages.Devices, identitypages.DevicesView{Page: seenBy(page("Devices"))}),
		of("tokens", identitypages.Tokens, identitypages.TokensView{
			Page: seenBy(page("Access tokens")), Made: "Deploy", Secret: "nfp_EXAMPLE",
			Tokens: []identitypages.Token{
				{Name: "Deploy", Hint: "MPLE", Scopes: []string{"content.post.write", "read", "write"}, LastUsedAt: morning, LastUsedFrom: "192.0.2.9", ExpiresAt: morning, RevokeURL: "/account/tokens/1/revoke"},
				{Name: "Old", Hint: "ABCD", Scopes: []string{"read"}, Expired: true, ExpiresAt: morning, RevokeURL: "/account/tokens/2/revoke"},
				{Name: "Endless", Hint: "EFGH", Scopes: []string{"write"}, RevokeURL: "/account/tokens/3/revoke"},
			},
		}),
		of("no tokens", identitypages.Tokens, identitypages.TokensView{Page: seenBy(page("Access tokens"))}),
		of("new token", identitypages.NewToken, identitypages.NewTokenView{
			Page: seenBy(page("New access token")), Name: "Deploy", Permissions: []string{"content.post.write"}, Chosen: []string{"read"},
			Lifetimes: []identitypages.TokenLifetime{{Days: "90", Label: "In 90 days", Checked: true}, {Days: "0", Label: "Never"}},
			Errors:    layout.FieldErrors{"": "Something is wrong.", "name": "This too.", "scopes": "And this."},
		}),
		of("account", identitypages.Account, identitypages.AccountView{
			Page: seenBy(page("Account")), Name: "Ben", TypedName: "Ben", AvatarURL: "/avatars/1?v=2", Email: "ben@neoforge.test",
			Errors: layout.FieldErrors{"avatar": "No picture."}, Role: "author", CreatedAt: morning,
		}),
		of("account without a name", identitypages.Account, identitypages.AccountView{
			Page: seenBy(page("Account")), Name: "Ben", AvatarURL: "/avatars/1?v=2", Role: "member",
			Errors: layout.FieldErrors{"name": "Type a name."},
		}),
		of("data", identitypages.Data, identitypages.DataView{
			Page: seenBy(page("Your data")),
			Archives: []identitypages.Archive{
				{State: "running", Done: 1, Total: 3, CreatedAt: morning},
				{State: "ready", Done: 3, Total: 3, Size: 4 << 20, CreatedAt: morning, ExpiresAt: morning, URL: "/account/data/exports/1"},
				{State: "failed", CreatedAt: morning},
			},
			Consents: []identitypages.Consent{
				{Kind: "terms", Title: "Terms of use", Summary: "What counts.", Needed: true, Given: true, Current: true, At: morning},
				{Kind: "privacy", Title: "Privacy notice", Summary: "What is kept.", Needed: true},
				{Kind: "news", Title: "News", Summary: "Mails.", At: morning},
			},
		}),
		of("data of an account that ends", identitypages.Data, identitypages.DataView{Page: seenBy(page("Your data")), EraseAt: morning}),
		of("delete the account", identitypages.DeleteAccount, identitypages.DeleteView{
			Page: seenBy(page("Delete")), Email: "ben@neoforge.test", Typed: "ben", EraseAt: morning, Errors: layout.FieldErrors{"email": "Another address."},
		}),
		of("an account that cannot be deleted", identitypages.DeleteAccount, identitypages.DeleteView{Page: page("Delete"), EraseAt: morning, Obstacle: "Others depend on you.", Organizations: []identitypages.Link{{Label: "Members of Forge & Sons", URL: "/organizations/1"}}}),
		of("pricing", billingpages.Pricing, billingpages.PricingView{Page: page("Plans"), Plans: plans, Intervals: choices, Currencies: choices, IdempotencyKeys: map[string]string{"p2": "k"}, ReturnTo: "/posts/x"}),
		of("pricing without payments", billingpages.Pricing, billingpages.PricingView{Page: seenBy(page("Plans")), Plans: plans, Unavailable: true}),
		of("no subscription", billingpages.Billing, back),
		of("payment begun", billingpages.Billing, begun),
		of("payment declined", billingpages.Billing, refused),
		of("subscription activating", billingpages.Billing, subscription(billingpages.Activating)),
		of("subscription confirming", billingpages.Billing, subscription(billingpages.Confirming)),
		of("subscription active", billingpages.Billing, subscription(billingpages.Active)),
		of("subscription ending", billingpages.Billing, subscription(billingpages.Ending)),
		of("subscription past due", billingpages.Billing, subscription(billingpages.PastDue)),
		of("subscription ended", billingpages.Billing, subscription(billingpages.Ended)),
		of("checkout", billingpages.Checkout, checkout).inSandbox(),
		of("checkout declined", billingpages.Checkout, in(billingpages.CheckoutDeclined)).inSandbox(),
		of("checkout paid", billingpages.Checkout, in(billingpages.CheckoutPaid)).inSandbox(),
		of("checkout abandoned", billingpages.Checkout, in(billingpages.CheckoutAbandoned)).inSandbox(),
		of("checkout expired", billingpages.Checkout, in(billingpages.CheckoutExpired)).inSandbox(),
		of("mailbox", devpages.Mailbox, devpages.MailboxView{Page: page("Mailbox"), To: "dan@neoforge.test", Mails: []devpages.Mail{mail}}).inSandbox(),
		of("empty mailbox", devpages.Mailbox, devpages.MailboxView{Page: page("Mailbox")}).inSandbox(),
		of("mail", devpages.MailboxMail, devpages.MailView{Page: page("Mail"), Mail: mail}).inSandbox(),
		of("people", identitypages.DevelopmentSignIn, identitypages.DevelopmentSignInView{
			Page: page("Sign in"), Action: "/dev/idp/login", People: []identitypages.SamplePerson{{Name: "Ada", Email: "ada@neoforge.test", Note: "Administrator"}}, Hidden: map[string]string{"request": "1"}, Error: "Not that one.",
			Misbehaviours: []identitypages.Misbehaviour{{Label: "Behave", Checked: true}, {Value: "nonce", Label: "Wrong nonce", Note: "Another request's."}},
		}).inSandbox(),
		of("development", devpages.Index, devpages.IndexView{Page: page("Development"), People: people, Password: "forge-ahead-2026", Tools: []devpages.Tool{{Title: "Mailbox", URL: "/dev/mailbox", Text: "Mails."}}}).inSandbox(),
		of("documentation", docpages.Doc, docpages.DocView{
			Page: page("Docs"), Heading: "Start", BodyHTML: `<h2 id="a">A</h2><p>Text.</p><h3 id="b">B</h3>`,
			Sections: []docpages.Section{{Title: "Begin", Entries: chapters}}, Previous: &chapters[0], Next: &chapters[1],
			Outline: []layout.Heading{{ID: "a", Title: "A", Level: 2}, {ID: "b", Title: "B", Level: 3}},
		}),
	}...)
}
