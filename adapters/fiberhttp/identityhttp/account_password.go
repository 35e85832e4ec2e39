package identityhttp

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

func (h *routes) showPassword(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.passwordPage(ctx, r, layout.FieldErrors{})
}

func (h *routes) passwordPage(ctx context.Context, r *fiberhttp.Request, errs layout.FieldErrors) (fiberhttp.Reply, error) {
	p, err := h.Account.Profile(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	title := "Set a password"
	if p.HasPassword {
		title = "Change the password"
	}
	return fiberhttp.HTML(identitypages.ChangePassword(identitypages.PasswordView{
		Page:  h.server.View(r, fiberhttp.View{Title: title, Robots: "noindex"}),
		Email: p.User.Email.Shown(), HasPassword: p.HasPassword, Errors: errs,
	})), nil
}

// notYourPassword is told to who is signed in: there is no address to be wrong.
const notYourPassword = "This is not your password. Type it again. If you no longer know it, sign out and choose a new one under “Forgot the password?”."

func (h *routes) changePassword(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	errs := layout.FieldErrors{}
	cmd := account.ChangePassword{Current: r.Form("current"), Password: r.Form("password")}
	missing(errs, map[string]string{"password": cmd.Password})
	var refusal error
	if len(errs) == 0 {
		secret, err := h.Account.ChangePassword(ctx, r.Actor, cmd)
		switch {
		case err == nil && secret == "":
			return fiberhttp.Redirect("/account/security").Flash("password-changed"), nil
		case err == nil:
			return fiberhttp.Redirect("/account/security").Flash("password-changed").SetCookie(h.server.SignedInCookies(secret)...), nil
		case errors.Is(err, identity.ErrInvalidCredentials):
			errs["current"] = notYourPassword
		default:
			refusal = err
		}
	}
	return h.changePasswordAgain(ctx, r, errs, refusal)
}

// changePasswordAgain shows the form once more, with what was wrong.
func (h *routes) changePasswordAgain(ctx context.Context, r *fiberhttp.Request, errs layout.FieldErrors, refusal error) (fiberhttp.Reply, error) {
	status, retry, err := faulty(refusal, errs)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	page, err := h.passwordPage(ctx, r, errs)
	return again(page, status, retry), err
}

func (h *routes) showEmail(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.emailPage(ctx, r, "", layout.FieldErrors{})
}

func (h *routes) emailPage(ctx context.Context, r *fiberhttp.Request, typed string, errs layout.FieldErrors) (fiberhttp.Reply, error) {
	p, err := h.Account.Profile(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	pending, undelivered, err := h.SignIn.PendingEmail(ctx, r.Actor)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.HTML(identitypages.ChangeEmail(identitypages.EmailView{
		Pending: pending.Shown(), PendingUndelivered: undelivered,
		Page:  h.server.View(r, fiberhttp.View{Title: "Your address", Robots: "noindex"}),
		Email: p.User.Email.Shown(), Typed: typed, Errors: errs,
	})), nil
}

func (h *routes) cancelEmail(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if err := h.SignIn.CancelEmailChange(ctx, r.Actor); err != nil {
		return fiberhttp.Reply{}, err
	}
	return fiberhttp.Redirect("/account/email").Flash("email-kept"), nil
}

func (h *routes) askEmail(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	typed, errs := strings.TrimSpace(r.Form("email")), layout.FieldErrors{}
	missing(errs, map[string]string{"email": typed})
	status, retry := http.StatusUnprocessableEntity, ""
	if len(errs) == 0 {
		err := h.SignIn.AskEmailChange(ctx, r.Actor, typed)
		if err == nil {
			return fiberhttp.Redirect("/account/email").Flash("email-asked"), nil
		}
		if status, retry, err = faulty(err, errs); err != nil {
			return fiberhttp.Reply{}, err
		}
	}
	page, err := h.emailPage(ctx, r, typed, errs)
	return again(page, status, retry), err
}
