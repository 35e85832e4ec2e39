package identityhttp

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/ports/localpath"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

func (h *routes) showConfirm(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	back := localpath.OrRoot(r.Query("return_to"))
	if h.server.HasRecentProof(r) { // they have signed in on the way here
		return fiberhttp.Redirect(back), nil
	}
	return h.confirmPage(ctx, r, back, nil)
}

// confirmPage offers what its person can prove themselves by, with what was wrong
// before.
func (h *routes) confirmPage(ctx context.Context, r *fiberhttp.Request, back string, wrong error) (fiberhttp.Reply, error) {
	status, message, retry, err := explained(wrong)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if errors.Is(wrong, identity.ErrInvalidCredentials) {
		message = notYourPassword
	}
	s, err := h.Account.Security(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.ConfirmView{
		Page: h.server.View(r, fiberhttp.View{Title: "Confirm that it is you", Robots: "noindex"}), ReturnTo: back, Email: identity.Email(r.Actor.Email).Shown(),
		Password: s.HasPassword, Code: s.TOTP.Active() || s.RecoveryCodesLeft > 0, TOTP: s.TOTP.Active(), Passkey: len(s.Passkeys) > 0, Error: message, Tried: tried(r),
		Impersonated: r.Actor.Impersonator != "",
	}
	if !s.HasPassword && !s.HasSecondFactor() {
		linked := map[string]bool{}
		for _, i := range s.Identities {
			linked[i.Provider] = true
		}
		for _, p := range h.SignIn.Providers() {
			if linked[p.Name] {
				v.Providers = append(v.Providers, identitypages.Provider{
					Name: p.Name, Label: p.Label, URL: "/confirm/" + url.PathEscape(p.Name), Development: p.Name == h.DevelopmentProvider,
				})
			}
		}
	}
	return retry(fiberhttp.HTML(identitypages.Confirm(v)).Status(status)), nil
}

func (h *routes) confirm(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	back := localpath.OrRoot(r.Form("return_to"))
	done, err := h.Account.Confirm(ctx, account.Confirm{
		Actor: r.Actor, Password: r.Form("password"), Proof: proofOf(r), Challenge: identity.Secret(r.Form("challenge")),
	})
	if err != nil {
		return h.confirmPage(ctx, r, back, err)
	}
	return h.confirmed(done, back), nil
}

// tried is the field that a confirmation came by.
func tried(r *fiberhttp.Request) string {
	for _, name := range []string{"passkey", "code", "password"} {
		if r.FormValues().Has(name) {
			return map[string]string{"code": "code", "password": "password"}[name]
		}
	}
	return ""
}

// confirmed hands the browser the new secret of its session.
func (h *routes) confirmed(done account.Confirmed, back string) fiberhttp.Reply {
	reply := fiberhttp.Redirect(back)
	if done.Secret != "" {
		reply = reply.SetCookie(h.server.SignedInCookies(done.Secret)...)
	}
	return reply
}

func (h *routes) confirmElsewhere(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	name, back := r.Param("provider"), localpath.OrRoot(r.Form("return_to"))
	start, err := h.Account.BeginProviderConfirmation(ctx, r.Actor, name, back)
	if err != nil {
		return h.confirmPage(ctx, r, back, err)
	}
	return h.onward(ctx, r, name, start), nil
}

func (h *routes) stepUp() {
	h.server.Flashes(map[string]layout.Flash{
		fiberhttp.ConfirmedFlash: {Kind: layout.FlashSuccess, Message: "Confirmed. Nothing was done yet: press the button again to finish."},
	})
	h.server.Page(http.MethodGet, fiberhttp.ResumePath, fiberhttp.Recently().WithoutSecondFactor(), h.server.Resume(h.fieldWords))
	h.server.Page(http.MethodGet, "/confirm", fiberhttp.SignedIn().WithoutSecondFactor(), h.showConfirm)
	h.server.Page(http.MethodPost, "/confirm", fiberhttp.SignedIn().WithoutSecondFactor(), h.confirm, h.hashing("password"), fiberhttp.Refused(h.confirmRefused))
	h.server.Page(http.MethodPost, "/confirm/{provider}", fiberhttp.SignedIn().WithoutSecondFactor(), h.confirmElsewhere)
}
