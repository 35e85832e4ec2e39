package identity_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// rogue is an OpenID Connect provider over HTTP. It checks PKCE as a good one does;
// bend changes a token before it is signed, hang keeps the token endpoint silent.
type rogue struct {
	server *httptest.Server
	key    *ecdsa.PrivateKey
	hang   atomic.Bool
	held   atomic.Int64 // requests that hang

	mu    sync.Mutex
	bend  func(claims map[string]any)
	info  http.HandlerFunc      // userinfo; nil: there is none
	codes map[string]url.Values // what each code was asked with
}

func openRogue(t *testing.T) *rogue {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &rogue{key: key, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		m := map[string]any{
			"issuer": p.server.URL, "authorization_endpoint": p.server.URL + "/authorize", "token_endpoint": p.server.URL + "/token",
			"jwks_uri": p.server.URL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"},
		}
		if p.userinfo() != nil {
			m["userinfo_endpoint"] = p.server.URL + "/userinfo"
		}
		writeAnswer(w, m)
	})
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) { p.userinfo()(w, r) })
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		writeAnswer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", p.token)
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	return p
}

func writeAnswer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *rogue) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm() // only once the body is read does the server see who hangs up
	if p.hang.Load() {
		p.held.Add(1)
		defer p.held.Add(-1)
		<-r.Context().Done()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	asked, known := p.codes[r.FormValue("code")]
	digest := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !known || base64.RawURLEncoding.EncodeToString(digest[:]) != asked.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		writeAnswer(w, map[string]string{"error": "invalid_grant"})
		return
	}
	delete(p.codes, r.FormValue("code"))
	claims := map[string]any{
		"iss": p.server.URL, "sub": "subject-of-" + r.FormValue("code"), "aud": "the-client", "nonce": asked.Get("nonce"),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		"email": r.FormValue("code") + "@neoforge.test", "email_verified": true, "name": "Somebody",
	}
	if p.bend != nil {
		p.bend(claims)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.key, KeyID: "k"}}, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	writeAnswer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": compact})
}

