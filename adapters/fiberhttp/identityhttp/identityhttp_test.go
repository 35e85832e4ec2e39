package identityhttp_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/audit"
)

// rooms is all of identity's use cases.
type rooms interface {
	identityhttp.SignInUseCases
	identityhttp.AccountUseCases
	identityhttp.OrganizationUseCases
	identityhttp.PrivacyUseCases
	identityhttp.AdministrationUseCases
	identityhttp.SigningKeyUseCases
}

// depsOf has every room answered by one fake.
func depsOf(f rooms) identityhttp.Deps {
	return identityhttp.Deps{SignIn: f, Account: f, Organizations: f, Privacy: f, Administration: f, SigningKeys: f}
}

// recorded is identity with one password, one provider, and a memory of what it
// was asked.
type recorded struct {
	rooms
	password signin.SignInWithPassword
	begun    signin.BeginProviderSignIn
	callback signin.SignInWithProvider
	crowded  bool // too many have begun to sign in at a provider
	out      []string
	revoked  string
	answers  []string // of passkeys and other factors
	trail    func(write func([]audit.Entry) error) (bool, error)
}

func (*recorded) AdmitPassword(ctx context.Context, _ identity.Secret, _ identity.Actor) (context.Context, func(), error) {
	return ctx, func() {}, nil
}

func (*recorded) Providers() []identity.ProviderInfo {
	return []identity.ProviderInfo{{Name: "dev", Label: "Development sign-in"}}
}

func (f *recorded) SignInWithPassword(_ context.Context, c signin.SignInWithPassword) (signin.SignedIn, error) {
	f.password = c
	switch {
	case c.Email == "many@forge.test":
		return signin.SignedIn{}, identity.ErrTooManyAttempts.WithRetryAfter(90 * time.Second)
	case c.Password != "right":
		return signin.SignedIn{}, identity.ErrInvalidCredentials
	}
	return signin.SignedIn{Secret: "new-secret"}, nil
}

func (f *recorded) BeginProviderSignIn(_ context.Context, c signin.BeginProviderSignIn) (identity.ProviderFlow, error) {
	f.begun = c
	if c.Provider != "dev" {
		return identity.ProviderFlow{}, identity.ErrProviderUnknown
	}
	if f.crowded {
		return identity.ProviderFlow{}, identity.ErrTooManyAttempts.WithRetryAfter(90 * time.Second)
	}
	return identity.ProviderFlow{RedirectURL: "https://provider.test/authorize?state=s", State: "s", BrowserSecret: "binding"}, nil
}

func (*recorded) BeginLink(context.Context, account.BeginLink) (identity.ProviderFlow, error) {
	return identity.ProviderFlow{RedirectURL: "https://provider.test/authorize?state=s", State: "s", BrowserSecret: "binding"}, nil
}

func (f *recorded) SignInWithProvider(_ context.Context, c signin.SignInWithProvider) (signin.SignedIn, error) {
	f.callback = c
	if c.BrowserSecret != "binding" {
		return signin.SignedIn{}, identity.ErrFlowUnknown
	}
	return signin.SignedIn{Secret: "new-secret", ReturnTo: c.Params.Get("back")}, nil
}

func (*recorded) ReturnPurpose(_ context.Context, params url.Values) (identity.FlowPurpose, error) {
	if params.Get("state") == "linking" {
		return identity.FlowLink, nil
	}
	return identity.FlowSignIn, nil
}

func (f *recorded) SignInProgram(_ context.Context, c signin.SignInProgram) (signin.TokenPair, error) {
	if c.Password != "right" {
		return signin.TokenPair{}, identity.ErrInvalidCredentials
	}
	return signin.TokenPair{AccessToken: "jwt", ExpiresIn: 10 * time.Minute, RefreshToken: "refresh"}, nil
}

func (f *recorded) RefreshTokens(_ context.Context, s identity.Secret) (signin.TokenPair, error) {
	if s != "refresh" {
		return signin.TokenPair{}, identity.ErrTokenReused
	}
	return signin.TokenPair{AccessToken: "jwt2", ExpiresIn: 10 * time.Minute, RefreshToken: "refresh2"}, nil
}

func (f *recorded) SignOut(_ context.Context, a identity.Actor) error {
	f.out = append(f.out, a.SessionID)
	return nil
}

