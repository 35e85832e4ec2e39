package identityhttp

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/localpath"
	"github.com/neoforge-dev/neoforge/web/pages/identitypages"
	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

// mail adds what is done by mails. A GET of a link shows a button and does
// nothing, so that programs which look into mails use nothing up.
func (h *routes) mail() {
	h.server.Flashes(map[string]layout.Flash{
		"email-verified":   {Kind: layout.FlashSuccess, Message: "Your address is verified."},
		"email-changed":    {Kind: layout.FlashSuccess, Message: "Your new address is in use."},
		"email-asked":      {Kind: layout.FlashSuccess, Message: "We have written to the new address. Open the link there."},
		"email-kept":       {Kind: layout.FlashSuccess, Message: "Your address stays as it is."},
		"password-reset":   {Kind: layout.FlashSuccess, Message: "Your new password is set. Sign in with it."},
		"password-changed": {Kind: layout.FlashSuccess, Message: "Your new password is set. Your other devices are signed out."},
	})
	s := h.server
	s.Page(http.MethodGet, "/register", fiberhttp.Public(), h.showRegister)
	s.Page(http.MethodPost, "/register", fiberhttp.Public(), h.register, h.hashing(), fiberhttp.Refused(h.registerRefused))
	s.Page(http.MethodGet, "/forgot", fiberhttp.Public(), h.asking(forgotForm()))
	s.Page(http.MethodPost, "/forgot", fiberhttp.Public(), h.asked(forgotForm(), h.SignIn.ForgotPassword))
	s.Page(http.MethodGet, "/login/link", fiberhttp.Public(), h.asking(linkForm()))
	s.Page(http.MethodPost, "/login/link", fiberhttp.Public(), h.asked(linkForm(), h.SignIn.SendMagicLink))
	s.Page(http.MethodPost, "/login/code", fiberhttp.Public(), h.signInWithCode)
	s.Page(http.MethodGet, "/mail-sent/{what}", fiberhttp.Public(), h.sent)
	s.Page(http.MethodGet, "/verify-email", fiberhttp.Public(), h.showVerifyEmail)
	s.Page(http.MethodPost, "/verify-email", fiberhttp.Public(), h.verifyEmail, h.hashing("password"), fiberhttp.Refused(h.verifyEmailRefused))
	s.Page(http.MethodGet, "/change-email", fiberhttp.Public(), h.following(changeLink()))
	s.Page(http.MethodPost, "/change-email", fiberhttp.Public(), h.confirmEmail)
	s.Page(http.MethodGet, "/auth/magic", fiberhttp.Public(), h.following(magicLink()))
	s.Page(http.MethodPost, "/auth/magic", fiberhttp.Public(), h.signInWithLink)
	s.Page(http.MethodGet, "/reset", fiberhttp.Public(), h.showReset)
	s.Page(http.MethodPost, "/reset", fiberhttp.Public(), h.reset, h.hashing(), fiberhttp.Refused(h.resetRefused))
	s.Page(http.MethodGet, "/account/password", fiberhttp.Recently(), h.showPassword)
	s.Page(http.MethodPost, "/account/password", fiberhttp.Recently(), h.changePassword, fiberhttp.Resumes("Change the password", "current", "password"),
		h.hashing(), fiberhttp.Refused(h.changePasswordRefused))
	s.Page(http.MethodGet, "/account/email", fiberhttp.SignedIn(), h.showEmail)
	s.Page(http.MethodPost, "/account/email", fiberhttp.Recently(), h.askEmail, fiberhttp.Resumes("Change the address", "email"))
	s.Page(http.MethodPost, "/account/email/cancel", fiberhttp.SignedIn(), h.cancelEmail)
	h.mailAPI()
}