// approve answers a request at the authorization endpoint with a code of that name.
func (p *rogue) approve(t *testing.T, location, code string) url.Values {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil || !strings.HasPrefix(location, p.server.URL+"/authorize?") {
		t.Fatalf("sent to %q, %v", location, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[code] = u.Query()
	return url.Values{"state": {u.Query().Get("state")}, "code": {code}}
}

func (p *rogue) bends(f func(claims map[string]any)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bend = f
}

func (p *rogue) userinfo() http.HandlerFunc {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.info
}

func (p *rogue) informs(f http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.info = f
}

// besieged is the site over HTTP, with the provider.
type besieged struct {
	*fixture.Room
	provider *rogue
	http     fiberhttptest.Client
}

func openBesieged(t *testing.T, db *entstore.DB) *besieged {
	t.Helper()
	b := &besieged{Room: fixture.NewRoom(t, db), provider: openRogue(t)}
	providers, err := oauth.New([]oauth.ProviderConfig{{
		Name: "acme", Label: "Acme", Kind: "oidc", Issuer: b.provider.server.URL, ClientID: "the-client", ClientSecret: "the-secret",
	}}, fiberhttptest.BaseURL, &http.Client{Timeout: 3 * time.Second}, nil)

	if err != nil {
		t.Fatal(err)
	}
	b.Deps.Providers, b.Deps.BaseURL = providers, fiberhttptest.BaseURL
	if b.Identity, err = fixture.NewIdentity(b.Deps); err != nil {
		t.Fatal(err)
	}
	settings := fiberhttptest.Settings(t)
	settings.Sessions = b.Identity
	server := fiberhttptest.MustNew(t, settings)
	if err := identityhttp.Register(server, identityhttp.Deps{
		SignIn: b.Rooms.SignIn, Account: b.Rooms.Account, Organizations: b.Rooms.Organizations,
		Privacy: b.Rooms.Privacy, Administration: b.Rooms.Administration, SigningKeys: b.Rooms.SigningKeys,
	}); err != nil {
		t.Fatal(err)
	}
	b.http = fiberhttptest.Serve(t, server)
	return b
}

// browser keeps cookies.
type browser struct {
	site *besieged
	jar  map[string]string
}

func (b *besieged) browser() *browser { return &browser{site: b, jar: map[string]string{}} }

func (v *browser) keep(a fiberhttptest.Answer) fiberhttptest.Answer {
	for _, c := range a.Cookies() {
		if c.MaxAge < 0 || c.Value == "" {
			delete(v.jar, c.Name)
			continue
		}
		v.jar[c.Name] = c.Value
	}
	return a
}

func (v *browser) cookies() []string {
	var all []string
	for name, value := range v.jar {
		all = append(all, name+"="+value)
	}
	return []string{"Cookie", strings.Join(all, "; ")}
}

func (v *browser) get(path string) fiberhttptest.Answer {
	return v.keep(v.site.http.Do(http.MethodGet, path, "", v.cookies()...))
}

func (v *browser) post(path string, headers ...string) fiberhttptest.Answer {
	if headers == nil {
		headers = []string{"Sec-Fetch-Site", "same-origin"}
	}
	headers = append(headers, "Content-Type", "application/x-www-form-urlencoded")
	return v.keep(v.site.http.Do(http.MethodPost, path, "", append(v.cookies(), headers...)...))
}

// flowCookie is the cookie of the way through a provider that a callback ends.
func flowCookie(callback url.Values) string {
	return "sign_in_" + base64.RawURLEncoding.EncodeToString(identity.Secret(callback.Get("state")).Hash()[:12])
}

// begin goes to the provider to sign in, which answers with the code.
func (v *browser) begin(t *testing.T, code string) url.Values {
	t.Helper()
	a := v.get("/auth/acme?return_to=/posts")
	if a.StatusCode != http.StatusSeeOther {
		t.Fatalf("begin: %d", a.StatusCode)
	}
	return v.site.provider.approve(t, a.Header.Get("Location"), code)
}

// beginLink goes there to connect an account.
func (v *browser) beginLink(t *testing.T, code string) url.Values {
	t.Helper()
	a := v.post("/account/connections/acme/link")
	to, ok := strings.CutPrefix(a.Header.Get("Refresh"), "0; url=")
	if a.StatusCode != http.StatusOK || !ok || !strings.Contains(a.Body, "Go on to Acme") {
		t.Fatalf("begin to link: %d, refresh %q", a.StatusCode, a.Header.Get("Refresh"))
	}
	return v.site.provider.approve(t, to, code)
}

func (v *browser) back(q url.Values) fiberhttptest.Answer {
	return v.get("/auth/acme/callback?" + q.Encode())
}

func (v *browser) enter(t *testing.T, code string) {
	t.Helper()
	if a := v.back(v.begin(t, code)); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/posts" || v.jar["session"] == "" {
		t.Fatalf("sign in as %s: %d to %q", code, a.StatusCode, a.Header.Get("Location"))
	}
}

// identities lists the ids of connected accounts, by the API.
func (v *browser) identities(t *testing.T) []string {
	t.Helper()
	a := v.get("/api/v1/me/identities")
	var list struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := json.Unmarshal([]byte(a.Body), &list); err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("identities: %d, %v", a.StatusCode, err)
	}
	ids := make([]string, len(list.Items))
	for i, item := range list.Items {
		ids[i] = item.ID
	}
	return ids
}

// TestSignInWithProvider_WithstandsAHostileProvider holds the site to its rules over HTTP.
func TestSignInWithProvider_WithstandsAHostileProvider(t *testing.T) {
	t.Parallel()
	stories := map[string]func(t *testing.T, b *besieged){
		"an answer that does not belong here signs nobody in": hostileAnswers,
		"a token that does not fit signs nobody in":           hostileTokens,
		"of many callbacks of one state one signs in":         parallelCallbacks,
		"a posted answer is asked for again":                  postedAnswer,
		"an account is connected and disconnected":            connectOverHTTP,
		"nobody connects an account in somebody's name":       linkForgery,
		"the API connects in the browser":                     connectByAPI,
		"the site answers while the provider hangs":           hangingProvider,
	}
	for title, story := range stories {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			story(t, openBesieged(t, entstoretest.MustSQLite(t)))
		})
	}
}