func (f *recorded) RevokeSession(_ context.Context, a identity.Actor, id string) error {
	if id != a.SessionID && id != "s-other" {
		return identity.ErrSessionNotFound
	}
	f.revoked = id
	return nil
}

func (*recorded) Profile(_ context.Context, a identity.Actor) (identity.Profile, error) {
	return identity.Profile{
		User: identity.User{ID: a.UserID, Name: a.Name, Email: identity.Email(a.Email), Role: a.Role},
		Sessions: []identity.Session{
			{ID: a.SessionID, Kind: identity.BrowserSession, Device: identity.Device{UserAgent: "Browser <b>1</b>"},
				By: identity.SignedInBy{Method: identity.ByProvider, Provider: "dev", SecondFactor: identity.FactorRecoveryCode}},
			{ID: "s-other", Kind: identity.APISession},
		},
		Identities: []identity.ExternalIdentity{{Provider: "dev", Email: a.Email}},
	}, nil
}

func (*recorded) KeySet(context.Context) ([]byte, error) { return []byte(`{"keys":[]}`), nil }

func site(t *testing.T) (*recorded, fiberhttptest.Client) {
	t.Helper()
	f := &recorded{}
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	deps := depsOf(f)
	deps.DevelopmentProvider = "dev"
	if err := identityhttp.Register(s, deps); err != nil {
		t.Fatal(err)
	}
	return f, fiberhttptest.Serve(t, s)
}

func TestPasswordSignIn_OpensANewSession(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	a := c.Submit("/login", "old-secret", url.Values{"email": {" Cleo@Forge.test "}, "password": {"right"}, "return_to": {"/posts/a?b=c"}})
	if a.StatusCode != 303 || a.Header.Get("Location") != "/posts/a?b=c" {
		t.Fatalf("%d %q", a.StatusCode, a.Header.Get("Location"))
	}
	if k := a.Cookie("session"); k == nil || k.Value != "new-secret" || !k.HttpOnly {
		t.Errorf("session cookie %v", k)
	}
	if k := a.Cookie("signed_in"); k == nil || k.Value != "1" || k.HttpOnly {
		t.Errorf("hint cookie %v", k)
	}
	if f.password.Replaces != "old-secret" || f.password.Email != "Cleo@Forge.test" {
		t.Errorf("asked for %q, replacing %v", f.password.Email, f.password.Replaces == "old-secret")
	}
}

func TestPasswordSignIn_KeepsTheEmailAndNotAWrongPassword(t *testing.T) {
	t.Parallel()
	_, c := site(t)
	a := c.Submit("/login", "", url.Values{"email": {`cleo"><script>@forge.test`}, "password": {"swordfish"}, "return_to": {"/posts/a"}})
	if a.StatusCode != 401 || a.Cookie("session") != nil || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Fatalf("%d %v", a.StatusCode, a.Cookies())
	}
	for _, want := range []string{"cleo&#34;&gt;&lt;script&gt;@forge.test", `value="/posts/a"`, "The address or the password is wrong"} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(a.Body, "swordfish") {
		t.Error("the page repeats the password")
	}
	empty := c.Submit("/login", "", url.Values{"email": {""}, "password": {""}})
	if empty.StatusCode != 422 || !strings.Contains(empty.Body, "Type your e-mail address.") || !strings.Contains(empty.Body, "Type your password.") {
		t.Errorf("%d", empty.StatusCode)
	}
	many := c.Submit("/login", "", url.Values{"email": {"many@forge.test"}, "password": {"x"}})
	if many.StatusCode != 429 || many.Header.Get("Retry-After") != "90" {
		t.Errorf("%d %q", many.StatusCode, many.Header.Get("Retry-After"))
	}
}

func TestPasswordSignIn_FromAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	fields := url.Values{"email": {"cleo@forge.test"}, "password": {"right"}}.Encode()
	a := c.Do("POST", "/login", fields, "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site")
	if a.StatusCode != 403 || f.password.Email != "" {
		t.Fatalf("%d", a.StatusCode)
	}
}

