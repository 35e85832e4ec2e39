package identityhttp

import (
	"context"
	"errors"
	"net/http"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/localpath"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
)

// factorCookie holds the challenge of a browser whose second factor is due.
const (
	factorCookie = "second_factor"
	factorPath   = "/login"
)

// admitted answers a browser that proved who it is: with its session, or, while a
// second factor is due, by asking for that.
func (h *routes) admitted(in signin.SignedIn, to string) fiberhttp.Reply {
	if in.SecondFactor == "" {
		return fiberhttp.Redirect(to).SetCookie(append(h.server.SignedInCookies(in.Secret), h.server.DeviceCookie(in.Device))...)
	}
	return fiberhttp.Redirect(identitypages.WithReturn(factorPath+"/second-factor", to)).SetCookie(fiberhttp.Cookie{
		Name: factorCookie, Value: in.SecondFactor.Reveal(), MaxAge: identity.ChallengeTTL,
	})
}

func (h *routes) showSecondFactor(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	back := localpath.OrRoot(r.Query("return_to"))
	if r.Actor.SignedIn() && r.Cookie(factorCookie) == "" {
		return fiberhttp.Redirect(back), nil
	}
	return h.secondFactorPage(ctx, r, back, nil)
}

// secondFactorPage asks for the factor, with what was wrong before. A challenge that
// is no more leads back to the sign-in page.
func (h *routes) secondFactorPage(ctx context.Context, r *fiberhttp.Request, back string, wrong error) (fiberhttp.Reply, error) {
	offer, err := h.SignIn.SecondFactor(ctx, identity.Secret(r.Cookie(factorCookie)))
	if err != nil {
		reply, err := h.notSignedIn(ctx, r, err)
		return reply.SetCookie(fiberhttp.Cookie{Name: factorCookie}), err
	}
	status, message, retry, err := explained(wrong)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.SecondFactorView{
		Page: h.server.View(r, fiberhttp.View{
			Title: "Second factor", Description: "The second step of signing in to " + h.server.SiteName() + ".", Robots: "noindex",
		}),
		ReturnTo: back, TOTP: offer.TOTP, PasskeyOptions: string(offer.Passkey), Error: message,
	}
	return retry(fiberhttp.HTML(identitypages.SecondFactor(v)).Status(status)), nil
}

// explained is what a page says of an error that its reader can do something about;
// any other one is given back.
func explained(wrong error) (status int, message string, retry func(fiberhttp.Reply) fiberhttp.Reply, err error) {
	same := func(r fiberhttp.Reply) fiberhttp.Reply { return r }
	if wrong == nil {
		return http.StatusOK, "", same, nil
	}
	f := fault.As(wrong)
	if f == nil {
		return 0, "", same, wrong
	}
	retry = func(r fiberhttp.Reply) fiberhttp.Reply { return comeBack(r, wrong) }
	switch f.Kind {
	case fault.Invalid, fault.Unauthenticated:
		return http.StatusUnprocessableEntity, f.Message, retry, nil
	case fault.Forbidden:
		return http.StatusForbidden, f.Message, retry, nil
	case fault.Conflict, fault.Outdated:
		return http.StatusConflict, f.Message, retry, nil
	case fault.TooMany:
		return http.StatusTooManyRequests, f.Message, retry, nil
	case fault.Unavailable:
		return http.StatusServiceUnavailable, f.Message, retry, nil
	}
	return 0, "", same, wrong
}

func (h *routes) secondFactor(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	back := localpath.OrRoot(r.Form("return_to"))
	in, err := h.SignIn.FinishSignIn(ctx, signin.FinishSignIn{
		Challenge: identity.Secret(r.Cookie(factorCookie)), Proof: proofOf(r), Device: r.Device(), Replaces: r.SessionSecret(),
	})
	if err != nil && !endsSignIn(err) {
		return h.secondFactorPage(ctx, r, back, err)
	}
	spent := fiberhttp.Cookie{Name: factorCookie}
	if err != nil {
		reply, err := h.notSignedIn(ctx, r, err)
		return reply.SetCookie(spent), err
	}
	return h.admitted(in, back).SetCookie(spent), nil
}

// endsSignIn reports whether a refusal leaves nothing to try another proof at: the
// sign-in begins anew.
func endsSignIn(err error) bool {
	for _, end := range []error{identity.ErrChallengeUnknown, identity.ErrSuspended, identity.ErrEmailUnproven, identity.ErrSignInEnded} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

func proofOf(r *fiberhttp.Request) identity.FactorProof {
	return identity.FactorProof{Code: r.Form("code"), Passkey: []byte(r.Form("passkey"))}
}

// passkeySignIn takes the form that the passkey element of the sign-in page fills in.
func (h *routes) passkeySignIn(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	to := localpath.OrRoot(r.Form("return_to"))
	in, err := h.SignIn.SignInWithPasskey(ctx, signin.SignInWithPasskey{
		Challenge: identity.Secret(r.Form("challenge")), Response: []byte(r.Form("passkey")), Device: r.Device(), Replaces: r.SessionSecret(),
	})
	if err != nil { // the page begins another challenge
		return h.notSignedInTo(ctx, r, to, err)
	}
	return h.admitted(in, to), nil
}
