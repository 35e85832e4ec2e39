package oauth_test

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
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

const (
	clientID = "the-client"
	siteURL  = "http://localhost:8080"
	// haste is the client's timeout where the provider hangs and a test waits for it.
	// The others have the adapter's own, which a starved machine keeps too.
	haste = 4 * time.Second
)

// hostile is an OpenID Connect provider whose every answer can be bent. It answers
// soundly until a field says otherwise; fields are set before the first request.
type hostile struct {
	server *httptest.Server
	key    *ecdsa.PrivateKey

	metadata func(m map[string]any)                            // bends the discovery document
	discover func(w http.ResponseWriter, r *http.Request) bool // answers in its stead when true
	claims   func(c map[string]any)                            // bends the ID token
	sign     func(claims []byte) string                        // signs the ID token
	token    func(w http.ResponseWriter, r *http.Request) bool
	answer   func(a map[string]any) // bends the token endpoint's answer
	userinfo func(w http.ResponseWriter, r *http.Request)
	keys     func(w http.ResponseWriter, r *http.Request) // answers in the stead of the keys

	asked atomic.Int64 // for metadata

	mu        sync.Mutex
	exchanges []url.Values
	headers   []http.Header // of the exchanges
}

const keyID = "the-key"

func openHostile(t *testing.T) *hostile {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", h.serveMetadata)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", h.serveMetadata)
	mux.Handle("GET /old-keys", http.RedirectHandler("/keys", http.StatusMovedPermanently))
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		if h.keys != nil {
			h.keys(w, r)
			return
		}
		write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &h.key.PublicKey, KeyID: keyID, Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", h.serveToken)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) { h.userinfo(w, r) })
	h.server = httptest.NewServer(mux)
	t.Cleanup(h.server.Close)
	return h
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (h *hostile) serveMetadata(w http.ResponseWriter, r *http.Request) {
	h.asked.Add(1)
	if h.discover != nil && h.discover(w, r) {
		return
	}
	m := map[string]any{
		"issuer":                                h.server.URL,
		"authorization_endpoint":                h.server.URL + "/authorize",
		"token_endpoint":                        h.server.URL + "/token",
		"jwks_uri":                              h.server.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"ES256", "none", "HS256"},
	}
	if h.userinfo != nil {
		m["userinfo_endpoint"] = h.server.URL + "/userinfo"
	}
	if h.metadata != nil {
		h.metadata(m)
	}
	write(w, m)
}

func (h *hostile) serveToken(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	h.mu.Lock()
	h.exchanges = append(h.exchanges, r.PostForm)
	h.headers = append(h.headers, r.Header)
	h.mu.Unlock()
	if h.token != nil && h.token(w, r) {
		return
	}
	claims := map[string]any{
		"iss": h.server.URL, "sub": "subject-1", "aud": clientID, "nonce": flow.Nonce,
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		"email": "cleo@example.com", "email_verified": true, "name": "Cleo",
	}
	if h.claims != nil {
		h.claims(claims)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusTeapot)
		return
	}
	sign := h.sign
	if sign == nil {
		sign = func(p []byte) string { return signed(h.key, keyID, p) }
	}
	a := map[string]any{"access_token": "access-1", "token_type": "Bearer", "expires_in": 60, "id_token": sign(payload)}
	if h.answer != nil {
		h.answer(a)
	}
	write(w, a)
}

// signed makes a compact JWS by ES256.
func signed(key *ecdsa.PrivateKey, id string, payload []byte) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: id}}, nil)
	if err != nil {
		panic(err) // a key of the test's own making
	}
	object, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	compact, err := object.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return compact
}

// unsigned makes a JWS whose header says that it needs no signature.
func unsigned(payload []byte) string {
	b64 := base64.RawURLEncoding.EncodeToString
	return b64([]byte(`{"alg":"none","kid":"`+keyID+`"}`)) + "." + b64(payload) + "."
}

// macced signs with the client's secret, as HS256 does.
func macced(payload []byte) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte("the-secret-padded-to-thirty-two-b")}, nil)
	if err != nil {
		panic(err)
	}
	object, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	compact, err := object.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return compact
}

var flow = identity.AuthorizationRequest{
	State: "the-state", Nonce: "the-nonce", Verifier: "a-verifier-that-has-the-forty-three-characters-needed",
	LoginHint: "cleo@example.com",
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (h *hostile) provider(t *testing.T) identity.OAuthProvider {
	t.Helper()
	return h.providerOf(t, oauth.ProviderConfig{Kind: "oidc", Issuer: h.server.URL, ClientSecret: "the-secret"})
}

// hastily is provider for one that hangs.
func (h *hostile) hastily(t *testing.T) identity.OAuthProvider {
	t.Helper()
	return h.providerBy(t, haste, oauth.ProviderConfig{Kind: "oidc", Issuer: h.server.URL, ClientSecret: "the-secret"})
}

// providerOf is the site's side, of the kind and with the credentials given.
func (h *hostile) providerOf(t *testing.T, c oauth.ProviderConfig) identity.OAuthProvider {
	t.Helper()
	return h.providerBy(t, 0, c)
}

func (h *hostile) providerBy(t *testing.T, timeout time.Duration, c oauth.ProviderConfig) identity.OAuthProvider {
	t.Helper()
	c.Name, c.Label, c.ClientID = "acme", "Acme", clientID
	providers, err := oauth.New([]oauth.ProviderConfig{c}, siteURL, &http.Client{Timeout: timeout, Transport: h.server.Client().Transport}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return providers[0]
}

// signIn begins and completes a sign-in; the callback carries a code, this flow's
// state, and what params adds.
func (h *hostile) signIn(t *testing.T, params url.Values) (identity.Claim, error) {
	t.Helper()
	return h.signInAt(t, h.provider(t), flow, params)
}

func (h *hostile) signInAt(t *testing.T, p identity.OAuthProvider, r identity.AuthorizationRequest, params url.Values) (identity.Claim, error) {
	t.Helper()
	start, err := p.Begin(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	callback := url.Values{"state": {flow.State}, "code": {"code-1"}}
	for name, values := range params {
		callback[name] = values
	}
	return p.Complete(t.Context(), identity.AuthorizationResponse{
		Nonce: r.Nonce, Verifier: r.Verifier, Session: start.Session, Params: callback,
	})
}
