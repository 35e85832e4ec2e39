package contenthttp

import (
	"context"
	"net/http"
	"net/url"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// CardUseCases are those of the pictures of posts that have no cover.
type CardUseCases interface {
	CardVersion(post content.Article) string
	DrawCard(ctx context.Context, post content.Article) ([]byte, error)
}

// cardCache is a week: long for whoever shows the card, and an end to a title that was taken
// back. The network in front of the program is told before.
const cardCache = "public, max-age=604800, immutable"

func (h *routes) cardPages() {
	if h.Cards != nil {
		h.server.Page(http.MethodGet, "/posts/{slug}/card.png", fiberhttp.Public(), h.card)
	}
}

// cardPath is where the card of a post is. Its address changes with what it shows.
func (h *routes) cardPath(a content.Article) string {
	return content.PathOf(content.KindPost, a.Post.Text.Slug) + "/card.png?v=" + url.QueryEscape(h.Cards.CardVersion(a)) // of pages, too
}

// card serves the picture of a published post, which is the same for everybody. Any other
// version than the one that the post has now leads there and draws nothing, so that whoever
// makes up addresses has none drawn.
func (h *routes) card(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	reading, err := h.Content.ReadPost(ctx, identityport.Actor{}, r.Param("slug"))
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	post, version := reading.Article, h.Cards.CardVersion(reading.Article)
	if post.Post.Text.Slug != r.Param("slug") || r.Query("v") != version {
		return fiberhttp.Redirect(h.cardPath(post)).Status(http.StatusFound), nil
	}
	var reply fiberhttp.Reply
	if tag := `"` + version + `"`; r.Known(tag) {
		reply = fiberhttp.NoContent().Status(http.StatusNotModified).Header("ETag", tag)
	} else {
		picture, err := h.Cards.DrawCard(ctx, post)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		reply = fiberhttp.Bytes("image/png", picture).Header("ETag", tag)
	}
	if post.Details.NoIndex {
		reply = reply.Header("X-Robots-Tag", "noindex")
	}
	return reply.Header("Cache-Control", cardCache).Header("Cross-Origin-Resource-Policy", "cross-origin").
		CacheTags(content.TagPost(post.Post.Text.Slug), content.TagBylines), nil
}

// sharedImage is the picture of a post where it is shared: its cover, or its card; none where
// no cards are drawn.
func (h *routes) sharedImage(a content.Article) layout.SharedImage {
	if c := h.coverImage(a.Cover); c != nil {
		return layout.SharedImage{URL: c.URL, Type: c.Type, Width: c.Width, Height: c.Height, Alt: c.Alt}
	}
	if h.Cards == nil {
		return layout.SharedImage{}
	}
	return layout.SharedImage{
		URL: h.server.BaseURL() + h.cardPath(a), Type: "image/png", Width: content.CardWidth, Height: content.CardHeight, Alt: a.Post.Text.Title,
	}
}
