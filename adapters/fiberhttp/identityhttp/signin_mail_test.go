package identityhttp_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
)

// postOffice is identity by mails, with one good token and a memory of what it was
// asked.
type postOffice struct {
	recorded
	signedUp signin.SignUp
	asked    []string
	taken    []string
	browser  identity.Secret
}

func (*postOffice) CaptchaPrompt(context.Context) (identity.CaptchaPrompt, bool, error) {
	return identity.CaptchaPrompt{Label: "What has a smith in hand?", State: "state-1"}, true, nil
}

func (f *postOffice) SignUp(_ context.Context, c signin.SignUp) error {
	f.signedUp = c
	if c.Password == "weak" {
		return identity.ErrWeakPassword.WithFields(fault.Field{Name: "password", Message: "Too weak."})
	}
	return nil
}

func (f *postOffice) ask(what string, c signin.AskedByMail) error {
	f.asked = append(f.asked, what+" "+c.Email+" "+c.Captcha.Response)
	if c.Email == "many@forge.test" {
		return identity.ErrTooManyAttempts.WithRetryAfter(90 * time.Second)
	}
	return nil
}

func (f *postOffice) ForgotPassword(_ context.Context, c signin.AskedByMail) error {
	return f.ask("forgot", c)
}

func (f *postOffice) SendMagicLink(_ context.Context, c signin.AskedByMail) error {
	f.browser = c.Browser
	return f.ask("link", c)
}

func (f *postOffice) take(what string, t identity.Secret) error {
	if t == "eager" {
		return identity.ErrTooManyAttempts.WithRetryAfter(90 * time.Second)
	}
	if t != "good" {
		return identity.ErrInvalidLink
	}
	f.taken = append(f.taken, what)
	return nil
}

func (f *postOffice) VerifyEmail(_ context.Context, c signin.VerifyEmail) error {
	if c.Browser == "" && c.Password == "" && !c.Program {
		return identity.ErrPasswordNeeded.WithFields(fault.Field{Name: "password", Message: identity.ErrPasswordNeeded.Message})
	}
	return f.take("verify", c.Token)
}

func (f *postOffice) CancelEmailChange(context.Context, identity.Actor) error {
	return f.take("cancel", "good")
}

func (*postOffice) PendingEmail(context.Context, identity.Actor) (identity.Email, bool, error) {
	return "new@forge.test", true, nil
}

func (f *postOffice) ConfirmEmailChange(_ context.Context, t identity.Secret, _ string) error {
	return f.take("change", t)
}

func (f *postOffice) ResetPassword(_ context.Context, c signin.ResetPassword) error {
	if c.Password == "weak" {
		return identity.ErrWeakPassword.WithFields(fault.Field{Name: "password", Message: "Too weak."})
	}
	return f.take("reset", c.Token)
}

func (f *postOffice) SignInWithLink(_ context.Context, c signin.SignInWithLink) (signin.SignedIn, error) {
	return signin.SignedIn{Secret: "new-secret"}, f.take("magic", c.Token)
}

func (f *postOffice) SignInWithCode(_ context.Context, c signin.SignInWithCode) (signin.SignedIn, error) {
	if c.Browser != f.browser {
		return signin.SignedIn{}, identity.ErrMailCodeWrong
	}
	return signin.SignedIn{Secret: "new-secret"}, f.take("code", identity.Secret(c.Code))
}

func (*postOffice) ChangePassword(_ context.Context, _ identity.Actor, c account.ChangePassword) (identity.Secret, error) {
	if c.Current == "wrong" {
		return "", identity.ErrInvalidCredentials
	}
	return "rotated", nil
}

// registered is what the browser that registered sends.
var registered = []string{"Cookie", "registration=a-secret"}

func office(t *testing.T) (*postOffice, fiberhttptest.Client) {
	t.Helper()
	f := &postOffice{}
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	if err := identityhttp.Register(s, depsOf(f)); err != nil {
		t.Fatal(err)
	}
	return f, fiberhttptest.Serve(t, s)
}

