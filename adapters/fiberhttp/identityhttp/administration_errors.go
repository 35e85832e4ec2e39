package identityhttp

import (
	"context"
	"net/http"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

// shownErrors is how many groups the page shows.
const shownErrors = 100

func (h *routes) errors() {
	h.server.Page(http.MethodGet, "/admin/errors", fiberhttp.Permitted(identity.PermissionManageUsers), h.showErrors)
}

func (h *routes) showErrors(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v := identitypages.ErrorsView{Page: h.server.View(r, fiberhttp.View{Title: "Errors", Robots: "noindex"})}
	if h.Errors != nil {
		groups, err := h.Errors.Groups(ctx, errortracking.Filter{State: errortracking.Open}, cursor.Position{}, shownErrors)
		if err != nil {
			return fiberhttp.Reply{}, err
		}
		for _, g := range groups {
			v.Groups = append(v.Groups, identitypages.ErrorRow{
				Kind: string(g.Kind), Title: g.Title, Where: g.Where, Times: g.Times, FirstSeen: g.FirstSeen, LastSeen: g.LastSeen,
				FirstRelease: g.FirstRelease, LastRelease: g.LastRelease, RequestID: g.Sample.RequestID,
			})
		}
	}
	return fiberhttp.HTML(identitypages.Errors(v)), nil
}