// faulty puts what is wrong beside the fields, or above the form, and says with
// which status the form is shown again; nil: the form itself found what is wrong. What is
// not the visitor's to mend is returned.
func faulty(err error, into layout.FieldErrors) (status int, retry string, _ error) {
	if err == nil {
		return http.StatusUnprocessableEntity, "", nil
	}
	f := fault.As(err)
	if f == nil {
		return 0, "", err
	}
	switch f.Kind {
	case fault.Invalid, fault.Conflict:
		status = http.StatusUnprocessableEntity
	case fault.Unauthenticated, fault.Forbidden:
		status = http.StatusForbidden
	case fault.TooMany:
		status = http.StatusTooManyRequests
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
	default:
		return 0, "", err
	}
	for _, field := range f.Fields {
		into[field.Name] = field.Message
	}
	if len(f.Fields) == 0 {
		into[""] = f.Message
	}
	return status, fiberhttp.RetryAfter(err), nil
}

// again shows a form once more.
func again(page fiberhttp.Reply, status int, retry string) fiberhttp.Reply {
	page = page.Status(status)
	if retry != "" {
		page = page.Header("Retry-After", retry)
	}
	return page
}

// captcha is the question that a form asks of strangers.
func (h *routes) captcha(ctx context.Context, errs layout.FieldErrors) (identitypages.Captcha, error) {
	p, asked, err := h.SignIn.CaptchaPrompt(ctx)
	if err != nil {
		return identitypages.Captcha{}, err
	}
	return identitypages.Captcha{Asked: asked, Label: p.Label, Hint: p.Hint, State: p.State, Error: errs["human_check"]}, nil
}

func captchaAnswer(r *fiberhttp.Request) identity.CaptchaAnswer {
	return identity.CaptchaAnswer{Response: r.Form("human_check"), State: r.Form("human_state")}
}

func (h *routes) showRegister(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	back := localpath.OrRoot(r.Query("return_to"))
	if r.Actor.SignedIn() {
		if back == "/" {
			back = "/account"
		}
		return fiberhttp.Redirect(back), nil
	}
	return h.registerPage(ctx, r, identitypages.RegisterView{ReturnTo: back, Errors: layout.FieldErrors{}})
}

func (h *routes) registerPage(ctx context.Context, r *fiberhttp.Request, v identitypages.RegisterView) (_ fiberhttp.Reply, err error) {
	if v.Captcha, err = h.captcha(ctx, v.Errors); err != nil {
		return fiberhttp.Reply{}, err
	}
	all, err := h.Privacy.Agreements(ctx)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v.Agreement, v.Changed = agreement("registering", all), changedTexts(all, shownTexts(r.Form))
	for _, a := range all {
		switch a.Kind {
		case identity.ConsentNews:
			v.NewsTitle, v.NewsSummary = a.Title, a.Summary
		case identity.ConsentTerms:
			v.TermsVersion = a.Version
		case identity.ConsentPrivacy:
			v.PrivacyVersion = a.Version
		}
	}
	v.Page = h.server.View(r, fiberhttp.View{
		Title: "Register", Description: "Make an account on " + h.server.SiteName() + ", by e-mail or by an account that you have elsewhere.",
		Canonical: "/register",
	})
	return fiberhttp.HTML(identitypages.Register(v)), nil
}

// agreement says what one agrees to by making an account.
func agreement(act string, all []identity.Agreement) string {
	var texts []string
	for _, a := range all {
		if a.Needed {
			texts = append(texts, a.Called())
		}
	}
	return "By " + act + " you agree to " + strings.Join(texts, " and ") + "."
}

// changedTexts are the pages of the texts of which a form showed another version.
func changedTexts(all []identity.Agreement, shown identity.Agreed) (links []layout.Link) {
	for _, a := range identity.ChangedTexts(all, shown) {
		links = append(links, layout.Link{Label: strings.TrimPrefix(a.Called(), "the "), URL: "/" + string(a.Kind)})
	}
	return links
}

// textFields are the names under which a page sends which versions it showed.
func textFields() map[string]identity.ConsentKind {
	return map[string]identity.ConsentKind{"terms_version": identity.ConsentTerms, "privacy_version": identity.ConsentPrivacy}
}

