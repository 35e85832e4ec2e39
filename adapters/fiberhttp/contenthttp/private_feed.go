package contenthttp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
)

// PrivateFeedUseCases are the feed that a person's own programs read.
type PrivateFeedUseCases interface {
	MakePrivateFeed(ctx context.Context, actor identityport.Actor) (content.PrivateFeed, string, error)
	PrivateFeed(ctx context.Context, actor identityport.Actor) (content.PrivateFeed, error)
	RevokePrivateFeed(ctx context.Context, actor identityport.Actor) error
	ReadPrivateFeed(ctx context.Context, secret string) (content.PrivateFeed, []contentapp.Reading, error)
}

// PrivateFeed is a person's own feed.
type PrivateFeed struct {
	CreatedAt time.Time `json:"created_at" doc:"When it was made or renewed."`
}

// NewPrivateFeed is a feed with its addresses, told this once.
type NewPrivateFeed struct {
	PrivateFeed
	AtomURL string `json:"atom_url" format:"uri" doc:"Whoever has an address reads what the person may read. They are told this once."`
	RSSURL  string `json:"rss_url" format:"uri"`
	JSONURL string `json:"json_url" format:"uri"`
}

func (h *routes) privateFeedURL(secret string, f feedFormat) string {
	return h.server.BaseURL() + "/feeds/" + url.PathEscape(secret) + "/" + f.file
}

func (h *routes) privateFeeds() {
	s := h.server
	s.Page(http.MethodGet, "/feeds/{secret}/feed.xml", fiberhttp.Public(), h.readPrivateFeed, fiberhttp.SecretPath())
	s.Page(http.MethodGet, "/feeds/{secret}/rss.xml", fiberhttp.Public(), h.readPrivateFeed, fiberhttp.SecretPath())
	s.Page(http.MethodGet, "/feeds/{secret}/feed.json", fiberhttp.Public(), h.readPrivateFeed, fiberhttp.SecretPath())
	s.Page(http.MethodGet, "/account/feed", fiberhttp.SignedIn(), func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		return h.privateFeed(ctx, r, "")
	})
	s.Page(http.MethodPost, "/account/feed", fiberhttp.Recently(), func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		_, secret, err := h.Content.MakePrivateFeed(ctx, r.Actor)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		return h.privateFeed(ctx, r, secret)
	}, fiberhttp.Resumes("Make the feed"))
	s.Page(http.MethodPost, "/account/feed/revoke", fiberhttp.SignedIn(), func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		err := h.Content.RevokePrivateFeed(ctx, r.Actor)
		if err != nil && !errors.Is(err, content.ErrPrivateFeedNotFound) { // taken back in another tab
			return fiberhttp.Reply{}, err
		}
		return fiberhttp.Redirect("/account/feed").Flash("feed-revoked"), nil
	})
}

func (h *routes) privateFeedAPI() {
	s := h.server
	type made struct{ Body NewPrivateFeed }
	fiberhttp.Operation(s, fiberhttp.Recently(), huma.Operation{
		OperationID: "make-private-feed", Method: http.MethodPost, Path: "/me/feed", Tags: []string{"content"},
		Summary: "Make one's private feed, or renew it", DefaultStatus: http.StatusCreated,
		Description: "At its addresses the newest posts can be read by a program that cannot sign in, each as far as the person may read it. A person has one: made again, the addresses from before open nothing. Neither a personal access token nor who acts for somebody makes it.",
	}, func(ctx context.Context, _ *struct{}) (*made, error) {
		feed, secret, err := h.Content.MakePrivateFeed(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		return &made{NewPrivateFeed{
			PrivateFeed: PrivateFeed{feed.CreatedAt}, AtomURL: h.privateFeedURL(secret, feedFormats[0]),
			RSSURL: h.privateFeedURL(secret, feedFormats[1]), JSONURL: h.privateFeedURL(secret, feedFormats[2]),
		}}, nil
	})
	type shown struct{ Body PrivateFeed }
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "get-private-feed", Method: http.MethodGet, Path: "/me/feed", Tags: []string{"content"}, Summary: "Ask whether one has a private feed",
	}, func(ctx context.Context, _ *struct{}) (*shown, error) {
		feed, err := h.Content.PrivateFeed(ctx, fiberhttp.ActorFrom(ctx))
		if err != nil {
			return nil, err
		}
		return &shown{PrivateFeed{feed.CreatedAt}}, nil
	})
	fiberhttp.Operation(s, fiberhttp.SignedIn(), huma.Operation{
		OperationID: "revoke-private-feed", Method: http.MethodDelete, Path: "/me/feed", Tags: []string{"content"},
		Summary: "Take one's private feed back", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, h.Content.RevokePrivateFeed(ctx, fiberhttp.ActorFrom(ctx))
	})
}

func (h *routes) privateFeed(ctx context.Context, r *fiberhttp.Request, secret string) (fiberhttp.Reply, error) {
	v := contentpages.PrivateFeedView{Page: h.server.View(r, fiberhttp.View{Title: "Private feed", Robots: "noindex"})}
	switch feed, err := h.Content.PrivateFeed(ctx, r.Actor); {
	case err == nil:
		v.CreatedAt = feed.CreatedAt
	case !errors.Is(err, content.ErrPrivateFeedNotFound):
		return fiberhttp.Reply{}, err
	}
	if secret != "" {
		for _, f := range feedFormats {
			v.Made = append(v.Made, contentpages.FeedAddress{Format: f.label, URL: h.privateFeedURL(secret, f)})
		}
	}
	return fiberhttp.HTML(contentpages.PrivateFeed(v)), nil
}

// readPrivateFeed answers whoever has the address, from no cache and for none.
func (h *routes) readPrivateFeed(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	f := formatOf(r.Path)
	feed, posts, err := h.Content.ReadPrivateFeed(ctx, r.Param("secret"))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	d := feedDocument{
		id: "urn:uuid:" + string(feed.User), title: h.server.SiteName() + " (private)", publisher: h.server.SiteName(),
		description: "The newest posts of " + h.server.SiteName() + " in full, for one person. Please do not pass its address on.",
		page:        h.server.BaseURL() + "/", self: h.privateFeedURL(r.Param("secret"), f),
	}
	for _, reading := range posts {
		p, author := reading.Article.Post, reading.Article.Author
		text := p.Rendered.Body
		switch reading.Gate {
		case content.NeedSignIn:
			text = p.Rendered.Teaser + `<p><a href="` + p.Path() + `">The rest is for members.</a></p>`
		case content.NeedPlan:
			text = p.Rendered.Teaser + `<p><a href="` + p.Path() + `">The rest is for subscribers.</a></p>`
		}
		d.items = append(d.items, h.feedItem(content.Summary{
			ID: p.ID, Slug: p.Text.Slug, Title: p.Text.Title, Excerpt: p.Text.Excerpt, Tags: p.Text.Tags,
			AuthorHandle: author.Handle, AuthorName: author.Name, CoAuthors: reading.Article.CoAuthors, PublishedAt: p.PublishedAt, UpdatedAt: p.UpdatedAt,
			Cover: reading.Article.Cover,
		}, text))
	}
	text, err := f.text(d)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	sum := sha256.Sum256(text)
	etag := `"` + hex.EncodeToString(sum[:16]) + `"`
	reply := fiberhttp.Bytes(f.media+"; charset=utf-8", text)
	if r.Known(etag) {
		reply = fiberhttp.Bytes("", nil).Status(http.StatusNotModified)
	}
	return reply.Header("ETag", "W/"+etag).Header("X-Robots-Tag", "noindex").Header("Referrer-Policy", "no-referrer"), nil
}
