package identityhttp

import (
	"context"
	"net/http"
	"net/url"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

func (h *routes) account(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.accountPage(ctx, r, func(*identitypages.AccountView) {}, http.StatusOK)
}

// accountPage shows one's own account; change adds what a form found wrong.
func (h *routes) accountPage(ctx context.Context, r *fiberhttp.Request, change func(v *identitypages.AccountView), status int) (fiberhttp.Reply, error) {
	p, err := h.Identity.Profile(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	labels := map[string]string{}
	for _, provider := range h.Identity.Providers() {
		labels[provider.Name] = provider.Label
	}
	v := identitypages.AccountView{
		Page: h.server.View(r, fiberhttp.View{Title: "Profile", Robots: "noindex"}),
		Name: p.User.Name, TypedName: p.User.Name, AvatarURL: fiberhttp.AvatarURL(r.Actor.UserID, r.Actor.Picture),
		Errors: layout.FieldErrors{}, Email: string(p.User.Email), EmailVerified: p.User.EmailVerified,
		Role: string(p.User.Role), CreatedAt: p.User.CreatedAt, HasPassword: p.HasPassword,
	}
	for _, i := range p.Identities {
		label := labels[i.Provider]
		if label == "" {
			label = i.Provider // no longer set up
		}
		v.Identities = append(v.Identities, identitypages.Identity{Provider: i.Provider, Label: label, Email: i.Email, LinkedAt: i.CreatedAt})
	}
	for _, s := range p.Sessions {
		v.Devices = append(v.Devices, identitypages.Device{
			UserAgent: s.Device.UserAgent, Address: s.Device.Address, Program: s.Kind == identity.APISession,
			Current: s.ID == r.Actor.SessionID, CreatedAt: s.CreatedAt, LastSeenAt: s.LastSeenAt,
			RevokeURL: "/account/sessions/" + url.PathEscape(s.ID) + "/revoke",
		})
	}
	change(&v)
	return fiberhttp.HTML(identitypages.Account(v)).Status(status), nil
}