// shownTexts is which versions a page showed, by the fields or parameters that it sent.
func shownTexts(sent func(name string) string) identity.Agreed {
	out := identity.Agreed{}
	for field, kind := range textFields() {
		if version := sent(field); version != "" {
			out[kind] = version
		}
	}
	return out
}

// registerForm is the form of registering as it was sent.
func registerForm(r *fiberhttp.Request) identitypages.RegisterView {
	return identitypages.RegisterView{
		Name: strings.TrimSpace(r.Form("name")), Email: strings.TrimSpace(r.Form("email")), News: r.Form("news") == "yes",
		ReturnTo: localpath.OrRoot(r.Form("return_to")), Errors: layout.FieldErrors{},
	}
}

func (h *routes) register(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v := registerForm(r)
	password := r.Form("password")
	missing(v.Errors, map[string]string{"name": v.Name, "email": v.Email, "password": password})
	var refusal error
	if len(v.Errors) == 0 {
		browser := identity.NewSecret()
		err := h.SignIn.SignUp(ctx, signin.SignUp{
			Email: v.Email, Password: password, Name: v.Name, News: v.News, Captcha: captchaAnswer(r), IP: r.IP, Browser: browser, Agreed: shownTexts(r.Form),
		})
		if err == nil {
			reply := fiberhttp.Redirect("/mail-sent/register").SetCookie(fiberhttp.Cookie{
				Name: registrationCookie, Value: browser.Reveal(), MaxAge: identity.VerifyEmail.TTL(),
			})
			return setReturnTo(r, reply, v.ReturnTo), nil
		}
		refusal = err
	}
	return h.registerAgain(ctx, r, v, refusal)
}

// registerAgain shows the form once more, with what was wrong.
func (h *routes) registerAgain(ctx context.Context, r *fiberhttp.Request, v identitypages.RegisterView, refusal error) (fiberhttp.Reply, error) {
	status, retry, err := faulty(refusal, v.Errors)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if errors.Is(refusal, identity.ErrConsentOutdated) {
		delete(v.Errors, "") // the page says it with links
	}
	page, err := h.registerPage(ctx, r, v)
	return again(page, status, retry), err
}

// registrationCookie tells the browser that registered from any other in which the
// link of the mail is opened.
const registrationCookie = "registration"

// missing names the fields that were left empty.
func missing(into layout.FieldErrors, typed map[string]string) {
	words := map[string]string{
		"name": "Type your name.", "email": "Type your e-mail address.", "password": "Type a password.", "current": "Type your current password.",
	}
	for name := range maps.Keys(typed) {
		if typed[name] == "" {
			into[name] = words[name]
		}
	}
}

// askForm is a page that asks for an address.
type askForm struct{ path, title, intro, button, sent string }

func forgotForm() askForm {
	return askForm{
		"/forgot", "Forgot the password?", "Type your address, and we send you a link by which you choose a new password.",
		"Send the mail", "/mail-sent/forgot",
	}
}

func linkForm() askForm {
	return askForm{
		"/login/link", "Sign in by mail", "Type your address, and we send you a link and a code. Either signs you in, and no password is needed.",
		"Send the mail", codeSentPath,
	}
}

func (h *routes) asking(f askForm) fiberhttp.Handler {
	return func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		back := localpath.OrRoot(r.Query("return_to"))
		return h.askPage(ctx, r, f, identitypages.AskView{ReturnTo: back, Errors: layout.FieldErrors{}})
	}
}

func (h *routes) askPage(ctx context.Context, r *fiberhttp.Request, f askForm, v identitypages.AskView) (_ fiberhttp.Reply, err error) {
	if f == forgotForm() {
		if v.Captcha, err = h.captcha(ctx, v.Errors); err != nil {
			return fiberhttp.Reply{}, err
		}
		v.Another = identitypages.Link{Label: "Sign in by a link", URL: linkForm().path}
	}
	v.Page = h.server.View(r, fiberhttp.View{Title: f.title, Description: f.intro, Canonical: f.path, Robots: "noindex"})
	v.Path, v.Title, v.Intro, v.Button = f.path, f.title, f.intro, f.button
	return fiberhttp.HTML(identitypages.Ask(v)), nil
}

