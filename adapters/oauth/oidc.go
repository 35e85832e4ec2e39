package oauth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/markbates/goth"
	"github.com/markbates/goth/providers/openidConnect"
	"golang.org/x/oauth2"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// oidcProvider signs in at any OpenID Connect provider (Core 1.0, authorization
// code flow), which it finds by discovery when it is first needed.
type oidcProvider struct {
	settings
	discovery *discovery
}

var _ identity.OAuthProvider = (*oidcProvider)(nil)

func newOIDC(s settings) identity.OAuthProvider {
	return &oidcProvider{settings: s, discovery: newDiscovery(s)}
}

func (p *oidcProvider) Name() string  { return p.ProviderConfig.Name }
func (p *oidcProvider) Label() string { return p.ProviderConfig.Label }

// Begin implements [identity.OAuthProvider].
func (p *oidcProvider) Begin(ctx context.Context, r identity.AuthorizationRequest) (identity.AuthorizationStart, error) {
	found, err := p.discovery.find(ctx)
	if err != nil {
		return identity.AuthorizationStart{}, fmt.Errorf("oauth: discover %s: %w", p.Name(), err)
	}
	session, err := found.goth.BeginAuth(r.State)
	if err != nil {
		return identity.AuthorizationStart{}, fmt.Errorf("oauth: begin at %s: %w", p.Name(), err)
	}
	authURL, err := session.GetAuthURL()
	if err == nil {
		authURL, err = challenged(authURL, r, "nonce", r.Nonce, "login_hint", r.LoginHint)
	}
	if err != nil {
		return identity.AuthorizationStart{}, fmt.Errorf("oauth: begin at %s: %w", p.Name(), err)
	}
	// The session is kept without its URL: the state in it is for the browser alone.
	return identity.AuthorizationStart{URL: authURL, Session: new(openidConnect.Session).Marshal()}, nil
}

// Complete implements [identity.OAuthProvider].
func (p *oidcProvider) Complete(ctx context.Context, r identity.AuthorizationResponse) (identity.Claim, error) {
	claim, err := p.complete(ctx, r)
	if err != nil {
		return identity.Claim{}, fmt.Errorf("oauth: complete at %s: %w", p.Name(), err)
	}
	return claim, nil
}

func (p *oidcProvider) complete(ctx context.Context, r identity.AuthorizationResponse) (identity.Claim, error) {
	found, err := p.discovery.find(ctx)
	if err != nil {
		return identity.Claim{}, err
	}
	if err := p.checkIssuer(found, r.Params); err != nil {
		return identity.Claim{}, err
	}
	code, err := codeFrom(r.Params)
	if err != nil {
		return identity.Claim{}, err
	}
	l, client, done := newLine(ctx, p.client)
	defer done()

	speaker := *found.goth // a copy, so that each sign-in has a line of its own
	speaker.HTTPClient = client
	session, err := speaker.UnmarshalSession(r.Session)
	if err != nil {
		return identity.Claim{}, fmt.Errorf("%w: read the session: %w", identity.ErrProviderInvalid, err)
	}
	if err := authorize(session, &speaker, url.Values{"code": {code}, "code_verifier": {r.Verifier}}); err != nil {
		return identity.Claim{}, verdict(l, err)
	}
	tokens, ok := session.(*openidConnect.Session)
	if !ok || tokens.IDToken == "" {
		return identity.Claim{}, fmt.Errorf("%w: no ID token", identity.ErrProviderInvalid)
	}
	token, err := found.verify(l.ctx, p.ClientID, tokens.IDToken)
	if err != nil {
		return identity.Claim{}, verdict(l, err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(r.Nonce)) != 1 || r.Nonce == "" {
		return identity.Claim{}, fmt.Errorf("%w: the ID token has another nonce", identity.ErrProviderInvalid)
	}
	claim, err := p.claimFrom(oidc.ClientContext(l.ctx, client), found, token, tokens.AccessToken)
	if err != nil {
		return identity.Claim{}, verdict(l, err)
	}
	return claim, nil
}

// checkIssuer refuses an answer that another provider gave (RFC 9207). Each
// provider has a callback of its own besides.
func (p *oidcProvider) checkIssuer(found *discovered, params url.Values) error {
	if !params.Has("iss") {
		if found.namesIssuer {
			return fmt.Errorf("%w: the callback names no issuer", identity.ErrProviderInvalid)
		}
		return nil
	}
	if params.Get("iss") != p.Issuer {
		return fmt.Errorf("%w: the callback names another issuer", identity.ErrProviderInvalid)
	}
	return nil
}

// authorize has goth exchange the code. Only what is in params reaches goth, not
// the callback: goth lets a parameter replace the redirect address. goth also
// panics when an ID token is no string, which is for the provider to choose.
func authorize(s goth.Session, p goth.Provider, params url.Values) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the token endpoint's answer is malformed: %v", r)
		}
	}()
	_, err = s.Authorize(p, params)
	return err
}

// oidcClaims is what is read from an ID token after it was verified.
type oidcClaims struct {
	AuthorizedParty string   `json:"azp"`
	Email           string   `json:"email"`
	EmailVerified   flexible `json:"email_verified"`
	Name            string   `json:"name"`
	Username        string   `json:"preferred_username"`
}

// flexible is a boolean that some providers write as a string.
type flexible bool

// UnmarshalJSON takes nothing but true and "true" for true.
func (f *flexible) UnmarshalJSON(b []byte) error {
	*f = flexible(string(b) == "true" || string(b) == `"true"`)
	return nil
}

// claimFrom reads a verified token. A provider that keeps the address out of it is
// asked for it with the access token, and believed for the same subject only
// (OpenID Connect Core 1.0, 5.3.2).
func (p *oidcProvider) claimFrom(ctx context.Context, found *discovered, token *oidc.IDToken, access string) (identity.Claim, error) {
	var c oidcClaims
	if err := token.Claims(&c); err != nil {
		return identity.Claim{}, fmt.Errorf("read the ID token: %w", err)
	}
	if c.AuthorizedParty != "" && c.AuthorizedParty != p.ClientID {
		return identity.Claim{}, errors.New("the ID token was made for another client")
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(access); err != nil {
			return identity.Claim{}, fmt.Errorf("the access token is not the ID token's: %w", err)
		}
	}
	if token.Subject == "" {
		return identity.Claim{}, errors.New("the ID token names no subject")
	}
	if c.Email == "" && found.oidc.UserInfoEndpoint() != "" {
		info, err := found.oidc.UserInfo(ctx, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: access}))
		if err != nil {
			return identity.Claim{}, fmt.Errorf("ask for the address: %w", err)
		}
		if info.Subject != token.Subject {
			return identity.Claim{}, errors.New("userinfo is about somebody else")
		}
		c.Email, c.EmailVerified = info.Email, flexible(info.EmailVerified)
	}
	if c.Name == "" {
		c.Name = c.Username
	}
	return identity.Claim{
		Provider: p.Name(), Subject: token.Subject,
		Email: c.Email, EmailVerified: c.Email != "" && bool(c.EmailVerified), Name: c.Name,
	}, nil
}
