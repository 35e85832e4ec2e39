// Package oauth signs people in at other providers, through goth's Provider and
// Session.
//
// goth knows how each provider is spoken to; what makes the answer trustworthy is
// added here. Every request carries state, nonce and a PKCE challenge (RFC 7636,
// S256), every exchange its verifier; an ID token is verified by go-oidc
// (signature, issuer, audience, expiry, nonce) before anything reads it; an
// address counts as verified only when the provider says so itself. Providers are
// asked with a deadline, and no answer is read past a bound.
//
// The package keeps nothing between Begin and Complete: what must survive is in
// the flow that the caller keeps.
package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

// ProviderConfig is one provider. Kind is "oidc" for any OpenID Connect provider,
// which needs an Issuer and is found by discovery, or one of [Presets], where a
// label and an issuer are known; the Issuer of "github" may be the origin of a
// GitHub Enterprise server.
type ProviderConfig struct {
	Name         string // in routes: "github"
	Label        string // for people: "GitHub"
	Kind         string
	Issuer       string
	ClientID     string
	ClientSecret string
	Tenant       string // Microsoft: an id, "organizations" or "consumers"; empty: "common"
	// Apple takes a signed statement for a secret. With these three it is made for
	// each exchange, and ClientSecret is empty.
	TeamID     string
	KeyID      string
	PrivateKey string // PKCS #8 in PEM
	// TokenAuth is how the client proves itself at the token endpoint, of kind "oidc":
	// client_secret_basic or client_secret_post; empty: as the metadata says.
	TokenAuth string
}

// How a client proves itself at the token endpoint (OpenID Connect Core 1.0, 9).
const (
	basicAuth = "client_secret_basic"
	postAuth  = "client_secret_post"
)

// settings is a checked configuration with what every kind needs.
type settings struct {
	ProviderConfig
	preset   Preset
	apple    *appleKey // makes the client secret; nil: ClientSecret is it
	callback string    // where the provider sends the browser back to
	insecure bool      // whether endpoints on plain http are taken
	client   *http.Client
}

var (
	validName   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	validTenant = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$`)
)

// New makes the providers of cfg, in its order. No provider is asked for anything
// yet. baseURL is the site's own origin; a provider on plain http is taken only
// when the site is on plain http itself. client may be nil; its transport and
// timeout are used within this package's bounds. breakerOf gives each provider, by its
// name, the breaker that leaves it alone while it fails; nil: one that nobody else sees.
// New reports every fault of cfg at once.
func New(cfg []ProviderConfig, baseURL string, client *http.Client, breakerOf func(provider string) *breaker.Breaker) ([]identity.OAuthProvider, error) {
	if breakerOf == nil {
		breakerOf = func(name string) *breaker.Breaker { return breaker.New(name, clock.System{}, Guard, nil) }
	}
	site, err := url.Parse(baseURL)
	if err != nil || site.Host == "" || (site.Scheme != "http" && site.Scheme != "https") {
		return nil, fmt.Errorf("oauth: the base URL %q must be an http or https origin", baseURL)
	}
	var providers []identity.OAuthProvider
	var faults []error
	seen := map[string]bool{}
	for _, c := range cfg {
		preset, known := presetOf(c.Kind)
		if !known {
			faults = append(faults, fmt.Errorf("oauth: provider %s: the kind %q is not known", c.Name, c.Kind))
			continue
		}
		if c.Label == "" {
			c.Label = preset.Label
		}
		if c.Issuer == "" {
			c.Issuer = preset.Issuer
		}
		s := settings{
			ProviderConfig: c,
			preset:         preset,
			callback:       strings.TrimRight(baseURL, "/") + "/auth/" + c.Name + "/callback",
			insecure:       site.Scheme == "http",
			client:         bounded(client, breakerOf(c.Name)),
		}
		if c.TeamID != "" || c.KeyID != "" || c.PrivateKey != "" {
			if s.apple, err = newAppleKey(c); err != nil {
				faults = append(faults, fmt.Errorf("oauth: provider %s: %w", c.Name, err))
				continue
			}
		}
		if err := s.check(); err != nil {
			faults = append(faults, err)
			continue
		}
		if seen[c.Name] {
			faults = append(faults, fmt.Errorf("oauth: two providers are named %q", c.Name))
			continue
		}
		seen[c.Name] = true
		providers = append(providers, preset.make(s))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return providers, nil
}

func (s settings) check() error {
	switch {
	case !validName.MatchString(s.Name):
		return fmt.Errorf("oauth: the provider name %q must be lower-case letters, digits and hyphens", s.Name)
	case s.Label == "" || s.ClientID == "" || s.ClientSecret == "" && s.apple == nil:
		return fmt.Errorf("oauth: provider %s: label, client id and client secret are needed", s.Name)
	case s.Kind == "oidc" && s.Issuer == "":
		return fmt.Errorf("oauth: provider %s: an issuer is needed", s.Name)
	case s.Tenant != "" && !validTenant.MatchString(s.Tenant):
		return fmt.Errorf("oauth: provider %s: the tenant %q must be an id or a domain", s.Name, s.Tenant)
	case s.TokenAuth != "" && s.TokenAuth != basicAuth && s.TokenAuth != postAuth:
		return fmt.Errorf("oauth: provider %s: the client proves itself by %s or %s, not by %q", s.Name, basicAuth, postAuth, s.TokenAuth)
	case s.Issuer != "" && !s.acceptable(s.Issuer):
		return fmt.Errorf("oauth: provider %s: the issuer %q must be an https address", s.Name, s.Issuer)
	}
	return nil
}

// acceptable reports whether an endpoint may be spoken to.
func (s settings) acceptable(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && u.Host != "" && u.User == nil &&
		(u.Scheme == "https" || s.insecure && u.Scheme == "http")
}