func hostileAnswers(t *testing.T, b *besieged) {
	for name, c := range map[string]struct {
		bend func(v *browser, q url.Values)
		want int
	}{
		"no state":                {func(_ *browser, q url.Values) { q.Del("state") }, 422},
		"another state":           {func(_ *browser, q url.Values) { q.Set("state", "another") }, 422},
		"two states":              {func(_ *browser, q url.Values) { q.Add("state", "another") }, 422},
		"another browser":         {func(v *browser, _ url.Values) { v.jar = map[string]string{} }, 422},
		"another's cookie":        {func(v *browser, q url.Values) { v.jar[flowCookie(q)] = strings.Repeat("a", 43) }, 422},
		"no code":                 {func(_ *browser, q url.Values) { q.Del("code") }, 401},
		"two codes":               {func(_ *browser, q url.Values) { q.Add("code", "another") }, 401},
		"an unknown code":         {func(_ *browser, q url.Values) { q.Set("code", "another") }, 401},
		"another issuer":          {func(_ *browser, q url.Values) { q.Set("iss", "https://elsewhere.example") }, 401},
		"refused there":           {func(_ *browser, q url.Values) { q.Set("error", "access_denied") }, 401},
		"the provider overloaded": {func(_ *browser, q url.Values) { q.Set("error", "server_error") }, 503},
		"a code of another flow": {func(_ *browser, q url.Values) {
			b.browser().begin(t, "injected") // whose challenge is another
			q.Set("code", "injected")
		}, 401},
	} {
		v := b.browser()
		q := v.begin(t, "cleo")
		c.bend(v, q)
		a := v.back(q)
		if a.StatusCode != c.want || v.jar["session"] != "" {
			t.Errorf("%s: %d, signed in %t", name, a.StatusCode, v.jar["session"] != "")
		}
	}
	v := b.browser()
	q := v.begin(t, "cleo")
	if a := v.back(q); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("sound: %d", a.StatusCode)
	}
	binding, session := v.jar[flowCookie(q)], v.jar["session"]
	if a := v.back(q); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/posts" || binding != "" || v.jar["session"] != session {
		t.Errorf("once more: %d to %q, the cookie left %q", a.StatusCode, a.Header.Get("Location"), binding)
	}
	delete(v.jar, "session")
	if a := v.back(q); a.StatusCode != 422 || v.jar["session"] != "" {
		t.Errorf("once more, signed out: %d", a.StatusCode)
	}
	if a := b.browser().get("/auth/elsewhere/callback?state=a&code=b"); a.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown provider: %d", a.StatusCode)
	}
}

func hostileTokens(t *testing.T, b *besieged) {
	set := func(name string, value any) func(map[string]any) {
		return func(c map[string]any) { c[name] = value }
	}
	for name, c := range map[string]struct {
		bend func(map[string]any)
		want int
	}{
		"another nonce":           {set("nonce", "another"), 401},
		"another issuer":          {set("iss", "https://elsewhere.example"), 401},
		"another client":          {set("aud", "another"), 401},
		"another party":           {set("azp", "another"), 401},
		"expired":                 {set("exp", time.Now().Add(-time.Hour).Unix()), 401},
		"not yet valid":           {set("nbf", time.Now().Add(time.Hour).Unix()), 401},
		"no subject":              {set("sub", ""), 401},
		"a subject too long":      {set("sub", strings.Repeat("s", 256)), 401},
		"a subject of control":    {set("sub", "a\x00b"), 401},
		"two addresses":           {set("email", []string{"a@neoforge.test", "b@neoforge.test"}), 403},
		"an address not verified": {set("email_verified", false), 403},
		"no word about it":        {func(c map[string]any) { delete(c, "email_verified") }, 403},
		"no address":              {func(c map[string]any) { delete(c, "email") }, 403},
		"what is no address":      {set("email", "cleo"), 403},
	} {
		b.provider.bends(c.bend)
		v := b.browser()
		if a := v.back(v.begin(t, "cleo")); a.StatusCode != c.want || v.jar["session"] != "" {
			t.Errorf("%s: %d, signed in %t", name, a.StatusCode, v.jar["session"] != "")
		}
	}
	if n := len(b.Ledger.Published("identity.user_registered.v1")); n != 0 {
		t.Errorf("%d accounts", n)
	}
}

func parallelCallbacks(t *testing.T, b *besieged) {
	v := b.browser()
	q := v.begin(t, "cleo")
	var in atomic.Int64
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			a := b.http.Do(http.MethodGet, "/auth/acme/callback?"+q.Encode(), "", v.cookies()...)
			if a.Cookie("session") != nil && a.Cookie("session").Value != "" {
				in.Add(1)
			} else if a.StatusCode != 422 {
				t.Errorf("refused with %d", a.StatusCode)
			}
		})
	}
	running.Wait()
	if in.Load() != 1 {
		t.Errorf("%d signed in", in.Load())
	}
}

