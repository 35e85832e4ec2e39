package oauth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/markbates/goth/providers/openidConnect"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

const (
	// metadataTTL is how long a provider's metadata is taken as current. Keys are
	// looked up anew whenever a token is signed by one that is not known.
	metadataTTL = 12 * time.Hour
	// discoveryPause is how long a provider that could not be discovered is left
	// alone; meanwhile people are told at once that it is away.
	discoveryPause = 2 * time.Second
)

// discovered is a provider as its metadata describes it.
type discovered struct {
	goth        *openidConnect.Provider
	issuer      string
	token       string // endpoint
	userinfo    string // endpoint; empty: there is none
	keys        *keySet
	algorithms  []string
	namesIssuer bool   // every callback carries iss (RFC 9207)
	template    string // of issuers that depend on the tenant; empty: there is one issuer
	style       oauth2.AuthStyle
	until       time.Time
}

// discovery asks a provider for its metadata (OpenID Connect Discovery 1.0) when
// it is first needed: the development provider is served by the process that asks,
// so nothing can be asked at construction. However many wait, one asks.
type discovery struct {
	settings
	now    func() time.Time
	flight singleflight.Group

	mu       sync.Mutex
	current  *discovered
	lastErr  error
	notUntil time.Time // after a failure
}

func newDiscovery(s settings) *discovery {
	return &discovery{settings: s, now: time.Now}
}

// find returns the provider. It fails with ErrProviderAway. Metadata that is past
// its time is used on while the provider does not answer.
func (d *discovery) find(ctx context.Context) (*discovered, error) {
	if found, err := d.known(); found != nil || err != nil {
		return found, err
	}
	// Who gives up waiting does not take the answer from the others.
	answer := d.flight.DoChan("", func() (_ any, err error) {
		defer recovered(&err)
		return d.ask(context.WithoutCancel(ctx))
	})
	select {
	case <-ctx.Done():
		return nil, failed(identity.StepDiscovery, toldAs(identity.ErrProviderAway, ctx.Err()))
	case r := <-answer:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*discovered), nil
	}
}

// known returns what needs no question; nil and nil when one is due.
func (d *discovery) known() (*discovered, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	switch {
	case d.current != nil && (now.Before(d.current.until) || now.Before(d.notUntil)):
		return d.current, nil
	case d.current == nil && now.Before(d.notUntil):
		return nil, d.lastErr
	}
	return nil, nil
}

func (d *discovery) ask(ctx context.Context) (*discovered, error) {
	if found, err := d.known(); found != nil || err != nil {
		return found, err // somebody asked while this question was being put
	}
	ctx, cancel := context.WithTimeout(ctx, d.client.Timeout)
	defer cancel()
	found, err := d.read(ctx)

	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.lastErr = failed(identity.StepDiscovery, toldAs(identity.ErrProviderAway, err))
		d.notUntil = d.now().Add(discoveryPause)
		if d.current != nil {
			return d.current, nil
		}
		return nil, d.lastErr
	}
	d.current, d.lastErr, d.notUntil = found, nil, time.Time{}
	return found, nil
}

func (d *discovery) read(ctx context.Context) (*discovered, error) {
	issuer, template := d.Issuer, ""
	if d.preset.quirks.tenants && strings.Contains(issuer, tenantPlaceholder) {
		issuer = tenanted(d.Issuer, d.Tenant)
		if !tenantID.MatchString(d.Tenant) {
			template = d.Issuer
		}
	}
	m, err := d.metadata(ctx, issuer)
	if err != nil {
		return nil, fmt.Errorf("read the metadata: %w", err)
	}
	switch {
	case template == "" && !sameIssuer(m.Issuer, issuer):
		return nil, fmt.Errorf("the metadata is of the issuer %.200q, and %.200q is set", m.Issuer, issuer)
	case template != "" && ofTemplate(template, m.Issuer):
		template = "" // the metadata of one tenant, which was asked for by another name
	case template != "" && m.Issuer != template:
		return nil, fmt.Errorf("the metadata is of the issuer %.200q, which is no tenant's", m.Issuer)
	}
	endpoints := []string{m.Authorization, m.Token, m.Keys}
	if m.Userinfo != "" {
		endpoints = append(endpoints, m.Userinfo)
	}
	for _, endpoint := range endpoints {
		if !d.acceptable(endpoint) {
			return nil, fmt.Errorf("the metadata names the endpoint %.200q, which must be an https address", endpoint)
		}
	}
	speaker, err := openidConnect.NewCustomisedURL(d.ClientID, d.ClientSecret, d.callback,
		m.Authorization, m.Token, m.Issuer, m.Userinfo, "", d.scopes()...)
	if err != nil {
		return nil, fmt.Errorf("set up goth: %w", err)
	}
	speaker.SetName(d.Name)
	return &discovered{
		goth: speaker, issuer: m.Issuer, token: m.Token, userinfo: m.Userinfo,
		keys:        &keySet{url: m.Keys, client: followingOrigin(d.client)},
		algorithms:  signed(m.Algorithms),
		namesIssuer: m.NamesIssuer == "true",
		template:    template,
		style:       d.styleOf(m.Auth),
		until:       d.now().Add(metadataTTL),
	}, nil
}

func (d *discovery) scopes() []string {
	if len(d.preset.quirks.scopes) > 0 {
		return d.preset.quirks.scopes
	}
	return []string{"openid", "email", "profile"}
}

// styleOf is how the client proves itself to the token endpoint: as the settings
// say, or the metadata. Where nothing is said, a header is what the specification
// means (Discovery 1.0, 3). Trying one way after the other would spend the code on
// the first.
func (s settings) styleOf(methods []string) oauth2.AuthStyle {
	switch s.TokenAuth {
	case postAuth:
		return oauth2.AuthStyleInParams
	case basicAuth:
		return oauth2.AuthStyleInHeader
	}
	if slices.Contains(methods, postAuth) && !slices.Contains(methods, basicAuth) {
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}

// signed keeps the algorithms that sign with a private key: neither "none", nor a
// MAC with the client's secret.
func signed(algorithms []string) []string {
	var kept []string
	for _, a := range algorithms {
		switch a {
		case oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512,
			oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA:
			kept = append(kept, a)
		}
	}
	return kept
}
