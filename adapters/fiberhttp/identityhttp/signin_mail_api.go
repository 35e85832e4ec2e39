package identityhttp

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
)

// CaptchaFields is what a program brings to the question that tells people from programs;
// where none is asked it is left out.
type CaptchaFields struct {
	Response string `json:"human_check,omitempty" validate:"max=4096" doc:"The answer to the question of the form, where one is asked."`
	State    string `json:"human_state,omitempty" validate:"max=4096"`
}

func (a CaptchaFields) answer() identity.CaptchaAnswer {
	return identity.CaptchaAnswer{Response: a.Response, State: a.State}
}

// Registration is somebody who registers.
type Registration struct {
	Email    string `json:"email" validate:"required,email,max=254" example:"cleo@neoforge.test"`
	Password string `json:"password" validate:"required,max=1024" doc:"8 to 256 characters: no common or breached password, and more than one's own name or address or that of the site. Otherwise 422 with identity.weak_password or identity.breached_password."`
	Name     string `json:"name" validate:"required,max=400" example:"Cleo"`
	News     bool   `json:"news,omitempty" doc:"Whether they ask for the news by mail. Left out: they do not."`
	// The versions that the program showed.
	TermsVersion   string `json:"terms_version,omitempty" validate:"max=100" example:"2026-03-04.2" doc:"The version of the terms of use that the person was shown: version of GET /site-pages/terms, or unpublished while that answers 404. When another one is in force: 409 identity.consent_outdated. Left out: the one in force is recorded."`
	PrivacyVersion string `json:"privacy_version,omitempty" validate:"max=100" example:"2026-03-04.1" doc:"As terms_version, of the privacy notice."`
	CaptchaFields
}

// shown is which versions the person was shown, as far as the program says so.
func (b Registration) shown() identity.Agreed {
	sent := map[string]string{"terms_version": b.TermsVersion, "privacy_version": b.PrivacyVersion}
	return shownTexts(func(name string) string { return sent[name] })
}

// Asked is somebody who asks for a mail.
type Asked struct {
	Email string `json:"email" validate:"required,email,max=254" example:"cleo@neoforge.test"`
	CaptchaFields
}

// MailChallenge goes with the code of the mail that was asked for.
type MailChallenge struct {
	Challenge string `json:"challenge" doc:"To be sent with the code. It is there whether a mail was sent or not."`
}

// MailedCode is the code of a mail that signs in.
type MailedCode struct {
	Challenge string `json:"challenge" validate:"required,max=200" doc:"From the request for the mail: nobody else can use its code."`
	Code      string `json:"code" validate:"required,max=64" example:"123456"`
}

// MailedToken is the token of a link in a mail.
type MailedToken struct {
	Token string `json:"token" validate:"required,max=200"`
}

// VerifiedAddress proves an address.
type VerifiedAddress struct {
	Token    string `json:"token" validate:"required,max=200"`
	Password string `json:"password,omitempty" validate:"max=1024" doc:"Becomes the person's. Left out: the registration's counts, unless several wait; then the person chooses one by password/forgot."`
}

// NewPassword chooses a password by a mail.
type NewPassword struct {
	Token    string `json:"token" validate:"required,max=200"`
	Password string `json:"password" validate:"required,max=1024" doc:"As for registering."`
}

// PasswordChange sets another password.
type PasswordChange struct {
	CurrentPassword string `json:"current_password,omitempty" validate:"max=1024" doc:"Checked when it is given."`
	Password        string `json:"password" validate:"required,max=1024" doc:"As for registering."`
}

// EmailChange asks for another address.
type EmailChange struct {
	Email string `json:"email" validate:"required,email,max=254"`
}

// fewMails says what becomes of who asks again and again, or after others did.
const fewMails = "An address gets a few mails of a kind an hour. Beyond them the answer is the same and none is sent: the links in those are good."

