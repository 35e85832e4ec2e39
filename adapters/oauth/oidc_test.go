package oauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestOIDC_ASoundAnswerSignsIn(t *testing.T) {
	t.Parallel()
	h := openHostile(t)
	claim, err := h.signIn(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := identity.Claim{Provider: "acme", Subject: "subject-1", Email: "cleo@example.com", EmailVerified: true, Name: "Cleo"}
	if claim != want {
		t.Fatalf("have %+v, want %+v", claim, want)
	}
}

func TestOIDC_EveryRequestCarriesStateNonceAndChallengeAndTheExchangeTheVerifier(t *testing.T) {
	t.Parallel()
	h := openHostile(t)
	start, err := h.provider(t).Begin(t.Context(), flow)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(start.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": clientID, "state": flow.State, "nonce": flow.Nonce,
		"code_challenge": challengeOf(flow.Verifier), "code_challenge_method": "S256",
		"login_hint": flow.LoginHint, "redirect_uri": siteURL + "/auth/acme/callback",
	} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	if !strings.Contains(q.Get("scope"), "openid") || !strings.Contains(q.Get("scope"), "email") {
		t.Errorf("scope is %q", q.Get("scope"))
	}
	for _, kept := range []string{flow.State, flow.Verifier, flow.Nonce} {
		if strings.Contains(start.Session, kept) {
			t.Errorf("the session keeps %q", kept)
		}
	}
	if strings.Contains(start.URL, flow.Verifier) {
		t.Error("the verifier is in the address")
	}

	if _, err := h.signIn(t, nil); err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.exchanges) != 1 {
		t.Fatalf("%d exchanges", len(h.exchanges))
	}
	sent := h.exchanges[0]
	if sent.Get("code_verifier") != flow.Verifier || sent.Get("code") != "code-1" || sent.Get("redirect_uri") != siteURL+"/auth/acme/callback" {
		t.Fatalf("the exchange sent %v", sent)
	}
}

func TestOIDC_ACallbackCannotReplaceWhatTheExchangeSends(t *testing.T) {
	t.Parallel()
	h := openHostile(t)
	_, err := h.signIn(t, url.Values{"redirect_uri": {"https://elsewhere.example"}, "code_verifier": {"elsewhere"}})
	if err != nil {
		t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if sent := h.exchanges[0]; sent.Get("redirect_uri") != siteURL+"/auth/acme/callback" || sent.Get("code_verifier") != flow.Verifier {
		t.Fatalf("the exchange sent %v", sent)
	}
}

func TestOIDC_AForgedTokenIsRefused(t *testing.T) {
	t.Parallel()
	foreign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, bend := range map[string]func(h *hostile){
		"wrong nonce":    func(h *hostile) { h.claims = set("nonce", "another") },
		"missing nonce":  func(h *hostile) { h.claims = without("nonce") },
		"empty nonce":    func(h *hostile) { h.claims = set("nonce", "") },
		"expired":        func(h *hostile) { h.claims = set("exp", time.Now().Add(-time.Second).Unix()) },
		"no expiry":      func(h *hostile) { h.claims = without("exp") },
		"wrong audience": func(h *hostile) { h.claims = set("aud", "another-client") },
		"other party":    func(h *hostile) { h.claims = set("azp", "another-client") },
		"two clients":    func(h *hostile) { h.claims = set("aud", []string{clientID, "another-client"}) },
		"not yet valid":  func(h *hostile) { h.claims = set("nbf", time.Now().Add(time.Hour).Unix()) },
		"odd expiry":     func(h *hostile) { h.claims = set("exp", "soon") },
		"other's code":   func(h *hostile) { h.claims = all(set("aud", "another-client"), set("azp", "another-client")) },
		"encrypted":      func(h *hostile) { h.sign = func([]byte) string { return "a.b.c.d.e" } },
		"wrong issuer":   func(h *hostile) { h.claims = set("iss", "https://elsewhere.example") },
		"no subject":     func(h *hostile) { h.claims = without("sub") },
		"odd subject":    func(h *hostile) { h.claims = set("sub", 7) },
		"other access":   func(h *hostile) { h.claims = set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA") },
		"alg none":       func(h *hostile) { h.sign = unsigned },
		"client's MAC":   func(h *hostile) { h.sign = macced },
		"foreign key":    func(h *hostile) { h.sign = func(p []byte) string { return signed(foreign, keyID, p) } },
		"unknown key":    func(h *hostile) { h.sign = func(p []byte) string { return signed(foreign, "unknown", p) } },
		"no token":       func(h *hostile) { h.answer = without("id_token") },
		"token a number": func(h *hostile) { h.answer = set("id_token", 7) },
		"token a word":   func(h *hostile) { h.answer = set("id_token", "hello") },
		"no access":      func(h *hostile) { h.answer = without("access_token") },
		"too large":      func(h *hostile) { h.answer = set("padding", strings.Repeat("x", 2<<20)) },
		"no JSON":        func(h *hostile) { h.token = respond(http.StatusOK, "<html>") },
		"code refused":   func(h *hostile) { h.token = respond(http.StatusBadRequest, `{"error":"invalid_grant"}`) },
		"redirect":       func(h *hostile) { h.token = respond(http.StatusTemporaryRedirect, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			bend(h)
			if claim, err := h.signIn(t, nil); !errors.Is(err, identity.ErrProviderInvalid) || claim != (identity.Claim{}) {
				t.Fatalf("have %+v, %v", claim, err)
			}
		})
	}
}

func TestOIDC_AnAddressCountsOnlyWhenItsProviderVerifiedIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bend     func(map[string]any)
		email    string
		verified bool
	}{
		"unverified":      {set("email_verified", false), "cleo@example.com", false},
		"not said":        {without("email_verified"), "cleo@example.com", false},
		"null":            {set("email_verified", nil), "cleo@example.com", false},
		"a number":        {set("email_verified", 1), "cleo@example.com", false},
		"another word":    {set("email_verified", "yes"), "cleo@example.com", false},
		"true as a word":  {set("email_verified", "true"), "cleo@example.com", true},
		"absent":          {without("email"), "", false},
		"two addresses":   {set("email", []string{"a@example.com", "b@example.com"}), "", false},
		"absent and said": {set("email", ""), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.claims = c.bend
			claim, err := h.signIn(t, nil)
			if err != nil || claim.Email != c.email || claim.EmailVerified != c.verified || claim.Subject != "subject-1" {
				t.Fatalf("have %+v, %v", claim, err)
			}
		})
	}
}

