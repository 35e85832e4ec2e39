package devidp

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// maxForm bounds what a client may post.
const maxForm = 64 << 10

// routes lets through what this provider offers; the library serves more.
func (p *Provider) routes(served *op.Provider) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+oidc.DiscoveryEndpoint, func(w http.ResponseWriter, r *http.Request) {
		ctx := op.ContextWithIssuer(r.Context(), p.issuer)
		writeJSON(w, metadata(op.CreateDiscoveryConfig(ctx, served, served.Storage())))
	})
	mux.Handle("GET "+served.AuthorizationEndpoint().Relative(), served)
	mux.Handle("GET "+served.AuthorizationEndpoint().Relative()+"/callback", served)
	mux.Handle("GET "+served.KeysEndpoint().Relative(), served)
	mux.Handle("GET "+served.UserinfoEndpoint().Relative(), served)
	mux.Handle("POST "+served.TokenEndpoint().Relative(), p.misbehaving(served))
	return mux
}

// metadata tells of no endpoint, grant or response that routes does not let through.
func metadata(c *oidc.DiscoveryConfiguration) *oidc.DiscoveryConfiguration {
	c.IntrospectionEndpoint, c.RevocationEndpoint, c.EndSessionEndpoint = "", "", ""
	c.DeviceAuthorizationEndpoint, c.CheckSessionIframe = "", ""
	c.IntrospectionEndpointAuthMethodsSupported, c.IntrospectionEndpointAuthSigningAlgValuesSupported = nil, nil
	c.RevocationEndpointAuthMethodsSupported, c.RevocationEndpointAuthSigningAlgValuesSupported = nil, nil
	c.GrantTypesSupported = []oidc.GrantType{oidc.GrantTypeCode}
	c.ResponseTypesSupported = []string{string(oidc.ResponseTypeCode)}
	c.TokenEndpointAuthMethodsSupported = []oidc.AuthMethod{oidc.AuthMethodBasic}
	c.ClaimsSupported = []string{"sub", "aud", "exp", "iat", "iss", "auth_time", "nonce", "name", "email", "email_verified"}
	return c
}

// misbehaving is the token endpoint with the switches that concern it.
func (p *Provider) misbehaving(served http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			http.Error(w, `{"error":"invalid_request"}`, http.StatusBadRequest)
			return
		}
		if r.PostForm.Get("grant_type") != string(oidc.GrantTypeCode) {
			http.Error(w, `{"error":"unsupported_grant_type"}`, http.StatusBadRequest)
			return
		}
		t, err := p.ticketOf(r.PostForm.Get("code"))
		if err != nil {
			served.ServeHTTP(w, r) // which refuses the code in the protocol's words
			return
		}
		switch t.Misbehave {
		case Slow:
			select {
			case <-time.After(p.slowness):
			case <-r.Context().Done():
				return
			}
		case Failing:
			http.Error(w, "The provider was asked to fail.", http.StatusInternalServerError)
			return
		}
		served.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), misbehaviourKey{}, t.Misbehave)))
	})
}

// misbehaviourKey carries the switch to where the library asks for the client.
type misbehaviourKey struct{}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}
