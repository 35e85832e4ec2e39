package oauth

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
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
		extra := append([]string{"nonce", r.Nonce, "login_hint", r.LoginHint}, p.preset.quirks.sent...)
		if r.Fresh {
			extra = append(extra, p.preset.quirks.anew...)
		}
		authURL, err = challenged(authURL, r, extra...)
	}
	if err != nil {
		return identity.AuthorizationStart{}, fmt.Errorf("oauth: begin at %s: %w", p.Name(), err)
	}
	var kept oidcSession
	if r.Fresh {
		kept.AskedAt = p.discovery.now().UTC().Truncate(time.Second)
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return identity.AuthorizationStart{}, fmt.Errorf("oauth: begin at %s: %w", p.Name(), err)
	}
	return identity.AuthorizationStart{URL: authURL, Session: string(raw)}, nil
}

// oidcSession is what is kept until the browser comes back.
type oidcSession struct {
	// AskedAt is when a fresh proof was asked for; zero when none was. An answer that
	// rests on an older one is refused.
	AskedAt time.Time `json:"asked_at,omitzero"`
}

// clockSkew is how far a provider's clock may be behind.
const clockSkew = time.Minute

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

	var kept oidcSession
	if err := json.Unmarshal([]byte(r.Session), &kept); err != nil {
		return identity.Claim{}, fmt.Errorf("%w: read the session: %w", identity.ErrProviderInvalid, err)
	}
	access, raw, err := p.exchange(context.WithValue(l.ctx, oauth2.HTTPClient, client), found, code, r.Verifier)
	if err != nil {
		return identity.Claim{}, verdict(l, err)
	}
	token, err := found.verify(l.ctx, p.ClientID, raw)
	if err != nil {
		return identity.Claim{}, verdict(l, err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(r.Nonce)) != 1 || r.Nonce == "" {
		return identity.Claim{}, fmt.Errorf("%w: the ID token has another nonce", identity.ErrProviderInvalid)
	}
	claim, err := p.claimFrom(oidc.ClientContext(l.ctx, client), found, token, access)
	if err != nil {
		return identity.Claim{}, verdict(l, err)
	}
	if !kept.AskedAt.IsZero() && !p.freshEnough(claim.AuthenticatedAt, kept.AskedAt) {
		return identity.Claim{}, fmt.Errorf("%w: a fresh proof was asked for, and the answer rests on an older one", identity.ErrProviderInvalid)
	}
	if claim.Name == "" && p.Kind == "apple" {
		claim.Name = appleName(r.Params)
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
	if !found.issues(params.Get("iss")) {
		return fmt.Errorf("%w: the callback names another issuer", identity.ErrProviderInvalid)
	}
	return nil
}

// freshEnough reports whether a proof is no older than the question for it. Some
// providers do not tell when it was given; there, going through their page must do.
func (p *oidcProvider) freshEnough(proven, asked time.Time) bool {
	if proven.IsZero() {
		return !p.preset.quirks.tellsWhen
	}
	return !proven.Before(asked.Add(-clockSkew))
}

// exchange trades the code for an access token and an ID token. Only the code and
// the verifier come from the browser: goth would take a redirect address as well.
func (p *oidcProvider) exchange(ctx context.Context, found *discovered, code, verifier string) (access, raw string, err error) {
	secret := p.ClientSecret
	if p.apple != nil {
		if secret, err = p.apple.secret(p.discovery.now()); err != nil {
			return "", "", err
		}
	}
	c := oauth2.Config{
		ClientID: p.ClientID, ClientSecret: secret, RedirectURL: p.callback,
		Endpoint: oauth2.Endpoint{TokenURL: found.oidc.Endpoint().TokenURL, AuthStyle: found.style},
	}
	token, err := c.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", "", err
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok || raw == "" {
		return "", "", errors.New("the token endpoint's answer has no ID token")
	}
	return token.AccessToken, raw, nil
}

// oidcClaims is what is read from an ID token after it was verified.
type oidcClaims struct {
	AuthorizedParty string   `json:"azp"`
	Email           string   `json:"email"`
	EmailVerified   flexible `json:"email_verified"`
	DomainVerified  flag     `json:"xms_edov"` // Microsoft: of the address's domain
	Name            string   `json:"name"`
	Username        string   `json:"preferred_username"`
	AuthTime        seconds  `json:"auth_time"`
}

// flag is a boolean that Microsoft writes in four ways.
type flag bool

// UnmarshalJSON takes nothing but true, "true", 1 and "1" for true.
func (f *flag) UnmarshalJSON(b []byte) error {
	switch strings.Trim(string(b), `"`) {
	case "true", "1":
		*f = true
	default:
		*f = false
	}
	return nil
}

// seconds is a time that some providers write as a string.
type seconds struct{ time.Time }

// UnmarshalJSON takes whole seconds since 1970. Anything else is no time, as if the
// provider did not tell.
func (s *seconds) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	if err == nil && n > 0 {
		s.Time = time.Unix(n, 0).UTC()
	}
	return nil
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
	if len(token.Audience) > 1 && c.AuthorizedParty == "" {
		return identity.Claim{}, errors.New("the ID token was made for several clients and does not say for which")
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
		Email: c.Email, EmailVerified: c.Email != "" && p.preset.quirks.verified(c), Name: c.Name,
		AuthenticatedAt: c.AuthTime.Time,
	}, nil
}