// The routes answer alike whether the address has an account or not.
func (h *routes) mailAPI() {
	post := func(id, path, summary string, status int) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodPost, Path: path, Tags: []string{"identity"}, Summary: summary, DefaultStatus: status}
	}
	type registration struct{ Body Registration }
	register := post("register", "/auth/register", "Register; the rest is in the mail", http.StatusAccepted)
	register.Description = "By registering one agrees to the terms of use and the privacy notice: show them first, and send which versions were shown. " +
		"They are recorded with the time and the network address. " + fewMails
	fiberhttp.Operation(h.server, fiberhttp.Public(), register,
		func(ctx context.Context, in *registration) (*struct{}, error) {
			return nil, h.SignIn.SignUp(ctx, signin.SignUp{
				Email: in.Body.Email, Password: in.Body.Password, Name: in.Body.Name, News: in.Body.News, Captcha: in.Body.answer(),
				IP: fiberhttp.DeviceFrom(ctx).IP, Agreed: in.Body.shown(),
			})
		}, h.hashing())

	type verified struct{ Body VerifiedAddress }
	fiberhttp.Operation(h.server, fiberhttp.Public(), post("verify-email", "/auth/verify-email", "Verify an address by a mail", http.StatusNoContent),
		func(ctx context.Context, in *verified) (*struct{}, error) {
			return nil, h.SignIn.VerifyEmail(ctx, signin.VerifyEmail{
				Token: identity.Secret(in.Body.Token), Password: in.Body.Password, Program: true, IP: fiberhttp.DeviceFrom(ctx).IP,
			})
		}, h.hashing("password"))
	type token struct{ Body MailedToken }
	fiberhttp.Operation(h.server, fiberhttp.Public(), post("change-email", "/auth/change-email", "Use a new address by a mail", http.StatusNoContent),
		func(ctx context.Context, in *token) (*struct{}, error) {
			return nil, h.SignIn.ConfirmEmailChange(ctx, identity.Secret(in.Body.Token), fiberhttp.DeviceFrom(ctx).IP)
		})

	type asked struct{ Body Asked }
	byMail := func(ctx context.Context, in *asked) signin.AskedByMail {
		return signin.AskedByMail{Email: in.Body.Email, Captcha: in.Body.answer(), IP: fiberhttp.DeviceFrom(ctx).IP, Token: fiberhttp.DeviceFrom(ctx).Token}
	}
	forgot := post("forgot-password", "/auth/password/forgot", "Ask for a mail to choose a password by", http.StatusAccepted)
	forgot.Description = fewMails
	fiberhttp.Operation(h.server, fiberhttp.Public(), forgot,
		func(ctx context.Context, in *asked) (*struct{}, error) {
			return nil, h.SignIn.ForgotPassword(ctx, byMail(ctx, in))
		})
	type begun struct{ Body MailChallenge }
	magic := post("send-magic-link", "/auth/magic-link", "Ask for a mail to sign in by: a link for a browser, a code for who asked", http.StatusAccepted)
	magic.Description = fewMails
	fiberhttp.Operation(h.server, fiberhttp.Public(), magic,
		func(ctx context.Context, in *asked) (*begun, error) {
			cmd := byMail(ctx, in)
			cmd.Browser = identity.NewSecret()
			if err := h.SignIn.SendMagicLink(ctx, cmd); err != nil {
				return nil, err
			}
			return &begun{Body: MailChallenge{Challenge: cmd.Browser.Reveal()}}, nil
		})
	type typed struct{ Body MailedCode }
	fiberhttp.Operation(h.server, fiberhttp.Public(), post("sign-in-with-mail-code", "/auth/magic-link/code", "Sign a program in by the code of a mail", http.StatusOK),
		func(ctx context.Context, in *typed) (*tokensOutput, error) {
			pair, err := h.SignIn.SignInProgramWithCode(ctx, signin.SignInWithCode{
				Browser: identity.Secret(in.Body.Challenge), Code: in.Body.Code, Device: fiberhttp.DeviceFrom(ctx),
			})
			if err != nil {
				return nil, due(err)
			}
			return tokens(pair), nil
		})

	type newPassword struct{ Body NewPassword }
	fiberhttp.Operation(h.server, fiberhttp.Public(), post("reset-password", "/auth/password/reset", "Choose a password by a mail", http.StatusNoContent),
		func(ctx context.Context, in *newPassword) (*struct{}, error) {
			return nil, h.SignIn.ResetPassword(ctx, signin.ResetPassword{
				Token: identity.Secret(in.Body.Token), Password: in.Body.Password, IP: fiberhttp.DeviceFrom(ctx).IP,
			})
		}, h.hashing())

	type change struct{ Body PasswordChange }
	type changed struct {
		SetCookie []http.Cookie `header:"Set-Cookie" doc:"The new cookie of the session that asked; none for a bearer token."`
	}
	op := post("change-my-password", "/me/password", "Set another password; every other session ends", http.StatusNoContent)
	op.Method = http.MethodPut
	fiberhttp.Operation(h.server, fiberhttp.Recently(), op,
		func(ctx context.Context, in *change) (*changed, error) {
			secret, err := h.Account.ChangePassword(ctx, fiberhttp.ActorFrom(ctx), account.ChangePassword{
				Current: in.Body.CurrentPassword, Password: in.Body.Password,
			})
			if err != nil || secret == "" {
				return nil, err
			}
			out := &changed{}
			for _, k := range h.server.SignedInCookies(secret) {
				out.SetCookie = append(out.SetCookie, h.server.HTTPCookie(k))
			}
			return out, nil
		}, h.hashing())

	type address struct{ Body EmailChange }
	fiberhttp.Operation(h.server, fiberhttp.Recently(), post("change-my-email", "/me/email", "Ask for another address; the rest is in the mail", http.StatusAccepted),
		func(ctx context.Context, in *address) (*struct{}, error) {
			return nil, h.SignIn.AskEmailChange(ctx, fiberhttp.ActorFrom(ctx), in.Body.Email)
		})
	cancel := post("cancel-my-email-change", "/me/email", "Cancel the pending change of address", http.StatusNoContent)
	cancel.Method = http.MethodDelete
	fiberhttp.Operation(h.server, fiberhttp.SignedIn(), cancel,
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			return nil, h.SignIn.CancelEmailChange(ctx, fiberhttp.ActorFrom(ctx))
		})
}
