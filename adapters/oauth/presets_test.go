package oauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// elsewhere sends what is meant for a provider's fixed addresses to a test server,
// which sees the host as the first part of the path.
type elsewhere struct{ to *url.URL }

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Path = "/" + r.URL.Host + r.URL.Path
	r.URL.Scheme, r.URL.Host = e.to.Scheme, e.to.Host
	return http.DefaultTransport.RoundTrip(r)
}

// at serves a provider of a kind whose addresses are fixed.
func at(t *testing.T, kind string, routes map[string]string) identity.OAuthProvider {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, body := range routes {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				if r.FormValue("code_verifier") != flow.Verifier || r.FormValue("code") != "code-1" {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
			} else if r.Header.Get("Authorization") != "Bearer access-1" && r.FormValue("access_token") != "access-1" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			write(w, json.RawMessage(body))
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	to, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	providers, err := oauth.New([]oauth.ProviderConfig{{Name: kind, Kind: kind, ClientID: clientID, ClientSecret: "the-secret"}}, siteURL, &http.Client{Transport: elsewhere{to}}, nil)

	if err != nil {
		t.Fatal(err)
	}
	return providers[0]
}

const plainToken = `{"access_token":"access-1","token_type":"bearer"}`

func TestPresets_EachProviderSaysInItsOwnWayWhichAddressItVerified(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   string
		routes map[string]string
		want   identity.Claim
	}{
		"Discord, verified": {"discord", map[string]string{
			"POST /discord.com/api/oauth2/token": plainToken,
			"GET /discord.com/api/users/@me":     `{"id":"80351110224678912","username":"cleo_","global_name":"Cleo","email":"cleo@example.com","verified":true}`,
		}, identity.Claim{Subject: "80351110224678912", Email: "cleo@example.com", EmailVerified: true, Name: "Cleo"}},
		"Discord, not verified": {"discord", map[string]string{
			"POST /discord.com/api/oauth2/token": plainToken,
			"GET /discord.com/api/users/@me":     `{"id":"1","username":"cleo_","email":"cleo@example.com","verified":false}`,
		}, identity.Claim{Subject: "1", Email: "cleo@example.com", Name: "cleo_"}},
		"Discord, not said": {"discord", map[string]string{
			"POST /discord.com/api/oauth2/token": plainToken,
			"GET /discord.com/api/users/@me":     `{"id":"1","username":"cleo_","email":"cleo@example.com"}`,
		}, identity.Claim{Subject: "1", Email: "cleo@example.com", Name: "cleo_"}},
		"Discord, without an address": {"discord", map[string]string{
			"POST /discord.com/api/oauth2/token": plainToken,
			"GET /discord.com/api/users/@me":     `{"id":"1","username":"cleo_","email":null,"verified":true}`,
		}, identity.Claim{Subject: "1", Name: "cleo_"}},
		"Bitbucket, confirmed": {"bitbucket", map[string]string{
			"POST /bitbucket.org/site/oauth2/access_token": plainToken,
			"GET /api.bitbucket.org/2.0/user":              `{"uuid":"{a-b}","display_name":"Cleo"}`,
			"GET /api.bitbucket.org/2.0/user/emails":       `{"values":[{"email":"old@example.com","is_confirmed":true},{"email":"cleo@example.com","is_primary":true,"is_confirmed":true}]}`,
		}, identity.Claim{Subject: "{a-b}", Email: "cleo@example.com", EmailVerified: true, Name: "Cleo"}},
		"Bitbucket, not confirmed": {"bitbucket", map[string]string{
			"POST /bitbucket.org/site/oauth2/access_token": plainToken,
			"GET /api.bitbucket.org/2.0/user":              `{"uuid":"{a-b}","display_name":"Cleo"}`,
			"GET /api.bitbucket.org/2.0/user/emails":       `{"values":[{"email":"cleo@example.com","is_primary":true}]}`,
		}, identity.Claim{Subject: "{a-b}", Name: "Cleo"}},
		"Facebook never says": {"facebook", map[string]string{
			"POST /graph.facebook.com/oauth/access_token": plainToken,
			"GET /graph.facebook.com/me":                  `{"id":"7","name":"Cleo","email":"cleo@example.com","verified":true}`,
		}, identity.Claim{Subject: "7", Email: "cleo@example.com", Name: "Cleo"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := at(t, c.kind, c.routes)
			start, err := p.Begin(t.Context(), flow)
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(start.URL)
			if err != nil {
				t.Fatal(err)
			}
			if q := u.Query(); q.Get("state") != flow.State || q.Get("code_challenge") != challengeOf(flow.Verifier) || q.Get("redirect_uri") != siteURL+"/auth/"+c.kind+"/callback" {
				t.Fatalf("asked with %v", q)
			}
			claim, err := p.Complete(t.Context(), identity.AuthorizationResponse{
				Verifier: flow.Verifier, Session: start.Session, Params: url.Values{"code": {"code-1"}, "state": {flow.State}},
			})
			c.want.Provider = c.kind
			if err != nil || claim != c.want {
				t.Fatalf("have %+v, %v\nwant %+v", claim, err, c.want)
			}
			_, err = p.Complete(t.Context(), identity.AuthorizationResponse{Verifier: "another", Session: start.Session, Params: url.Values{"code": {"code-1"}}})
			if !errors.Is(err, identity.ErrProviderInvalid) {
				t.Errorf("with another verifier: %v", err)
			}
		})
	}
}