func (h *routes) asked(f askForm, send func(ctx context.Context, cmd signin.AskedByMail) error) fiberhttp.Handler {
	return func(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		v := identitypages.AskView{
			Email: strings.TrimSpace(r.Form("email")), ReturnTo: localpath.OrRoot(r.Form("return_to")), Errors: layout.FieldErrors{},
		}
		missing(v.Errors, map[string]string{"email": v.Email})
		status, retry := http.StatusUnprocessableEntity, ""
		if len(v.Errors) == 0 {
			cmd := signin.AskedByMail{Email: v.Email, Captcha: captchaAnswer(r), IP: r.IP, Token: r.Device().Token}
			if f == linkForm() {
				cmd.Browser = identity.NewSecret()
			}
			err := send(ctx, cmd)
			if err == nil {
				reply := setReturnTo(r, fiberhttp.Redirect(f.sent), v.ReturnTo)
				if cmd.Browser != "" {
					reply = reply.SetCookie(fiberhttp.Cookie{Name: codeCookie, Value: cmd.Browser.Reveal(), MaxAge: identity.MagicLink.TTL()})
				}
				return reply, nil
			}
			if status, retry, err = faulty(err, v.Errors); err != nil {
				return fiberhttp.Reply{}, err
			}
		}
		page, err := h.askPage(ctx, r, f, v)
		return again(page, status, retry), err
	}
}

// sent says what happens next. It says the same whoever asked.
func (h *routes) sent(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.sentPage(r, r.Param("what"), "")
}

func (h *routes) sentPage(r *fiberhttp.Request, what, wrong string) (fiberhttp.Reply, error) {
	v := identitypages.SentView{Title: "Look into your mailbox"}
	const lookInSpam = "Nothing there after a few minutes? Look into the spam folder. Links that we sent you a little earlier are good, too."
	switch what {
	case "register":
		v.Text = []string{"We have written to your address. Open the link in the mail to show that it is yours.", lookInSpam}
	case "forgot":
		v.Text = []string{"If there is an account with this address, a mail with a link is on its way to it. The link is good for one hour.", lookInSpam}
	case "link":
		v.Text = []string{"If there is an account with this address, a mail with a link and a code is on its way to it. Both are good for 10 minutes. " +
			"Open the link in this browser, or type the code here.", lookInSpam}
		v.AskCode, v.CodeError = r.Cookie(codeCookie) != "", wrong
	default:
		return fiberhttp.Reply{}, errNoSuchPage
	}
	v.Page = h.server.View(r, fiberhttp.View{Title: v.Title, Description: "What happens after " + h.server.SiteName() + " has sent a mail.", Robots: "noindex"})
	return fiberhttp.HTML(identitypages.Sent(v)), nil
}

var errNoSuchPage = fault.New(fault.NotFound, "http.not_found", "There is nothing at this address.")

// linkPage is where the link of a mail leads.
type linkPage struct{ path, title, intro, button, againLabel, againURL string }

func verifyLink() linkPage {
	return linkPage{
		"/verify-email", "Confirm your address", "One press, and your account is yours for good.", "Confirm the address",
		"Send the mail again", "/account/email",
	}
}

func changeLink() linkPage {
	return linkPage{
		"/change-email", "Use this address", "From then on you sign in with it, and we write to it.", "Use this address",
		"Ask for a new link", "/account/email",
	}
}

func magicLink() linkPage {
	return linkPage{
		"/auth/magic", "Sign in", "The link in your mail is good once.", "Sign in",
		"Ask for a new link", "/login/link",
	}
}