func TestReturnTo_NeverLeavesTheSite(t *testing.T) {
	t.Parallel()
	_, c := site(t)
	for _, to := range []string{"https://evil.test", "//evil.test", `/\evil.test`, `\\evil.test`, "/\t/evil.test", "javascript:alert(1)", "", "evil", "/\nSet-Cookie: a=b"} {
		a := c.Submit("/login", "", url.Values{"email": {"cleo@forge.test"}, "password": {"right"}, "return_to": {to}})
		if a.Header.Get("Location") != "/" {
			t.Errorf("%q leads to %q", to, a.Header.Get("Location"))
		}
		if a := c.Get("/login?return_to="+url.QueryEscape(to), "cleo"); a.Header.Get("Location") != "/" {
			t.Errorf("signed in, %q leads to %q", to, a.Header.Get("Location"))
		}
	}
}

func TestProviderSignIn_IsBoundToItsBrowser(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	a := c.Get("/auth/dev?return_to=/posts/a&login_hint=cleo@forge.test&prompt=none", "")
	k := a.Cookie(flowCookie("s"))
	if a.StatusCode != 303 || a.Header.Get("Location") != "https://provider.test/authorize?state=s" || k == nil {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	if k.Value != "binding" || !k.HttpOnly || k.Path != "/" || k.MaxAge != 600 {
		t.Errorf("binding cookie %+v", k)
	}
	if f.begun.LoginHint != "cleo@forge.test" || f.begun.ReturnTo != "/posts/a" {
		t.Errorf("begun with %+v", f.begun)
	}
	in := c.Do("GET", "/auth/dev/callback?state=s&code=c&back=//evil.test", "", "Cookie", flowCookie("s")+"=binding; session=old-secret")
	if in.StatusCode != 303 || in.Header.Get("Location") != "/" || in.Cookie("session").Value != "new-secret" || in.Cookie(flowCookie("s")).Value != "" {
		t.Errorf("%d %v", in.StatusCode, in.Header)
	}
	if f.callback.Replaces != "old-secret" || f.callback.Params.Get("code") != "c" {
		t.Errorf("called back with %+v", f.callback.Params)
	}
	other := c.Get("/auth/dev/callback?state=s&code=c", "")
	if other.StatusCode != 422 || other.Cookie("session") != nil || !strings.Contains(other.Body, "Start it again") {
		t.Errorf("another browser: %d", other.StatusCode)
	}
	if a := c.Get("/auth/nobody", ""); a.StatusCode != 404 {
		t.Errorf("an unknown provider: %d", a.StatusCode)
	}
}

func TestProviderCallback_ThatIsPostedIsAskedForAgainByGet(t *testing.T) {
	t.Parallel()
	_, c := site(t)
	a := c.Do("POST", "/auth/dev/callback", "state=s&code=c%26x&evil=1", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site")
	if a.StatusCode != 303 || a.Header.Get("Location") != "/auth/dev/callback?code=c%26x&state=s" {
		t.Fatalf("%d %q", a.StatusCode, a.Header.Get("Location"))
	}
}

func TestSignOut_ByTheAPIEmptiesTheBrowserAndTellsAProgramNothing(t *testing.T) {
	t.Parallel()
	_, c := freshSite(t)
	for name, ask := range map[string]struct{ method, path string }{
		"signing out":             {"POST", "/api/v1/auth/logout"},
		"deleting the account":    {"DELETE", "/api/v1/me"},
		"ending the very session": {"DELETE", "/api/v1/me/sessions/s-cleo"},
	} {
		a := c.JSON(ask.method, ask.path, "cleo", "")
		if a.StatusCode >= 300 || a.Header.Get("Clear-Site-Data") != `"cache"` || a.Cookie("signed_out") == nil || a.Cookie("signed_out").Value == "" || a.Cookie("signed_out").HttpOnly || a.Cookie("session") == nil || a.Cookie("session").Value != "" || a.Cookie("signed_in") == nil || a.Cookie("own_session") == nil {
			t.Errorf("%s: %d %v", name, a.StatusCode, a.Header)
		}
		if b := c.Do(ask.method, ask.path, "", "Authorization", "Bearer good"); b.Header.Get("Clear-Site-Data") != "" || len(b.Cookies()) != 0 {
			t.Errorf("%s by a program: %d %v", name, b.StatusCode, b.Header)
		}
	}
	if a := c.JSON("DELETE", "/api/v1/me/sessions/another", "cleo", ""); a.Header.Get("Clear-Site-Data") != "" || len(a.Cookies()) != 0 {
		t.Errorf("ending another session: %v", a.Header)
	}
}

func TestSignOut_EmptiesTheBrowserAndWorksWithoutASession(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	for session, clear := range map[string]string{"cleo": `"cache"`, "": `"cache", "storage"`} {
		a := c.Submit("/logout", session, nil)
		if left := a.Cookie("signed_out"); (left != nil && left.Value != "") != (session != "") {
			t.Errorf("%q: who left is %v", session, left)
		}
		if a.StatusCode != 303 || a.Header.Get("Clear-Site-Data") != clear || a.Cookie("session").Value != "" || a.Cookie("signed_in").Value != "" {
			t.Errorf("%q: %d %v", session, a.StatusCode, a.Header)
		}
	}
	for to, want := range map[string]string{"": "/", "/login?return_to=%2Fa": "/login?return_to=%2Fa", "//elsewhere.example": "/"} {
		if a := c.Submit("/logout", "", url.Values{"return_to": {to}}); a.Header.Get("Location") != want {
			t.Errorf("signed out towards %q: %q", to, a.Header.Get("Location"))
		}
	}
	if len(f.out) != 1 || f.out[0] != "s-cleo" {
		t.Errorf("signed out: %v", f.out)
	}
}

func TestTokenAPI_HandsOutTokensAndSaysWhoOneIs(t *testing.T) {
	t.Parallel()
	f, c := site(t)
	a := c.Do("POST", "/api/v1/auth/login", `{"email":"cleo@forge.test","password":"right"}`, "Content-Type", "application/json")
	if a.StatusCode != 200 || strings.TrimSpace(a.Body) != `{"access_token":"jwt","token_type":"Bearer","expires_in":600,"refresh_token":"refresh"}` {
		t.Fatalf("%d %s", a.StatusCode, a.Body)
	}
	if a := c.Do("POST", "/api/v1/auth/refresh", `{"refresh_token":"used"}`, "Content-Type", "application/json"); a.StatusCode != 401 || !strings.Contains(a.Body, "identity.refresh_token_reused") {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	for body, status := range map[string]int{
		`{"email":"cleo@forge.test","password":"wrong"}`: 401, `{"email":"nonsense","password":"x"}`: 422, `{"email":"a@b.test"}`: 422, `{`: 400, ``: 400,
		`{"email":"cleo@forge.test","password":"right","role":"administrator"}`: 422,
	} {
		if a := c.Do("POST", "/api/v1/auth/login", body, "Content-Type", "application/json"); a.StatusCode != status || a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", body, a.StatusCode, a.Body)
		}
	}
	invalid := c.Do("POST", "/api/v1/auth/login", `{"email":"nonsense","password":"x"}`, "Content-Type", "application/json")
	if !strings.Contains(invalid.Body, `{"field":"email","message":"This is not an e-mail address."}`) {
		t.Errorf("%s", invalid.Body)
	}
	var me struct {
		ID, Email   string
		Permissions []string
	}
	if a := c.Get("/api/v1/me", "ben"); json.Unmarshal([]byte(a.Body), &me) != nil || me.ID != "u-ben" || len(me.Permissions) != 2 {
		t.Errorf("%s", a.Body)
	}
	if a := c.Get("/api/v1/me", "cleo"); !strings.Contains(a.Body, `"permissions":[]`) || a.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("%s", a.Body)
	}
	if a := c.Get("/api/v1/me/sessions", "cleo"); !strings.Contains(a.Body, `"current":true`) ||
		!strings.Contains(a.Body, `"method":"provider","provider":"dev","second_factor":"recovery_code"`) || !strings.Contains(a.Body, `"next_cursor":null`) {
		t.Errorf("%s", a.Body)
	}
	if a := c.JSON("DELETE", "/api/v1/me/sessions/s-other", "cleo", ""); a.StatusCode != 204 || f.revoked != "s-other" {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	if a := c.Do("POST", "/api/v1/auth/logout", "", "Authorization", "Bearer good"); a.StatusCode != 204 || len(f.out) != 1 {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	if a := c.Get("/.well-known/jwks.json", ""); a.Body != `{"keys":[]}` || a.Header.Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("%s %v", a.Body, a.Header)
	}
}

func (*recorded) Agreements(context.Context) ([]identity.Agreement, error) {
	return identity.Texts(nil).Agreements(), nil
}
