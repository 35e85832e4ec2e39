package config

import (
	"fmt"
	"net/url"
	"regexp"
	"sort"
	"strings"
)

// OAuthProvider is one way of signing in at somebody else's.
type OAuthProvider struct {
	Name         string // in routes: "github", or the NAME of an OIDC provider in lower case
	Label        string // for people
	Kind         string // "github", or "oidc"
	Issuer       string // of kind oidc
	ClientID     string
	ClientSecret string
}

// presets are the providers that need no more than an id and a secret.
var presets = map[string]OAuthProvider{
	"GITHUB": {Name: "github", Label: "GitHub", Kind: "github"},
	"GOOGLE": {Name: "google", Label: "Google", Kind: "oidc", Issuer: "https://accounts.google.com"},
	"GITLAB": {Name: "gitlab", Label: "GitLab", Kind: "oidc", Issuer: "https://gitlab.com"},
}

var oidcVariable = regexp.MustCompile(`^OAUTH_OIDC_([A-Z0-9]+)_(ISSUER|CLIENT_ID|CLIENT_SECRET|LABEL)$`)

// reserved are the names that routes or the built-in provider use.
var reserved = map[string]bool{"dev": true, "login": true}

func oauthProviders(vars map[string]string) ([]OAuthProvider, []error) {
	var out []OAuthProvider
	var faults []error
	for _, key := range sortedKeys(presets) {
		p := presets[key]
		p.ClientID, p.ClientSecret = vars["OAUTH_"+key+"_CLIENT_ID"], vars["OAUTH_"+key+"_CLIENT_SECRET"]
		switch {
		case p.ClientID == "" && p.ClientSecret == "":
		case p.ClientID == "" || p.ClientSecret == "":
			faults = append(faults, fmt.Errorf("OAUTH_%s_CLIENT_ID and OAUTH_%s_CLIENT_SECRET belong together: set both or none", key, key))
		default:
			out = append(out, p)
		}
	}

	custom := map[string]*OAuthProvider{}
	for name, value := range vars {
		m := oidcVariable.FindStringSubmatch(name)
		if m == nil || value == "" {
			continue
		}
		p := custom[m[1]]
		if p == nil {
			p = &OAuthProvider{Name: strings.ToLower(m[1]), Label: m[1], Kind: "oidc"}
			custom[m[1]] = p
		}
		switch m[2] {
		case "ISSUER":
			p.Issuer = value
		case "CLIENT_ID":
			p.ClientID = value
		case "CLIENT_SECRET":
			p.ClientSecret = value
		case "LABEL":
			p.Label = value
		}
	}
	for _, key := range sortedKeys(custom) {
		p := custom[key]
		u, err := url.Parse(p.Issuer)
		switch {
		case p.Issuer == "" || p.ClientID == "" || p.ClientSecret == "":
			faults = append(faults, fmt.Errorf("OAUTH_OIDC_%s is not complete: set _ISSUER, _CLIENT_ID and _CLIENT_SECRET", key))
		case err != nil || u.Host == "" || (u.Scheme != "https" && u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1"):
			faults = append(faults, fmt.Errorf("OAUTH_OIDC_%s_ISSUER is %q: use the provider's https address", key, p.Issuer))
		case reserved[p.Name] || hasProvider(out, p.Name):
			faults = append(faults, fmt.Errorf("OAUTH_OIDC_%s: the name %s is taken, choose another", key, p.Name))
		default:
			out = append(out, *p)
		}
	}
	return out, faults
}

func hasProvider(list []OAuthProvider, name string) bool {
	for _, p := range list {
		if p.Name == name {
			return true
		}
	}
	return false
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
