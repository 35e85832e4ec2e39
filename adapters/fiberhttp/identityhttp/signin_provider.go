package identityhttp

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/localpath"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

const (
	// flowCookies begin the names of the cookies that tie each way through a provider
	// to the browser that began it: two tabs are two ways.
	flowCookies = "sign_in_"
	// maxFlowCookies is on how many ways a browser may be. The oldest is given up for
	// one more, so that no page fills the browser's headers.
	maxFlowCookies = 8
	// finishedCookie says which way the browser finished last, and where it led.
	finishedCookie = "finished_sign_in"
	// maxFinishedPath bounds what finishedCookie keeps; a longer path leads to the front
	// page.
	maxFinishedPath = 1000
)

// flowID names a way through a provider by its state, which it does not tell.
func flowID(state identity.Secret) string {
	return base64.RawURLEncoding.EncodeToString(state.Hash()[:12])
}

func flowCookie(state identity.Secret) string { return flowCookies + flowID(state) }

// binding has the browser keep what it needs to come back from a provider, and give up
// the oldest of the ways that it is on when they are many.
func binding(ctx context.Context, start identity.ProviderFlow) []fiberhttp.Cookie {
	cookies := []fiberhttp.Cookie{{Name: flowCookie(start.State), Value: start.BrowserSecret.Reveal(), MaxAge: identity.FlowTTL}}
	open := fiberhttp.CookieNamesFrom(ctx, flowCookies)
	for i := 0; i <= len(open)-maxFlowCookies; i++ {
		cookies = append(cookies, fiberhttp.Cookie{Name: open[i]})
	}
	return cookies
}

// finished has the browser remember where a way led, for when the callback is loaded
// again.
func finished(state identity.Secret, to string) []fiberhttp.Cookie {
	if len(to) > maxFinishedPath {
		to = "/"
	}
	return []fiberhttp.Cookie{
		{Name: flowCookie(state)},
		{Name: finishedCookie, Value: flowID(state) + "." + url.QueryEscape(to), MaxAge: identity.FlowTTL},
	}
}

// ledTo is where the way with that state led, when it is the one that this browser
// finished last.
func ledTo(r *fiberhttp.Request, state identity.Secret) (string, bool) {
	id, escaped, _ := strings.Cut(r.Cookie(finishedCookie), ".")
	to, err := url.QueryUnescape(escaped)
	if state == "" || id != flowID(state) || err != nil {
		return "/", false
	}
	return localpath.OrRoot(to), true
}

// beginNothing answers HEAD: there is such a provider, or not.
func (h *routes) beginNothing(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	name := r.Param("provider")
	if !slices.ContainsFunc(h.SignIn.Providers(), func(p identity.ProviderInfo) bool { return p.Name == name }) {
		return fiberhttp.Reply{}, identity.ErrProviderUnknown
	}
	return fiberhttp.NoContent(), nil
}

func (h *routes) begin(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	back := localpath.OrRoot(r.Query("return_to"))
	start, err := h.SignIn.BeginProviderSignIn(ctx, signin.BeginProviderSignIn{
		Provider: r.Param("provider"), ReturnTo: back, LoginHint: r.Query("login_hint"), Agreed: shownTexts(r.Query), Device: r.Device(),
	})
	if err != nil {
		return h.notSignedInTo(ctx, r, back, err)
	}
	return fiberhttp.Redirect(start.RedirectURL).SetCookie(binding(ctx, start)...), nil
}

// callback takes what a provider answers, for whatever its browser had gone there. A
// browser that is signed in, or about to be, and comes again, by reloading or by going
// back, is led on to where it went the first time.
func (h *routes) callback(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	state := identity.Secret(r.Query("state"))
	if to, again := ledTo(r, state); again {
		switch {
		case r.Cookie(factorCookie) != "":
			return fiberhttp.Redirect(identitypages.WithReturn(factorPath+"/second-factor", to)), nil
		case r.Actor.SignedIn():
			return fiberhttp.Redirect(to), nil
		}
	}
	back := identity.ProviderReturn{
		Provider: r.Param("provider"), BrowserSecret: identity.Secret(r.Cookie(flowCookie(state))), Params: r.QueryValues(), Actor: r.Actor,
	}
	purpose, err := h.SignIn.ReturnPurpose(ctx, back.Params)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	var reply fiberhttp.Reply
	var to string // empty: the way led nowhere
	switch purpose {
	case identity.FlowLink:
		reply, to, err = h.returnFromLink(ctx, r, back)
	case identity.FlowConfirm:
		reply, to, err = h.returnFromConfirmation(ctx, r, back)
	default:
		reply, to, err = h.returnFromSignIn(ctx, r, back)
	}
	if to != "" {
		return reply.SetCookie(finished(state, to)...), err
	}
	return reply.SetCookie(fiberhttp.Cookie{Name: flowCookie(state)}), err
}

func (h *routes) returnFromSignIn(ctx context.Context, r *fiberhttp.Request, back identity.ProviderReturn) (fiberhttp.Reply, string, error) {
	in, err := h.SignIn.SignInWithProvider(ctx, signin.SignInWithProvider{
		Provider: back.Provider, BrowserSecret: back.BrowserSecret, Params: back.Params, Device: r.Device(), Replaces: r.SessionSecret(),
	})
	if errors.Is(err, identity.ErrFlowUnknown) && r.Actor.SignedIn() {
		return fiberhttp.Redirect("/"), "", nil // finished long ago, or in another tab: they are where they wanted to be
	}
	if err != nil {
		reply, err := h.notSignedIn(ctx, r, err)
		return reply, "", err
	}
	to := localpath.OrRoot(in.ReturnTo)
	return h.admitted(in, to), to, nil
}

// returnFromLink is the callback of somebody who connects an account.
func (h *routes) returnFromLink(ctx context.Context, r *fiberhttp.Request, back identity.ProviderReturn) (fiberhttp.Reply, string, error) {
	linked, err := h.Account.LinkIdentity(ctx, back)
	if err != nil {
		reply, err := h.notConnected(ctx, r, err)
		return reply, "", err
	}
	to := localpath.OrRoot(linked.ReturnTo)
	return fiberhttp.Redirect(to).Flash("connected"), to, nil
}

// returnFromConfirmation is the callback of somebody who proves again who they are.
func (h *routes) returnFromConfirmation(ctx context.Context, r *fiberhttp.Request, back identity.ProviderReturn) (fiberhttp.Reply, string, error) {
	done, err := h.Account.ConfirmWithProvider(ctx, back)
	to := localpath.OrRoot(done.ReturnTo)
	switch {
	case err != nil && !r.Actor.SignedIn():
		reply, err := h.notSignedIn(ctx, r, err)
		return reply, "", err
	case err != nil:
		reply, err := h.confirmPage(ctx, r, to, err)
		return reply, "", err
	}
	return h.confirmed(done, to), to, nil
}

// postedCallback takes an answer that the provider had the browser post. Such a
// request brings no SameSite=Lax cookie, so the browser is sent to ask again by
// GET, which does.
func (h *routes) postedCallback(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	form, kept := r.FormValues(), url.Values{}
	for _, name := range []string{"state", "code", "iss", "error", "error_description", "user"} {
		for _, value := range form[name] {
			kept.Add(name, value)
		}
	}
	query := kept.Encode()
	if len(query) > 6000 {
		return fiberhttp.Reply{}, identity.ErrProviderInvalid
	}
	return fiberhttp.Redirect("/auth/" + url.PathEscape(r.Param("provider")) + "/callback?" + query), nil
}
