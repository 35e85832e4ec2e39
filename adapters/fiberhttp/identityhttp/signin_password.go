package identityhttp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/localpath"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

func (h *routes) showLogin(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	back := localpath.OrRoot(r.Query("return_to"))
	if r.Actor.SignedIn() {
		return fiberhttp.Redirect(back), nil
	}
	return h.loginPage(ctx, r, identitypages.LoginView{ReturnTo: back, Errors: layout.FieldErrors{}}, http.StatusOK)
}

func (h *routes) loginPage(ctx context.Context, r *fiberhttp.Request, v identitypages.LoginView, status int) (fiberhttp.Reply, error) {
	all, err := h.Privacy.Agreements(ctx)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v.Page = h.server.View(r, fiberhttp.View{
		Title: "Sign in", Description: "Sign in to " + h.server.SiteName() + " by password, passkey or a link that we send you.",
		Canonical: "/login",
	})
	v.Agreement, v.Changed = agreement("signing in for the first time", all), changedTexts(all, shownTexts(r.Query))
	for _, p := range h.SignIn.Providers() {
		to := withTexts(identitypages.WithReturn("/auth/"+url.PathEscape(p.Name), v.ReturnTo), all)
		v.Providers = append(v.Providers, identitypages.Provider{
			Name: p.Name, Label: p.Label, URL: to, Development: p.Name == h.DevelopmentProvider,
		})
	}
	if h.server.Development() {
		v.Hint = h.SampleSignIns
	}
	return fiberhttp.HTML(identitypages.Login(v)).Status(status), nil
}

// withTexts adds to a link which versions its page showed.
func withTexts(link string, all []identity.Agreement) string {
	shown := url.Values{}
	for _, a := range all {
		for field, kind := range textFields() {
			if kind == a.Kind {
				shown.Set(field, a.Version)
			}
		}
	}
	separator := "?"
	if strings.Contains(link, "?") {
		separator = "&"
	}
	return link + separator + shown.Encode()
}

// loginForm is the sign-in form as it was sent.
func loginForm(r *fiberhttp.Request) identitypages.LoginView {
	return identitypages.LoginView{
		Email: strings.TrimSpace(r.Form("email")), ReturnTo: localpath.OrRoot(r.Form("return_to")), Errors: layout.FieldErrors{},
	}
}

func (h *routes) login(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	view := loginForm(r)
	password := r.Form("password")
	if view.Email == "" {
		view.Errors["email"] = "Type your e-mail address."
	}
	if password == "" {
		view.Errors["password"] = "Type your password."
	}
	if len(view.Errors) > 0 {
		return h.loginPage(ctx, r, view, http.StatusUnprocessableEntity)
	}
	in, err := h.SignIn.SignInWithPassword(ctx, signin.SignInWithPassword{
		Email: view.Email, Password: password, Device: r.Device(), Replaces: r.SessionSecret(),
	})
	if err != nil {
		return h.refused(ctx, r, view, err)
	}
	return h.admitted(in, view.ReturnTo), nil
}

// refused shows why nobody was signed in, above the form. What is not the
// visitor's to mend goes to the error page.
func (h *routes) refused(ctx context.Context, r *fiberhttp.Request, v identitypages.LoginView, refusal error) (fiberhttp.Reply, error) {
	f := fault.As(refusal)
	if f == nil {
		return fiberhttp.Reply{}, refusal
	}
	status := http.StatusUnprocessableEntity
	switch f.Kind {
	case fault.Unauthenticated:
		status = http.StatusUnauthorized
	case fault.TooMany:
		status = http.StatusTooManyRequests
	case fault.Forbidden:
		status = http.StatusForbidden
	case fault.Invalid, fault.Conflict, fault.NotFound:
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
	default:
		return fiberhttp.Reply{}, refusal
	}
	if !errors.Is(refusal, identity.ErrConsentOutdated) { // else the page says it with links
		v.Errors[""] = f.Message
	}
	reply, err := h.loginPage(ctx, r, v, status)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return comeBack(reply, refusal), nil
}

// logout is open to everybody: it must work for a browser whose session has ended.
func (h *routes) logout(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if r.Actor.SignedIn() {
		if err := h.SignIn.SignOut(ctx, r.Actor); err != nil {
			return fiberhttp.Reply{}, err
		}
	}
	if err := h.signOutKept(ctx, r.OwnSecret()); err != nil {
		return fiberhttp.Reply{}, err
	}
	return h.server.Leaving(fiberhttp.Redirect(localpath.OrRoot(r.Form("return_to"))).Flash("signed-out").
		SetCookie(h.server.OwnCookies("")...), r.Actor.UserID, r.Actor.Impersonator), nil
}

// signOutKept ends the session that a browser keeps aside: who acts for somebody
// leaves altogether.
func (h *routes) signOutKept(ctx context.Context, own identity.Secret) error {
	if own == "" {
		return nil
	}
	return h.Administration.SignOutKept(ctx, own)
}

// notSignedIn shows the sign-in page again with the reason. A provider that is not
// set up here is a missing page.
func (h *routes) notSignedIn(ctx context.Context, r *fiberhttp.Request, err error) (fiberhttp.Reply, error) {
	return h.notSignedInTo(ctx, r, "/", err)
}

// notSignedInTo is notSignedIn for who wanted to go somewhere.
func (h *routes) notSignedInTo(ctx context.Context, r *fiberhttp.Request, back string, err error) (fiberhttp.Reply, error) {
	if errors.Is(err, identity.ErrProviderUnknown) {
		return fiberhttp.Reply{}, err
	}
	return h.refused(ctx, r, identitypages.LoginView{ReturnTo: back, Errors: layout.FieldErrors{}}, err)
}
