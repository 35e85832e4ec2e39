package contenthttp

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
	"github.com/neoforge-dev/neoforge/web/pages/platformpages"
)

// share takes what another program of the device shares: for authors it is the beginning
// of a post, which nothing saves before they do. It changes nothing, so that a link to it
// from anywhere is harmless.
func (h *routes) share(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if !r.Actor.May(content.PermissionWrite) {
		v := platformpages.ErrorView{
			Page:    h.server.View(r, fiberhttp.View{Title: "Sharing is for authors", Robots: "noindex"}),
			Status:  http.StatusForbidden,
			Heading: "Sharing is for authors",
			Text:    "What you share here becomes the beginning of a post, and your account does not write posts. Nothing was sent or saved. Sign in with another account, or ask an administrator for the author's role.",
			Links:   []layout.Link{{Label: "All posts", URL: "/posts"}, {Label: "Your account", URL: "/account"}},
		}
		return fiberhttp.HTML(platformpages.Error(v)).Status(http.StatusForbidden), nil
	}
	v := newDraft(r, shared(r.Query("title"), r.Query("text"), r.Query("url")))
	v.Unsaved = true
	return h.editor(r, v, http.StatusOK), nil
}

// shared is a post that begins with what was shared. Many programs send the address as
// the end of the text.
func shared(title, text, address string) contentpages.PostForm {
	title = strings.Join(strings.Fields(title), " ")
	if runes := []rune(title); len(runes) > content.MaxTitle {
		title = string(runes[:content.MaxTitle])
	}
	body := strings.TrimSpace(text)
	if u, err := url.Parse(strings.TrimSpace(address)); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && !strings.Contains(body, u.String()) {
		body = strings.TrimSpace(body + "\n\n<" + u.String() + ">")
	}
	return contentpages.PostForm{Title: title, BodyMarkdown: body, Access: contentpages.Public}
}