func (h *routes) following(p linkPage) fiberhttp.Handler {
	return func(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
		return h.linkPage(r, p, r.Query("token"), ""), nil
	}
}

func (h *routes) linkPage(r *fiberhttp.Request, p linkPage, token, wrong string) fiberhttp.Reply {
	if token == "" && wrong == "" {
		wrong = identity.ErrInvalidLink.Message
	}
	return fiberhttp.HTML(identitypages.FollowLink(identitypages.LinkView{
		Page: h.server.View(r, fiberhttp.View{Title: p.title, Description: p.intro, Robots: "noindex"}),
		Path: p.path, Title: p.title, Intro: p.intro, Button: p.button, Token: token, Error: wrong,
		Again: identitypages.Link{Label: p.againLabel, URL: p.againURL},
	})).Header("Referrer-Policy", "no-referrer")
}

// followed answers the button of a link.
func (h *routes) followed(r *fiberhttp.Request, p linkPage, err error, done func() fiberhttp.Reply) (fiberhttp.Reply, error) {
	if err == nil {
		return done(), nil
	}
	errs := layout.FieldErrors{}
	status, retry, err := faulty(err, errs)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	return again(h.linkPage(r, p, kept(r, status), errs[""]), status, retry), nil
}

// kept is the token of a form whose link was not tried: it is as good as before,
// and the button stays. Any other one is spent or was none.
func kept(r *fiberhttp.Request, status int) string {
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		return r.Form("token")
	}
	return ""
}

func (h *routes) showVerifyEmail(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	return h.verifyPage(r, identitypages.LinkView{Token: r.Query("token"), AskPassword: r.Cookie(registrationCookie) == ""}), nil
}

// verifyPage asks for a password where the browser is not the one that registered:
// whoever did may be somebody else, with a password of theirs.
func (h *routes) verifyPage(r *fiberhttp.Request, v identitypages.LinkView) fiberhttp.Reply {
	p := verifyLink()
	if v.Token == "" && v.Error == "" {
		v.Error = identity.ErrInvalidLink.Message
	}
	if v.AskPassword {
		p.intro = "Type the password that you chose when you registered, or choose a new one, and the account is yours."
	}
	v.Page = h.server.View(r, fiberhttp.View{Title: p.title, Description: p.intro, Robots: "noindex"})
	v.Path, v.Title, v.Intro, v.Button = p.path, p.title, p.intro, p.button
	v.Again = identitypages.Link{Label: "Register again", URL: "/register"}
	return fiberhttp.HTML(identitypages.FollowLink(v)).Header("Referrer-Policy", "no-referrer")
}

func (h *routes) verifyEmail(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	err := h.SignIn.VerifyEmail(ctx, signin.VerifyEmail{
		Token: identity.Secret(r.Form("token")), Browser: identity.Secret(r.Cookie(registrationCookie)), Password: r.Form("password"), IP: r.IP,
	})
	if err == nil {
		return home(r).Flash("email-verified").SetCookie(fiberhttp.Cookie{Name: registrationCookie}), nil
	}
	return h.verifyAgain(r, err)
}

// verifyAgain shows the button once more, or says why there is none.
func (h *routes) verifyAgain(r *fiberhttp.Request, refusal error) (fiberhttp.Reply, error) {
	errs := layout.FieldErrors{}
	status, retry, err := faulty(refusal, errs)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	v := identitypages.LinkView{Token: kept(r, status), Error: errs[""], PasswordError: errs["password"]}
	if v.PasswordError != "" {
		v.Token = r.Form("token")
	}
	v.AskPassword = v.PasswordError != "" || v.Token != "" && r.Form("password") != ""
	return again(h.verifyPage(r, v), status, retry), nil
}

func (h *routes) confirmEmail(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	err := h.SignIn.ConfirmEmailChange(ctx, identity.Secret(r.Form("token")), r.IP)
	return h.followed(r, changeLink(), err, func() fiberhttp.Reply { return home(r).Flash("email-changed") })
}

