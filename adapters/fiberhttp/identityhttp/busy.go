package identityhttp

import (
	"context"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/ports/localpath"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// hashing has a route whose requests have a password hashed take their place first; where
// fields are named, those alone that give one of them.
func (h *routes) hashing(fields ...string) fiberhttp.Option {
	return fiberhttp.Admitted(h.SignIn.AdmitPassword, fields...)
}

// The forms of people for whom there was no place: as they sent them, but for passwords,
// with the reason. Nothing was counted for them, and nothing is spent.

func (h *routes) loginRefused(ctx context.Context, r *fiberhttp.Request, refusal error) (fiberhttp.Reply, error) {
	return h.refused(ctx, r, loginForm(r), refusal)
}

func (h *routes) registerRefused(ctx context.Context, r *fiberhttp.Request, refusal error) (fiberhttp.Reply, error) {
	return h.registerAgain(ctx, r, registerForm(r), refusal)
}

func (h *routes) resetRefused(_ context.Context, r *fiberhttp.Request, refusal error) (fiberhttp.Reply, error) {
	return h.resetAgain(r, identitypages.ResetView{Token: r.Form("token"), Errors: layout.FieldErrors{}}, refusal)
}

func (h *routes) verifyEmailRefused(_ context.Context, r *fiberhttp.Request, refusal error) (fiberhttp.Reply, error) {
	return h.verifyAgain(r, refusal)
}

func (h *routes) confirmRefused(ctx context.Context, r *fiberhttp.Request, refusal error) (fiberhttp.Reply, error) {
	return h.confirmPage(ctx, r, localpath.OrRoot(r.Form("return_to")), refusal)
}

func (h *routes) changePasswordRefused(ctx context.Context, r *fiberhttp.Request, refusal error) (fiberhttp.Reply, error) {
	return h.changePasswordAgain(ctx, r, layout.FieldErrors{}, refusal)
}

// comeBack has an answer that says why something was refused say when to try again.
func comeBack(reply fiberhttp.Reply, refusal error) fiberhttp.Reply {
	if after := fiberhttp.RetryAfter(refusal); after != "" {
		return reply.Header("Retry-After", after)
	}
	return reply
}
