package devidp

import (
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// client is the site, registered by construction.
type client struct {
	p         *Provider
	misbehave Misbehaviour
}

var _ op.Client = (*client)(nil)

func (c *client) GetID() string                       { return clientID }
func (c *client) RedirectURIs() []string              { return []string{c.p.callback} }
func (c *client) PostLogoutRedirectURIs() []string    { return nil }
func (c *client) ApplicationType() op.ApplicationType { return op.ApplicationTypeWeb }
func (c *client) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodBasic }
func (c *client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c *client) GrantTypes() []oidc.GrantType                             { return []oidc.GrantType{oidc.GrantTypeCode} }
func (c *client) AccessTokenType() op.AccessTokenType                      { return op.AccessTokenTypeBearer }
func (c *client) DevMode() bool                                            { return true }
func (c *client) IsScopeAllowed(string) bool                               { return false }
func (c *client) IDTokenUserinfoClaimsAssertion() bool                     { return true }
func (c *client) ClockSkew() time.Duration                                 { return 0 }
func (c *client) RestrictAdditionalIdTokenScopes() func([]string) []string { return same }
func (c *client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return same
}

func same(scopes []string) []string { return scopes }

// IDTokenLifetime is negative for a token that is to be expired.
func (c *client) IDTokenLifetime() time.Duration {
	if c.misbehave == ExpiredToken {
		return -time.Hour
	}
	return tokenTTL
}

// LoginURL is the page of people, or the way on when somebody was chosen already.
func (c *client) LoginURL(id string) string {
	if t, err := c.p.openRequest(id); err == nil && !t.ApprovedAt.IsZero() {
		return c.p.continueAt(id)
	}
	return strings.TrimSuffix(c.p.issuer, Path) + LoginPath + "?request=" + url.QueryEscape(id)
}