func TestOIDC_UserinfoIsBelievedForTheSameSubjectOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		subject string
		want    error
	}{
		"same":  {"subject-1", nil},
		"other": {"subject-2", identity.ErrProviderInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.claims = without("email", "email_verified")
			h.userinfo = func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer access-1" {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				write(w, map[string]any{"sub": c.subject, "email": "cleo@example.com", "email_verified": true})
			}
			claim, err := h.signIn(t, nil)
			if !errors.Is(err, c.want) {
				t.Fatalf("have %v, want %v", err, c.want)
			}
			if c.want == nil && (claim.Email != "cleo@example.com" || !claim.EmailVerified) {
				t.Fatalf("claim: %+v", claim)
			}
		})
	}
}

func TestOIDC_AProviderThatFailsIsAway(t *testing.T) {
	t.Parallel()
	for name, bend := range map[string]func(h *hostile){
		"500":      func(h *hostile) { h.token = respond(http.StatusInternalServerError, "") },
		"too many": func(h *hostile) { h.token = respond(http.StatusTooManyRequests, "") },
		"slow": func(h *hostile) {
			h.token = func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }
		},
		"cut off": func(h *hostile) {
			h.token = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Content-Length", "1000")
				_, _ = w.Write([]byte(`{"access_token":"a`))
				return true
			}
		},
		"no keys": func(h *hostile) {
			h.metadata = func(m map[string]any) { m["jwks_uri"] = "http://127.0.0.1:1/keys" }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			bend(h)
			if _, err := h.signInAt(t, h.hastily(t), flow, nil); !errors.Is(err, identity.ErrProviderAway) {
				t.Fatalf("have %v", err)
			}
		})
	}
}

func TestOIDC_ACallbackThatIsNoAnswerIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		params url.Values
		bend   func(map[string]any)
		want   error
	}{
		"access denied":       {params: url.Values{"error": {"access_denied"}}, want: identity.ErrProviderDenied},
		"provider overloaded": {params: url.Values{"error": {"temporarily_unavailable"}}, want: identity.ErrProviderAway},
		"no code":             {params: url.Values{"code": nil}, want: identity.ErrProviderInvalid},
		"two codes":           {params: url.Values{"code": {"a", "b"}}, want: identity.ErrProviderInvalid},
		"another issuer":      {params: url.Values{"iss": {"https://elsewhere.example"}}, want: identity.ErrProviderInvalid},
		"another's error":     {params: url.Values{"iss": {"https://elsewhere.example"}, "error": {"access_denied"}}, want: identity.ErrProviderInvalid},
		"two issuers":         {params: url.Values{"iss": {"", ""}}, want: identity.ErrProviderInvalid},
		"issuer promised":     {bend: set("authorization_response_iss_parameter_supported", true), want: identity.ErrProviderInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.metadata = c.bend
			if _, err := h.signIn(t, c.params); !errors.Is(err, c.want) {
				t.Fatalf("have %v, want %v", err, c.want)
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			if len(h.exchanges) != 0 {
				t.Fatal("a code was exchanged")
			}
		})
	}
	t.Run("its own issuer is taken", func(t *testing.T) {
		t.Parallel()
		h := openHostile(t)
		h.metadata = set("authorization_response_iss_parameter_supported", true)
		if _, err := h.signIn(t, url.Values{"iss": {h.server.URL}}); err != nil {
			t.Fatal(err)
		}
	})
}

