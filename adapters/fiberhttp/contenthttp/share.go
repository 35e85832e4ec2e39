package contenthttp

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/web/pages/contentpages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
	"github.com/neoforge-dev/neoforge/web/pages/platformpages"
)

// keptName is how the draft of a shared text may be called: as the offline worker names
// it, or as [newDraft] does.
var keptName = regexp.MustCompile(`^[0-9A-Za-z-]{20,40}$`)

// share takes what another program of the device shares: for authors it is the beginning
// of a post, which nothing saves before they do. Its text never stands in an address:
// it comes in a form, or stays in the browser, where the offline worker has kept it and
// asks for this page under the name that it gave it. It changes nothing, so that a link
// to it from anywhere is harmless; and its draft has that name, so that it takes the place
// of no other.
func (h *routes) share(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if !r.Actor.May(content.PermissionWrite) {
		v := platformpages.ErrorView{
			Page: h.server.View(r, fiberhttp.View{
				Title: "Sharing is for authors", Description: "Who may share into the studio of " + h.server.SiteName() + ".", Robots: "noindex",
			}),
			Status:  http.StatusForbidden,
			Heading: "Sharing is for authors",
			Text:    "What you share here becomes the beginning of a post, and your account does not write posts. Nothing was sent or saved. Sign in with another account, or ask an administrator for the author's role.",
			Links:   []layout.Link{{Label: "All posts", URL: "/posts"}, {Label: "Your account", URL: "/account"}},
		}
		return fiberhttp.HTML(platformpages.Error(v)).Status(http.StatusForbidden), nil
	}
	if r.Method == http.MethodPost {
		v := newDraft(r, shared(r.Form("title"), r.Form("text"), r.Form("url")))
		v.Shared, v.Unsaved = v.DraftKey, true
		return h.editor(r, v, http.StatusOK), nil
	}
	v := newDraft(r, contentpages.PostForm{Access: contentpages.Public})
	if v.Shared = r.Query("kept"); !keptName.MatchString(v.Shared) {
		v.Shared = v.DraftKey
	}
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