func TestMailedLink_IsNotUsedUpByAGet(t *testing.T) {
	t.Parallel()
	f, c := office(t)
	for path, what := range map[string]string{"/verify-email": "verify", "/change-email": "change", "/auth/magic": "magic"} {
		shown := c.Get(path+"?token=good", "")
		if shown.StatusCode != 200 || !strings.Contains(shown.Body, `value="good"`) || shown.Header.Get("Referrer-Policy") != "no-referrer" ||
			shown.Header.Get("Cache-Control") != "private, no-store" || len(shown.Cookies()) != 0 {
			t.Errorf("%s: %d %v", path, shown.StatusCode, shown.Header)
		}
		if len(f.taken) != 0 {
			t.Fatalf("a GET of %s took the link", path)
		}
		if a := c.Submit(path, "", url.Values{"token": {"used"}}, registered...); a.StatusCode != 422 || !strings.Contains(a.Body, "used already or is too old") {
			t.Errorf("%s, used: %d", path, a.StatusCode)
		}
		if a := c.Do("POST", path, "token=good", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site"); a.StatusCode != 403 {
			t.Errorf("%s, from elsewhere: %d", path, a.StatusCode)
		}
		if a := c.Submit(path, "", url.Values{"token": {"good"}}, registered...); a.StatusCode != 303 || len(f.taken) != 1 || f.taken[0] != what {
			t.Errorf("%s: %d, took %v", path, a.StatusCode, f.taken)
		}
		f.taken = nil
	}
	if a := c.Get("/verify-email", ""); !strings.Contains(a.Body, "used already or is too old") {
		t.Error("a link without a token shows a button")
	}
	if a := c.Submit("/verify-email", "", url.Values{"token": {"good"}}, registered...); a.Header.Get("Location") != "/login?return_to=%2Faccount" || a.Cookie("session") != nil {
		t.Errorf("verifying leads to %q", a.Header.Get("Location"))
	}
	if a := c.Submit("/auth/magic", "", url.Values{"token": {"good"}}); a.Header.Get("Location") != "/" || a.Cookie("session").Value != "new-secret" {
		t.Errorf("a link that signs in leads to %q", a.Header.Get("Location"))
	}
}

