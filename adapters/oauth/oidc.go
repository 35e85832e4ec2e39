package oauth

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

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
	start, err := p.begin(ctx, r)
	if err != nil {
		return identity.AuthorizationStart{}, fmt.Errorf("oauth: begin at %s: %w", p.Name(), err)
	}
	return start, nil
}

func (p *oidcProvider) begin(ctx context.Context, r identity.AuthorizationRequest) (identity.AuthorizationStart, error) {
	found, err := p.discovery.find(ctx)
	if err != nil {
		return identity.AuthorizationStart{}, err
	}
	session, err := found.goth.BeginAuth(r.State)
	if err != nil {
		return identity.AuthorizationStart{}, failed(identity.StepAuthorization, err)
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
		return identity.AuthorizationStart{}, failed(identity.StepAuthorization, err, r.State, r.Nonce)
	}
	var kept oidcSession
	if r.Fresh {
		kept.AskedAt = p.discovery.now().UTC().Truncate(time.Second)
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return identity.AuthorizationStart{}, failed(identity.StepAuthorization, err)
	}
	return identity.AuthorizationStart{URL: authURL, Session: string(raw)}, nil
}

// oidcSession is what is kept until the browser comes back.
type oidcSession struct {
	// AskedAt is when a fresh proof was asked for; zero when none was. An answer that
	// rests on an older one is refused.
	AskedAt time.Time `json:"asked_at,omitzero"`
}

// clockSkew is how far a provider's clock may be behind, or ahead.
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
	var code string
	if err = p.checkIssuer(found, r.Params); err == nil {
		code, err = codeFrom(r.Params)
	}
	if err != nil {
		return identity.Claim{}, failed(identity.StepCallback, err)
	}
	l, client, done := newLine(ctx, p.client, p.ClientSecret, code, r.Verifier, r.Nonce)
	defer done()

	var kept oidcSession
	if err := json.Unmarshal([]byte(r.Session), &kept); err != nil {
		return identity.Claim{}, l.failed(identity.StepCallback, fmt.Errorf("read the session: %w", err))
	}
	access, raw, err := p.exchange(l, client, found, code, r.Verifier)
	if err != nil {
		return identity.Claim{}, l.failed(identity.StepToken, err)
	}
	l.conceal(access)
	token, err := found.verify(l.ctx, p.ClientID, raw, p.discovery.now())
	if err != nil {
		return identity.Claim{}, l.failed(identity.StepIDToken, err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(r.Nonce)) != 1 || r.Nonce == "" {
		return identity.Claim{}, l.failed(identity.StepIDToken, errors.New("it has another nonce"))
	}
	claims, err := p.claimsOf(token, access)
	if err != nil {
		return identity.Claim{}, l.failed(identity.StepIDToken, err)
	}
	if !kept.AskedAt.IsZero() && !p.freshEnough(claims.AuthTime, kept.AskedAt) {
		return identity.Claim{}, l.failed(identity.StepIDToken, errors.New("a fresh proof was asked for, and the answer rests on an older one"))
	}
	incomplete := p.completeFrom(l, client, found, &claims, access)
	if errors.Is(incomplete, errAnotherSubject) {
		return identity.Claim{}, incomplete
	}
	claim := p.claimFrom(claims)
	claim.Incomplete = incomplete
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
			return toldAs(identity.ErrProviderInvalid, errors.New("callback names no issuer"))
		}
		return nil
	}
	if !found.issues(params.Get("iss")) {
		return toldAs(identity.ErrProviderInvalid, fmt.Errorf("callback names another issuer, %.200q", params.Get("iss")))
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
func (p *oidcProvider) exchange(l *line, client *http.Client, found *discovered, code, verifier string) (access, raw string, err error) {
	secret := p.ClientSecret
	if p.apple != nil {
		if secret, err = p.apple.secret(p.discovery.now()); err != nil {
			return "", "", err
		}
		l.conceal(secret)
	}
	c := oauth2.Config{
		ClientID: p.ClientID, ClientSecret: secret, RedirectURL: p.callback,
		Endpoint: oauth2.Endpoint{TokenURL: found.token, AuthStyle: found.style},
	}
	token, err := c.Exchange(context.WithValue(l.ctx, oauth2.HTTPClient, client), code, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", "", err
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok || raw == "" {
		return "", "", errors.New("the token endpoint's answer has no ID token")
	}
	return token.AccessToken, raw, nil
}