func set(name string, value any) func(map[string]any) {
	return func(m map[string]any) { m[name] = value }
}

func all(bends ...func(map[string]any)) func(map[string]any) {
	return func(m map[string]any) {
		for _, bend := range bends {
			bend(m)
		}
	}
}

func without(names ...string) func(map[string]any) {
	return func(m map[string]any) {
		for _, name := range names {
			delete(m, name)
		}
	}
}

func respond(status int, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Location", "/keys")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
}

func TestOIDC_ATokenForSeveralClientsSaysForWhich(t *testing.T) {
	t.Parallel()
	h := openHostile(t)
	h.claims = all(set("aud", []string{"another-client", clientID}), set("azp", clientID))
	if _, err := h.signIn(t, nil); err != nil {
		t.Fatal(err)
	}
}

func TestOIDC_AFreshProofIsFresh(t *testing.T) {
	t.Parallel()
	fresh := flow
	fresh.Fresh = true
	for name, c := range map[string]struct {
		kind string
		bend func(map[string]any)
		want error
	}{
		"now":                         {"oidc", set("auth_time", time.Now().Unix()), nil},
		"now, as a word":              {"oidc", set("auth_time", strconv.FormatInt(time.Now().Unix(), 10)), nil},
		"an hour ago":                 {"oidc", set("auth_time", time.Now().Add(-time.Hour).Unix()), identity.ErrProviderInvalid},
		"not said":                    {"oidc", nil, identity.ErrProviderInvalid},
		"no time":                     {"oidc", set("auth_time", "lately"), identity.ErrProviderInvalid},
		"not said by Google":          {"google", nil, nil},
		"an hour ago, said by Google": {"google", set("auth_time", time.Now().Add(-time.Hour).Unix()), identity.ErrProviderInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.claims = c.bend
			p := h.providerOf(t, oauth.ProviderConfig{Kind: c.kind, Issuer: h.server.URL, ClientSecret: "the-secret"})
			if _, err := h.signInAt(t, p, fresh, nil); !errors.Is(err, c.want) {
				t.Fatalf("have %v, want %v", err, c.want)
			}
			if _, err := h.signInAt(t, p, flow, nil); err != nil {
				t.Fatalf("where none was asked for: %v", err)
			}
		})
	}
	h := openHostile(t)
	start, err := h.provider(t).Begin(t.Context(), fresh)
	if err != nil || !strings.Contains(start.URL, "prompt=login") || !strings.Contains(start.URL, "max_age=0") {
		t.Fatalf("asked at %s, %v", start.URL, err)
	}
}

func TestOIDC_TheClientProvesItselfAsTheProviderWants(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		methods []string
		setting string
		header  bool
	}{
		"nothing said":                  {nil, "", true},
		"both":                          {[]string{"client_secret_post", "client_secret_basic"}, "", true},
		"post only":                     {[]string{"client_secret_post"}, "", false},
		"nothing said, post set":        {nil, "client_secret_post", false},
		"both, post set":                {[]string{"client_secret_basic", "client_secret_post"}, "client_secret_post", false},
		"post only said, the other set": {[]string{"client_secret_post"}, "client_secret_basic", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			if c.methods != nil {
				h.metadata = set("token_endpoint_auth_methods_supported", c.methods)
			}
			p := h.providerOf(t, oauth.ProviderConfig{Kind: "oidc", Issuer: h.server.URL, ClientSecret: "the-secret", TokenAuth: c.setting})
			if _, err := h.signInAt(t, p, flow, nil); err != nil {
				t.Fatal(err)
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			if len(h.exchanges) != 1 {
				t.Fatalf("%d exchanges: a code is spent by the first", len(h.exchanges))
			}
			inHeader, inBody := h.headers[0].Get("Authorization") != "", h.exchanges[0].Has("client_secret")
			if inHeader != c.header || inBody == c.header {
				t.Errorf("in the header %t, in the body %t", inHeader, inBody)
			}
		})
	}
}
