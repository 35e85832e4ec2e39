package identityhttp

import (
	"context"
	"net/http"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

func (h *routes) account(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.accountPage(ctx, r, func(*identitypages.AccountView) {}, http.StatusOK)
}

// accountPage shows one's own account; change adds what a form found wrong.
func (h *routes) accountPage(ctx context.Context, r *fiberhttp.Request, change func(v *identitypages.AccountView), status int) (fiberhttp.Reply, error) {
	p, err := h.Account.Profile(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.AccountView{
		Page: h.server.View(r, fiberhttp.View{
			Title: "Profile", Description: "Your name, picture and addresses on " + h.server.SiteName() + ".", Robots: "noindex",
		}),
		Name: p.User.Name, TypedName: p.User.Name, AvatarURL: fiberhttp.AvatarURL(r.Actor.UserID, r.Actor.Picture),
		Errors: layout.FieldErrors{}, Email: p.User.Email.Shown(), EmailUndelivered: p.EmailUndelivered,
		Role: string(p.User.Role), CreatedAt: p.User.CreatedAt,
	}
	change(&v)
	return fiberhttp.HTML(identitypages.Account(v)).Status(status), nil
}