func postedAnswer(t *testing.T, b *besieged) {
	v := b.browser()
	q := v.begin(t, "cleo")
	// From another site, and so without a cookie.
	a := b.http.Do(http.MethodPost, "/auth/acme/callback", q.Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site", "Origin", b.provider.server.URL)
	to := a.Header.Get("Location")
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/auth/acme/callback?") || a.Cookie("session") != nil {
		t.Fatalf("posted: %d to %q", a.StatusCode, to)
	}
	if a := v.get(to); a.StatusCode != http.StatusSeeOther || v.jar["session"] == "" {
		t.Errorf("asked again: %d", a.StatusCode)
	}
}

func connectOverHTTP(t *testing.T, b *besieged) {
	v := b.browser()
	v.enter(t, "cleo")
	first := v.identities(t)
	if a := v.post("/account/connections/" + first[0] + "/unlink"); a.StatusCode != http.StatusConflict || !strings.Contains(a.Body, "last way to sign in") {
		t.Errorf("the last way to sign in: %d", a.StatusCode)
	}
	b.provider.bends(func(c map[string]any) { c["email_verified"] = false })
	if a := v.back(v.beginLink(t, "second")); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/account/connections" {
		t.Fatalf("connected: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	b.provider.bends(nil)
	if ids := v.identities(t); len(ids) != 2 || !strings.Contains(v.get("/account/connections").Body, "second@neoforge.test") {
		t.Fatalf("connected: %v", ids)
	}

	other := b.browser()
	other.enter(t, "ben")
	b.provider.bends(func(c map[string]any) { c["sub"] = "subject-of-second" })
	if a := other.back(other.beginLink(t, "third")); a.StatusCode != http.StatusConflict || len(other.identities(t)) != 1 {
		t.Errorf("somebody else's: %d", a.StatusCode)
	}
	if a := other.post("/account/connections/" + first[0] + "/unlink"); a.StatusCode != http.StatusNotFound {
		t.Errorf("disconnecting somebody else's: %d", a.StatusCode)
	}
	if a := other.post("/account/connections/nothing/unlink"); a.StatusCode != http.StatusNotFound {
		t.Errorf("disconnecting nothing: %d", a.StatusCode)
	}
	if a := v.post("/account/connections/" + first[0] + "/unlink"); a.StatusCode != http.StatusSeeOther || slices.Contains(v.identities(t), first[0]) {
		t.Errorf("disconnected: %d", a.StatusCode)
	}
	if a := b.browser().get("/account/connections"); a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/login?") {
		t.Errorf("a visitor: %d", a.StatusCode)
	}
	b.Clock.Advance(11 * time.Minute)
	for _, path := range []string{"/account/connections/acme/link", "/account/connections/" + v.identities(t)[0] + "/unlink"} {
		if a := v.post(path); a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/confirm?") {
			t.Errorf("%s without a recent proof: %d to %q", path, a.StatusCode, a.Header.Get("Location"))
		}
	}
}

func linkForgery(t *testing.T, b *besieged) {
	victim, mallory := b.browser(), b.browser()
	victim.enter(t, "cleo")
	mallory.enter(t, "mallory")
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://elsewhere.example"}, {"X-Nothing", "said"}} {
		if a := victim.post("/account/connections/acme/link", headers...); a.StatusCode != http.StatusForbidden {
			t.Errorf("begun from elsewhere, %v: %d", headers, a.StatusCode)
		}
	}
	// Mallory begins, and has the victim's browser open the way back.
	if a := victim.back(mallory.beginLink(t, "trap")); a.StatusCode != 422 || len(victim.identities(t)) != 1 {
		t.Errorf("the victim opens Mallory's way back: %d", a.StatusCode)
	}
	if a := mallory.get("/auth/acme/callback?state=x&code=trap"); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/" || len(mallory.identities(t)) != 1 {
		t.Errorf("Mallory afterwards: %d", a.StatusCode)
	}
	// The same with a cookie that was planted in the victim's browser.
	q := mallory.beginLink(t, "trap")
	victim.jar[flowCookie(q)] = mallory.jar[flowCookie(q)]
	if a := victim.back(q); a.StatusCode != 422 || len(victim.identities(t)) != 1 || len(mallory.identities(t)) != 1 {
		t.Errorf("with the cookie planted: %d", a.StatusCode)
	}
	// Who has signed out meanwhile connects nothing, nor does the next sign-in.
	q = victim.beginLink(t, "late")
	binding := victim.jar[flowCookie(q)]
	if a := victim.post("/logout"); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign out: %d", a.StatusCode)
	}
	victim.jar[flowCookie(q)] = binding
	if a := victim.back(q); a.StatusCode != 422 || victim.jar["session"] != "" {
		t.Errorf("after signing out: %d", a.StatusCode)
	}
	victim.enter(t, "cleo")
	q = victim.beginLink(t, "later")
	binding = victim.jar[flowCookie(q)]
	victim.post("/logout")
	victim.enter(t, "cleo")
	victim.jar[flowCookie(q)] = binding
	if a := victim.back(q); a.StatusCode != 422 || len(victim.identities(t)) != 1 {
		t.Errorf("in another sign-in: %d", a.StatusCode)
	}
}