// home is where a mail leads in the end: to where its reader was going, or to the
// account; by the way in when nobody is signed in.
func home(r *fiberhttp.Request) fiberhttp.Reply {
	to := returnTo(r, "/account")
	if !r.Actor.SignedIn() {
		to = identitypages.WithReturn("/login", to)
	}
	return clearReturnTo(r, fiberhttp.Redirect(to))
}

func (h *routes) signInWithLink(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	in, err := h.SignIn.SignInWithLink(ctx, signin.SignInWithLink{
		Token: identity.Secret(r.Form("token")), Device: r.Device(), Replaces: r.SessionSecret(),
	})
	return h.followed(r, magicLink(), err, func() fiberhttp.Reply {
		return clearReturnTo(r, h.admitted(in, returnTo(r, "/")))
	})
}

// codeCookie is by which the browser is known that asked for a mail to sign in by: it
// alone may use the code in it.
const (
	codeCookie   = "mail_code"
	codeSentPath = "/mail-sent/link"
)

func (h *routes) signInWithCode(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	if r.Cookie(codeCookie) == "" { // it was asked for elsewhere, or too long ago
		return fiberhttp.Redirect(linkForm().path), nil
	}
	in, err := h.SignIn.SignInWithCode(ctx, signin.SignInWithCode{
		Browser: identity.Secret(r.Cookie(codeCookie)), Code: r.Form("code"), Device: r.Device(), Replaces: r.SessionSecret(),
	})
	if err == nil {
		return clearReturnTo(r, h.admitted(in, returnTo(r, "/"))).SetCookie(fiberhttp.Cookie{Name: codeCookie}), nil
	}
	errs := layout.FieldErrors{}
	status, retry, err := faulty(err, errs)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	page, err := h.sentPage(r, "link", errs[""])
	return again(page, status, retry), err
}

func (h *routes) showReset(_ context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v := identitypages.ResetView{Token: r.Query("token"), Errors: layout.FieldErrors{}}
	if v.Token == "" {
		v.Errors[""] = identity.ErrInvalidLink.Message
	}
	return h.resetPage(r, v), nil
}

func (h *routes) resetPage(r *fiberhttp.Request, v identitypages.ResetView) fiberhttp.Reply {
	v.Page = h.server.View(r, fiberhttp.View{
		Title: "Choose a new password", Description: "Choose a new password for your account on " + h.server.SiteName() + ".", Robots: "noindex",
	})
	return fiberhttp.HTML(identitypages.Reset(v)).Header("Referrer-Policy", "no-referrer")
}

func (h *routes) reset(ctx context.Context, r *fiberhttp.Request) (fiberhttp.Reply, error) {
	v := identitypages.ResetView{Token: r.Form("token"), Errors: layout.FieldErrors{}}
	password := r.Form("password")
	missing(v.Errors, map[string]string{"password": password})
	var refusal error
	if len(v.Errors) == 0 {
		err := h.SignIn.ResetPassword(ctx, signin.ResetPassword{
			Token: identity.Secret(v.Token), Password: password, IP: r.IP,
		})
		if err == nil {
			to := identitypages.WithReturn("/login", returnTo(r, "/account"))
			return clearReturnTo(r, fiberhttp.Redirect(to).Flash("password-reset").SetCookie(h.server.SignedOutCookies()...)), nil
		}
		refusal = err
	}
	return h.resetAgain(r, v, refusal)
}

// resetAgain shows the form once more, with what was wrong.
func (h *routes) resetAgain(r *fiberhttp.Request, v identitypages.ResetView, refusal error) (fiberhttp.Reply, error) {
	status, retry, err := faulty(refusal, v.Errors)
	if err != nil {
		return fiberhttp.Reply{}, err
	}
	if v.Errors[""] != "" {
		v.Token = kept(r, status)
	}
	return again(h.resetPage(r, v), status, retry), nil
}
