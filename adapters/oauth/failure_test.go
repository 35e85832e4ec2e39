package oauth_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/oauth"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// failureOf is the failure in an error's chain, whose text tells no secret.
func failureOf(t *testing.T, err error) *identity.ProviderFailure {
	t.Helper()
	var f *identity.ProviderFailure
	if !errors.As(err, &f) {
		t.Fatalf("it is not said where it was: %v", err)
	}
	for _, secret := range []string{"the-secret", "the secret", "the+secret", "access-1", flow.Verifier, flow.Nonce, "code-1"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the text tells %q: %v", secret, err)
		}
	}
	return f
}

func TestProviderFailure_SaysTheStepAndTheReasonAndNoSecret(t *testing.T) {
	t.Parallel()
	echo := func(w http.ResponseWriter, r *http.Request) bool {
		user, password, _ := r.BasicAuth()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_client","error_description":"` + r.PostForm.Encode() + user + password + `"}`))
		return true
	}
	for name, c := range map[string]struct {
		bend   func(h *hostile)
		params url.Values
		step   identity.FlowStep
		want   error
		reason string
	}{
		"cancelled there":  {nil, url.Values{"error": {"access_denied"}, "error_description": {"No consent."}}, identity.StepCallback, identity.ErrProviderDenied, "No consent."},
		"no code":          {nil, url.Values{"code": nil}, identity.StepCallback, identity.ErrProviderInvalid, "without code"},
		"another's answer": {nil, url.Values{"iss": {"https://elsewhere.example"}}, identity.StepCallback, identity.ErrProviderInvalid, "another issuer"},
		"a wrong secret":   {func(h *hostile) { h.token = echo }, nil, identity.StepToken, identity.ErrProviderInvalid, "invalid_client"},
		"an error that is the code": {func(h *hostile) {
			h.token = respond(http.StatusBadRequest, `{"error":"code-1 the-secret `+flow.Verifier+`"}`)
		}, nil, identity.StepToken, identity.ErrProviderInvalid, "answered 400"},
		"exchange away": {func(h *hostile) { h.token = respond(http.StatusBadGateway, "the-secret") }, nil, identity.StepToken, identity.ErrProviderAway, "it answered 502"},
		"no ID token":   {func(h *hostile) { h.answer = without("id_token") }, nil, identity.StepToken, identity.ErrProviderInvalid, "no ID token"},
		"expired":       {func(h *hostile) { h.claims = set("exp", 1) }, nil, identity.StepIDToken, identity.ErrProviderInvalid, "expired"},
		"not the nonce": {func(h *hostile) { h.claims = set("nonce", "another") }, nil, identity.StepIDToken, identity.ErrProviderInvalid, "another nonce"},
		"not the issuer": {func(h *hostile) { h.claims = set("iss", "https://elsewhere.example") }, nil, identity.StepIDToken, identity.ErrProviderInvalid,
			"https://elsewhere.example"},
		"no keys": {func(h *hostile) {
			h.keys = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }
		}, nil,
			identity.StepIDToken, identity.ErrProviderInvalid, "/keys answered 404"},
		"keys away": {func(h *hostile) { h.metadata = set("jwks_uri", "http://127.0.0.1:1/keys") }, nil, identity.StepIDToken, identity.ErrProviderAway, "127.0.0.1:1"},
		"somebody else at userinfo": {func(h *hostile) {
			h.claims = without("email")
			h.userinfo = func(w http.ResponseWriter, _ *http.Request) { write(w, map[string]any{"sub": "subject-2"}) }
		}, nil, identity.StepUserinfo, identity.ErrProviderInvalid, "somebody else"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			if c.bend != nil {
				c.bend(h)
			}
			_, err := h.signIn(t, c.params)
			if f := failureOf(t, err); f.Step != c.step || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("have %v", err)
			}
		})
	}
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"404": respond(http.StatusNotFound, "the-secret"), "500": respond(http.StatusInternalServerError, "the-secret"), "no JSON": respond(http.StatusOK, "<html>"),
		"null": respond(http.StatusOK, "null"), "no object": respond(http.StatusOK, `["the-secret"]`),
	} {
		h := openHostile(t)
		h.discover = answer
		_, err := h.provider(t).Begin(t.Context(), flow)
		if f := failureOf(t, err); f.Step != identity.StepDiscovery || !errors.Is(err, identity.ErrProviderAway) {
			t.Errorf("metadata, %s: %v", name, err)
		}
	}
}

// brokenOff exchanges a code, and breaks off whatever is asked afterwards.
type brokenOff struct{}

func (brokenOff) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost {
		return nil, &net.OpError{Op: "read", Err: errors.New("connection reset")}
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(plainToken)), Request: r,
	}, nil
}

func TestProviderFailure_TellsNoTokenThatStandsInAnAddress(t *testing.T) {
	t.Parallel()
	for kind, host := range map[string]string{"facebook": "graph.facebook.com", "github": "api.github.com", "discord": "discord.com", "bitbucket": "api.bitbucket.org"} {
		providers, err := oauth.New([]oauth.ProviderConfig{{Name: kind, Kind: kind, ClientID: clientID, ClientSecret: "the-secret"}}, siteURL, &http.Client{Transport: brokenOff{}}, nil)

		if err != nil {
			t.Fatal(err)
		}
		_, err = providers[0].Complete(t.Context(), identity.AuthorizationResponse{Verifier: flow.Verifier, Params: url.Values{"code": {"code-1"}}})
		f := failureOf(t, err)
		if f.Step != identity.StepProfile || !errors.Is(err, identity.ErrProviderAway) || !strings.Contains(err.Error(), host) || strings.Contains(err.Error(), "appsecret_proof") {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestPlain_KnowsASubjectWhoseAddressesCannotBeRead(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		routes  map[string]string
		subject string
	}{
		"github": {map[string]string{
			"POST /github.com/login/oauth/access_token": plainToken,
			"GET /api.github.com/user":                  `{"id":42,"login":"cleo","name":"Cleo"}`,
		}, "42"},
		"github with a public address": {map[string]string{
			"POST /github.com/login/oauth/access_token": plainToken,
			"GET /api.github.com/user":                  `{"id":42,"login":"cleo","name":"Cleo","email":"cleo@example.com"}`,
		}, "42"},
		"bitbucket": {map[string]string{
			"POST /bitbucket.org/site/oauth2/access_token": plainToken,
			"GET /api.bitbucket.org/2.0/user":              `{"uuid":"{a-b}","display_name":"Cleo"}`,
		}, "{a-b}"},
	} {
		kind, _, _ := strings.Cut(kind, " ")
		claim, err := at(t, kind, c.routes).Complete(t.Context(), identity.AuthorizationResponse{Verifier: flow.Verifier, Params: url.Values{"code": {"code-1"}}})
		if err != nil || claim.Subject != c.subject || claim.Email != "" || claim.EmailVerified || claim.Name != "Cleo" {
			t.Errorf("%s: have %+v, %v", kind, claim, err)
			continue
		}
		if f := failureOf(t, claim.Incomplete); f.Step != identity.StepProfile || !errors.Is(f, identity.ErrProviderInvalid) || !strings.Contains(f.Error(), "answered 404") {
			t.Errorf("%s: incomplete for %v", kind, f)
		}
	}
}