func TestRegistration_KeepsWhatWasTypedAndNotThePassword(t *testing.T) {
	t.Parallel()
	f, c := office(t)
	typed := url.Values{"name": {"Cleo <b>"}, "email": {"cleo@forge.test"}, "password": {"weak"}, "human_check": {"hammer"}, "human_state": {"state-1"}}
	a := c.Submit("/register", "", typed)
	if a.StatusCode != 422 || !strings.Contains(a.Body, "Cleo &lt;b&gt;") || !strings.Contains(a.Body, `value="cleo@forge.test"`) ||
		!strings.Contains(a.Body, "Too weak.") || !strings.Contains(a.Body, "What has a smith in hand?") || strings.Contains(a.Body, `value="weak"`) {
		t.Fatalf("%d\n%s", a.StatusCode, a.Body)
	}
	if f.signedUp.Captcha.Response != "hammer" || f.signedUp.Captcha.State != "state-1" || f.signedUp.IP == "" {
		t.Errorf("asked with %+v", f.signedUp)
	}
	if f.signedUp.News || strings.Contains(a.Body, `value="yes" checked`) {
		t.Error("the news are asked for by who did not")
	}
	typed.Set("news", "yes")
	if a := c.Submit("/register", "", typed); !f.signedUp.News || !strings.Contains(a.Body, `value="yes" checked`) ||
		!strings.Contains(a.Body, "By registering you agree to the terms of use and the privacy notice.") {
		t.Errorf("the news: %v\n%s", f.signedUp.News, a.Body)
	}
	typed.Set("password", "strong enough")
	if a := c.Submit("/register", "", typed); a.StatusCode != 303 || a.Header.Get("Location") != "/mail-sent/register" || len(a.Cookies()) != 1 {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	if a := c.Get("/mail-sent/register", ""); a.StatusCode != 200 || !strings.Contains(a.Body, "Look into your mailbox") {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.Get("/mail-sent/anything", ""); a.StatusCode != 404 {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.Submit("/register", "", url.Values{}); a.StatusCode != 422 || !strings.Contains(a.Body, "Type your name.") || !strings.Contains(a.Body, "Type a password.") {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.Get("/register", "cleo"); a.Header.Get("Location") != "/account" {
		t.Errorf("signed in: %d", a.StatusCode)
	}
}

func TestMailRequest_TakesAnEmailAlone(t *testing.T) {
	t.Parallel()
	f, c := office(t)
	for path, sent := range map[string]string{"/forgot": "/mail-sent/forgot", "/login/link": "/mail-sent/link"} {
		if a := c.Get(path, ""); a.StatusCode != 200 || !strings.Contains(a.Body, `action="`+path+`"`) {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
		if a := c.Submit(path, "", url.Values{"email": {" cleo@forge.test "}}); a.StatusCode != 303 || a.Header.Get("Location") != sent {
			t.Errorf("%s: %d %q", path, a.StatusCode, a.Header.Get("Location"))
		}
		if a := c.Submit(path, "", url.Values{"email": {"many@forge.test"}}); a.StatusCode != 429 || a.Header.Get("Retry-After") != "90" {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
		if a := c.Submit(path, "", url.Values{}); a.StatusCode != 422 || !strings.Contains(a.Body, "Type your e-mail address.") {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	if len(f.asked) != 4 {
		t.Errorf("asked %q", f.asked)
	}
}

func TestPasswordReset_KeepsTheLinkWhenThePasswordIsRefused(t *testing.T) {
	t.Parallel()
	f, c := office(t)
	if a := c.Submit("/reset", "", url.Values{"token": {"good"}, "password": {"weak"}}); a.StatusCode != 422 ||
		!strings.Contains(a.Body, "Too weak.") || !strings.Contains(a.Body, `value="good"`) || len(f.taken) != 0 {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.Submit("/reset", "", url.Values{"token": {"used"}, "password": {"strong enough"}}); a.StatusCode != 422 || !strings.Contains(a.Body, `href="/forgot"`) {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.Submit("/reset", "", url.Values{"token": {"good"}, "password": {"strong enough"}}); a.StatusCode != 303 || a.Header.Get("Location") != "/login?return_to=%2Faccount" {
		t.Errorf("%d %q", a.StatusCode, a.Header.Get("Location"))
	}
}

// A link that was not tried is as good as before: its button stays.
func TestMailedLink_IsKeptWhenThereWereTooManyTries(t *testing.T) {
	t.Parallel()
	_, c := office(t)
	for _, path := range []string{"/verify-email", "/change-email", "/auth/magic", "/reset"} {
		a := c.Submit(path, "", url.Values{"token": {"eager"}, "password": {"strong enough"}})
		if a.StatusCode != 429 || a.Header.Get("Retry-After") != "90" || !strings.Contains(a.Body, `value="eager"`) || !strings.Contains(a.Body, "Too many attempts in a short time. Try again in 90 seconds.") {
			t.Errorf("%s: %d %q", path, a.StatusCode, a.Header.Get("Retry-After"))
		}
		if a := c.Submit(path, "", url.Values{"token": {"used"}, "password": {"strong enough"}}); a.StatusCode != 422 || strings.Contains(a.Body, `value="used"`) {
			t.Errorf("%s by a used link: %d", path, a.StatusCode)
		}
	}
}

func TestMailAPI_AnswersAlikeForEveryEmail(t *testing.T) {
	t.Parallel()
	f, c := office(t)
	for _, call := range []struct {
		path, body string
		status     int
	}{
		{"/auth/register", `{"email":"cleo@forge.test","password":"strong enough","name":"Cleo"}`, 202},
		{"/auth/register", `{"email":"cleo@forge.test","password":"weak","name":"Cleo"}`, 422},
		{"/auth/register", `{"email":"cleo@forge.test","password":"strong enough","name":"Cleo","role":"administrator"}`, 422},
		{"/auth/password/forgot", `{"email":"cleo@forge.test"}`, 202},
		{"/auth/password/forgot", `{"email":"cleo"}`, 422},
		{"/auth/magic-link", `{"email":"cleo@forge.test","human_check":"hammer"}`, 202},
		{"/auth/verify-email", `{"token":"good"}`, 204},
		{"/auth/verify-email", `{"token":"used"}`, 422},
		{"/auth/change-email", `{"token":"good"}`, 204},
		{"/auth/password/reset", `{"token":"good","password":"strong enough"}`, 204},
		{"/auth/password/reset", `{"token":"used","password":"strong enough"}`, 422},
	} {
		a := c.Do("POST", "/api/v1"+call.path, call.body, "Content-Type", "application/json")
		if a.StatusCode != call.status || call.status < 400 && a.Body != "" && !strings.HasPrefix(a.Body, `{"challenge":"`) {
			t.Errorf("%s %s: %d %s", call.path, call.body, a.StatusCode, a.Body)
		}
	}
	if !strings.HasSuffix(f.asked[1], "hammer") || strings.Join(f.taken, " ") != "verify change reset" {
		t.Errorf("asked %q, took %q", f.asked, f.taken)
	}
	for _, path := range []string{"/me/password", "/me/email"} {
		method := map[string]string{"/me/password": "PUT", "/me/email": "POST"}[path]
		if a := c.Do(method, "/api/v1"+path, `{"password":"strong enough","email":"x@forge.test"}`, "Content-Type", "application/json"); a.StatusCode != 401 {
			t.Errorf("a visitor at %s: %d %s", path, a.StatusCode, a.Body)
		}
	}
}

func TestMailCode_IsTypedInTheBrowserThatAskedForIt(t *testing.T) {
	t.Parallel()
	f, c := office(t)
	asked := c.Submit("/login/link", "", url.Values{"email": {"cleo@forge.test"}, "return_to": {"/posts/a"}})
	k := asked.Cookie("mail_code")
	if asked.StatusCode != 303 || k == nil || !k.HttpOnly || f.browser.Reveal() != k.Value || k.MaxAge != 600 {
		t.Fatalf("%d %v", asked.StatusCode, asked.Header)
	}
	browser := []string{"Cookie", "mail_code=" + k.Value + "; return_to=" + url.QueryEscape("/posts/a")}
	if shown := c.Get("/mail-sent/link", "", browser...); !strings.Contains(shown.Body, `action="/login/code"`) || !strings.Contains(shown.Body, `autocomplete="one-time-code"`) {
		t.Error("the browser that asked is not offered to type the code")
	}
	if shown := c.Get("/mail-sent/link", ""); strings.Contains(shown.Body, `action="/login/code"`) {
		t.Error("another browser is")
	}
	if a := c.Submit("/login/code", "", url.Values{"code": {"good"}}); a.StatusCode != 303 || a.Header.Get("Location") != "/login/link" || len(f.taken) != 0 {
		t.Errorf("typed in another browser: %d %q", a.StatusCode, a.Header.Get("Location"))
	}
	wrong := c.Submit("/login/code", "", url.Values{"code": {"good"}}, "Cookie", "mail_code=another")
	if wrong.StatusCode != 422 || !strings.Contains(wrong.Body, "The code is not right") || !strings.Contains(wrong.Body, `action="/login/code"`) {
		t.Errorf("a wrong code: %d", wrong.StatusCode)
	}
	right := c.Submit("/login/code", "", url.Values{"code": {"good"}}, browser...)
	if right.StatusCode != 303 || right.Header.Get("Location") != "/posts/a" || right.Cookie("session").Value != "new-secret" || right.Cookie("mail_code").Value != "" {
		t.Errorf("the right one: %d %v", right.StatusCode, right.Header)
	}
}

func TestVerifyEmail_AsksForAPasswordWhereNobodyRegistered(t *testing.T) {
	t.Parallel()
	f, c := office(t)
	a := c.Submit("/register", "", url.Values{"name": {"Cleo"}, "email": {"cleo@forge.test"}, "password": {"a-good-one"}, "human_check": {"x"}})
	k := a.Cookie("registration")
	if a.StatusCode != 303 || k == nil || len(k.Value) < 20 || !k.HttpOnly || f.signedUp.Browser.Reveal() != k.Value {
		t.Fatalf("%d, cookie %+v", a.StatusCode, k)
	}
	if shown := c.Get("/verify-email?token=good", "", "Cookie", "registration="+k.Value); strings.Contains(shown.Body, `name="password"`) {
		t.Error("the browser that registered is asked")
	}
	if shown := c.Get("/verify-email?token=good", ""); !strings.Contains(shown.Body, `name="password"`) || strings.Contains(shown.Body, `name="token" value=""`) {
		t.Error("another browser is not asked")
	}
	a = c.Submit("/verify-email", "", url.Values{"token": {"good"}})
	if a.StatusCode != 422 || !strings.Contains(a.Body, `value="good"`) || !strings.Contains(a.Body, "choose a new one") || len(f.taken) != 0 {
		t.Errorf("without a password: %d", a.StatusCode)
	}
	a = c.Submit("/verify-email", "", url.Values{"token": {"good"}, "password": {"mine-from-now-on"}})
	if a.StatusCode != 303 || len(f.taken) != 1 {
		t.Errorf("with one: %d", a.StatusCode)
	}
}

func TestChangeEmail_ShowsWhatIsPendingAndTakesItBack(t *testing.T) {
	t.Parallel()
	f, c := office(t)
	if a := c.Get("/account/email", "cleo"); a.StatusCode != 200 || !strings.Contains(a.Body, "You asked to use new@forge.test") || !strings.Contains(a.Body, "We could not deliver the mail to new@forge.test") {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.Submit("/account/email/cancel", "cleo", url.Values{}); a.StatusCode != 303 || len(f.taken) != 1 {
		t.Errorf("%d %v", a.StatusCode, f.taken)
	}
	if a := c.JSON("DELETE", "/api/v1/me/email", "cleo", ""); a.StatusCode != 204 || len(f.taken) != 2 {
		t.Errorf("%d %v", a.StatusCode, f.taken)
	}
}