func connectByAPI(t *testing.T, b *besieged) {
	v := b.browser()
	v.enter(t, "cleo")
	begin := func(body string, headers ...string) fiberhttptest.Answer {
		headers = append(headers, "Content-Type", "application/json")
		return v.keep(b.http.Do(http.MethodPost, "/api/v1/me/identities", body, append(v.cookies(), headers...)...))
	}
	if a := begin(`{"provider":"acme"}`, "Sec-Fetch-Site", "cross-site"); a.StatusCode != http.StatusForbidden {
		t.Errorf("from elsewhere: %d", a.StatusCode)
	}
	if a := begin(`{"provider":"elsewhere"}`, "Sec-Fetch-Site", "same-origin"); a.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown provider: %d", a.StatusCode)
	}
	a := begin(`{"provider":"acme","return_to":"https://elsewhere.example"}`, "Sec-Fetch-Site", "same-origin")
	var onward struct {
		RedirectURL string `json:"redirect_url"`
	}
	if err := json.Unmarshal([]byte(a.Body), &onward); err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("begin: %d, %v", a.StatusCode, err)
	}
	if a := v.back(b.provider.approve(t, onward.RedirectURL, "second")); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/" {
		t.Errorf("back: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	ids := v.identities(t)
	if len(ids) != 2 {
		t.Fatalf("connected: %v", ids)
	}
	remove := func(id string) int {
		return b.http.Do(http.MethodDelete, "/api/v1/me/identities/"+id, "", append(v.cookies(), "Sec-Fetch-Site", "same-origin")...).StatusCode
	}
	for _, step := range []struct {
		id   string
		want int
	}{{"nothing", 404}, {ids[0], 204}, {ids[0], 404}, {ids[1], 409}} {
		if have := remove(step.id); have != step.want {
			t.Errorf("remove %s: %d, want %d", step.id, have, step.want)
		}
	}
}

func hangingProvider(t *testing.T, b *besieged) {
	const callbacks, visits = 150, 200
	type ready struct {
		v *browser
		q url.Values
	}
	all := make([]ready, callbacks)
	for i := range all {
		v := b.browser()
		all[i] = ready{v, v.begin(t, "cleo")}
	}
	b.provider.hang.Store(true)
	var running sync.WaitGroup
	for _, r := range all {
		running.Go(func() {
			if a := r.v.back(r.q); a.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("callback: %d", a.StatusCode)
			}
		})
	}
	deadline := time.Now().Add(5 * time.Second)
	for b.provider.held.Load() == 0 && time.Now().Before(deadline) {
		b.http.Get("/login", "")
	}
	most := b.provider.held.Load()
	took := make([]time.Duration, visits)
	for i := range took {
		began := time.Now()
		if a := b.http.Get("/login", ""); a.StatusCode != http.StatusOK {
			t.Errorf("a visitor: %d", a.StatusCode)
		}
		took[i] = time.Since(began)
		most = max(most, b.provider.held.Load())
	}
	running.Wait()
	slices.Sort(took)
	t.Logf("%d callbacks at a hanging provider, which holds %d: a page takes %s, p99 %s", callbacks, most, took[visits/2], took[visits*99/100])
	// Thirty-two at once, and the provider is slow to notice who has hung up.
	if took[visits*99/100] > time.Second || most > 64 {
		t.Errorf("p99 %s, the provider holds %d", took[visits*99/100], most)
	}
	b.provider.hang.Store(false)
}