func TestPresets_PlainProvidersAreAskedToProveAnew(t *testing.T) {
	t.Parallel()
	fresh := flow
	fresh.Fresh = true
	for kind, want := range map[string]string{"discord": "prompt=consent", "github": "prompt=select_account", "facebook": "auth_type=reauthenticate"} {
		start, err := at(t, kind, nil).Begin(t.Context(), fresh)
		if err != nil || !strings.Contains(start.URL, want) {
			t.Errorf("%s: %s, %v", kind, start.URL, err)
		}
	}
}

const aTenant = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"

func TestPresets_MicrosoftAnswersForTheTenantThatTheTokenNames(t *testing.T) {
	t.Parallel()
	const other = "9188040d-6c67-4c5b-b112-36a304b66dad"
	for name, c := range map[string]struct {
		bend     func(issuer string) func(map[string]any)
		verified bool
		want     error
	}{
		"its own":                     {func(string) func(map[string]any) { return without() }, false, nil},
		"e-mail said to be verified":  {func(string) func(map[string]any) { return set("email_verified", true) }, false, nil},
		"domain verified":             {func(string) func(map[string]any) { return set("xms_edov", true) }, true, nil},
		"domain verified, as a digit": {func(string) func(map[string]any) { return set("xms_edov", "1") }, true, nil},
		"domain not verified":         {func(string) func(map[string]any) { return set("xms_edov", false) }, false, nil},
		"domain verified, who knows":  {func(string) func(map[string]any) { return set("xms_edov", "yes") }, false, nil},
		"another tenant's id":         {func(string) func(map[string]any) { return set("tid", other) }, false, identity.ErrProviderInvalid},
		"no tenant":                   {func(string) func(map[string]any) { return without("tid") }, false, identity.ErrProviderInvalid},
		"the placeholder itself": {func(at string) func(map[string]any) {
			return all(set("tid", "{tenantid}"), set("iss", at+"/{tenantid}/v2.0"))
		}, false, identity.ErrProviderInvalid},
		"another issuer": {func(string) func(map[string]any) {
			return set("iss", "https://elsewhere.example/"+aTenant+"/v2.0")
		}, false, identity.ErrProviderInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.metadata = set("issuer", h.server.URL+"/{tenantid}/v2.0")
			h.claims = all(without("email_verified"), set("iss", h.server.URL+"/"+aTenant+"/v2.0"), set("tid", aTenant), c.bend(h.server.URL))
			p := h.providerOf(t, oauth.ProviderConfig{Kind: "microsoft", Issuer: h.server.URL + "/{tenantid}/v2.0", ClientSecret: "the-secret"})
			claim, err := h.signInAt(t, p, flow, nil)
			if !errors.Is(err, c.want) || claim.EmailVerified != c.verified {
				t.Fatalf("have %+v, %v", claim, err)
			}
		})
	}
	t.Run("one tenant is one issuer", func(t *testing.T) {
		t.Parallel()
		h := openHostile(t)
		h.metadata = set("issuer", h.server.URL+"/"+aTenant+"/v2.0")
		h.claims = all(set("iss", h.server.URL+"/"+other+"/v2.0"), set("tid", other))
		p := h.providerOf(t, oauth.ProviderConfig{Kind: "microsoft", Issuer: h.server.URL + "/{tenantid}/v2.0", Tenant: aTenant, ClientSecret: "the-secret"})
		if _, err := h.signInAt(t, p, flow, nil); !errors.Is(err, identity.ErrProviderInvalid) {
			t.Fatalf("another tenant's token: %v", err)
		}
		h.claims = set("iss", h.server.URL+"/"+aTenant+"/v2.0")
		if _, err := h.signInAt(t, p, flow, nil); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("the callback's issuer is a tenant's", func(t *testing.T) {
		t.Parallel()
		h := openHostile(t)
		h.metadata = set("issuer", h.server.URL+"/{tenantid}/v2.0")
		h.claims = all(set("iss", h.server.URL+"/"+aTenant+"/v2.0"), set("tid", aTenant))
		p := h.providerOf(t, oauth.ProviderConfig{Kind: "microsoft", Issuer: h.server.URL + "/{tenantid}/v2.0", ClientSecret: "the-secret"})
		if _, err := h.signInAt(t, p, flow, url.Values{"iss": {h.server.URL + "/" + aTenant + "/v2.0"}}); err != nil {
			t.Fatal(err)
		}
		for _, iss := range []string{"https://elsewhere.example", h.server.URL + "/" + aTenant + "/v1.0", h.server.URL + "/x/v2.0", ""} {
			if _, err := h.signInAt(t, p, flow, url.Values{"iss": {iss}}); !errors.Is(err, identity.ErrProviderInvalid) {
				t.Errorf("%q: %v", iss, err)
			}
		}
	})
}

// pemOf writes a key as Apple hands it out.
func pemOf(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestPresets_AppleIsSentASecretThatIsMadeForTheExchange(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h := openHostile(t)
	h.metadata = set("token_endpoint_auth_methods_supported", []string{"client_secret_post"})
	h.claims = all(without("name"), set("email_verified", "true"))
	p := h.providerOf(t, oauth.ProviderConfig{
		Kind: "apple", Issuer: h.server.URL, TeamID: "TEAM000001", KeyID: "KEY0000001",
		PrivateKey: strings.ReplaceAll(pemOf(t, key), "\n", `\n`), // as a variable holds it
	})
	start, err := p.Begin(t.Context(), flow)
	if err != nil || !strings.Contains(start.URL, "response_mode=form_post") || !strings.Contains(start.URL, "scope=openid+email+name") {
		t.Fatalf("asked at %s, %v", start.URL, err)
	}
	claim, err := h.signInAt(t, p, flow, url.Values{"user": {`{"name":{"firstName":"Cleo","lastName":"Example"},"email":"mallory@example.com"}`}})
	want := identity.Claim{Provider: "acme", Subject: "subject-1", Email: "cleo@example.com", EmailVerified: true, Name: "Cleo Example"}
	if err != nil || claim != want {
		t.Fatalf("have %+v, %v", claim, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	secret, err := jose.ParseSigned(h.exchanges[0].Get("client_secret"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := secret.Verify(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		Issued   int64  `json:"iat"`
		Expires  int64  `json:"exp"`
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		t.Fatal(err)
	}
	if c.Issuer != "TEAM000001" || c.Subject != clientID || c.Audience != h.server.URL || secret.Signatures[0].Header.KeyID != "KEY0000001" ||
		c.Expires <= time.Now().Unix() || c.Expires-c.Issued > 600 {
		t.Errorf("secret: %+v", c)
	}
}

func TestPresets_AnAppleKeyThatIsNoneIsAFault(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for want, private := range map[string]string{
		"in PEM":          "hello",
		"PKCS #8":         "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
		"P-256":           pemOf(t, small),
		"belong together": "",
	} {
		_, err := oauth.New([]oauth.ProviderConfig{{Name: "apple", Kind: "apple", ClientID: clientID, TeamID: "a", KeyID: "b", PrivateKey: private}}, siteURL, nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) || private != "" && strings.Contains(err.Error(), "AAAA") {
			t.Errorf("%s: have %v", want, err)
		}
	}
}

func TestPresets_TheDocumentationHasTheTableOfProviders(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../web/docs/sign-in-providers.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range oauth.Presets() {
		verified, anew := p.Verified, p.Anew
		if verified == "" {
			verified = "nowhere: its addresses never link and never register"
		}
		if anew == "" {
			anew = "cannot be asked"
		}
		row := "| " + p.Label + " | `/auth/" + p.Kind + "/callback` | " + verified + " | " + anew + " |"
		if !strings.Contains(string(page), row) {
			t.Errorf("the page lacks the row\n%s", row)
		}
	}
}
