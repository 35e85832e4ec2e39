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
	Kind         string // the provider's name, or "oidc"
	Issuer       string // of kind oidc; of GitHub and GitLab, the address of one's own server
	ClientID     string
	ClientSecret string
	Tenant       string // of Microsoft
	TeamID       string // of Apple, with KeyID and PrivateKey instead of ClientSecret
	KeyID        string
	PrivateKey   string
}

// presets are the providers that are known by name, with what else each of them can
// be told beside an id and a secret.
var presets = map[string]struct {
	label string
	more  map[string]func(p *OAuthProvider) *string // by the end of the variable's name
}{
	"APPLE": {"Apple", map[string]func(p *OAuthProvider) *string{
		"TEAM_ID":     func(p *OAuthProvider) *string { return &p.TeamID },
		"KEY_ID":      func(p *OAuthProvider) *string { return &p.KeyID },
		"PRIVATE_KEY": func(p *OAuthProvider) *string { return &p.PrivateKey },
	}},
	"BITBUCKET": {"Bitbucket", nil},
	"DISCORD":   {"Discord", nil},
	"FACEBOOK":  {"Facebook", nil},
	"GITHUB": {"GitHub", map[string]func(p *OAuthProvider) *string{
		"ISSUER": func(p *OAuthProvider) *string { return &p.Issuer },
	}},
	"GITLAB": {"GitLab", map[string]func(p *OAuthProvider) *string{
		"ISSUER": func(p *OAuthProvider) *string { return &p.Issuer },
	}},
	"GOOGLE": {"Google", nil},
	"MICROSOFT": {"Microsoft", map[string]func(p *OAuthProvider) *string{
		"TENANT": func(p *OAuthProvider) *string { return &p.Tenant },
	}},
}

var oidcVariable = regexp.MustCompile(`^OAUTH_OIDC_([A-Z0-9]+)_(ISSUER|CLIENT_ID|CLIENT_SECRET|LABEL)$`)

// reserved are the names that routes or the built-in provider use.
var reserved = map[string]bool{"dev": true, "login": true}

func oauthProviders(vars map[string]string) ([]OAuthProvider, []error) {
	var out []OAuthProvider
	var faults []error
	for _, key := range sortedKeys(presets) {
		name := strings.ToLower(key)
		p := OAuthProvider{
			Name: name, Label: presets[key].label, Kind: name,
			ClientID: vars["OAUTH_"+key+"_CLIENT_ID"], ClientSecret: vars["OAUTH_"+key+"_CLIENT_SECRET"],
		}
		for suffix, field := range presets[key].more {
			*field(&p) = vars["OAUTH_"+key+"_"+suffix]
		}
		signs := p.TeamID != "" || p.KeyID != "" || p.PrivateKey != ""
		switch {
		case signs && (p.ClientID == "" || p.TeamID == "" || p.KeyID == "" || p.PrivateKey == ""):
			faults = append(faults, fmt.Errorf("OAUTH_%s_CLIENT_ID, _TEAM_ID, _KEY_ID and _PRIVATE_KEY belong together: set all or none", key))
		case signs && p.ClientSecret != "":
			faults = append(faults, fmt.Errorf("OAUTH_%s has a _CLIENT_SECRET and a _PRIVATE_KEY to make one with: set one of them", key))
		case signs:
			out = append(out, p)
		case p.ClientID == "" && p.ClientSecret == "":
		case p.ClientID == "" || p.ClientSecret == "":
			faults = append(faults, fmt.Errorf("OAUTH_%s_CLIENT_ID and OAUTH_%s_CLIENT_SECRET belong together: set both or none", key, key))
		case p.Issuer != "" && !secureOrLocal(p.Issuer):
			faults = append(faults, fmt.Errorf("OAUTH_%s_ISSUER is %q: use the server's https address", key, p.Issuer))
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
		switch {
		case p.Issuer == "" || p.ClientID == "" || p.ClientSecret == "":
			faults = append(faults, fmt.Errorf("OAUTH_OIDC_%s is not complete: set _ISSUER, _CLIENT_ID and _CLIENT_SECRET", key))
		case !secureOrLocal(p.Issuer):
			faults = append(faults, fmt.Errorf("OAUTH_OIDC_%s_ISSUER is %q: use the provider's https address", key, p.Issuer))
		case reserved[p.Name] || hasProvider(out, p.Name):
			faults = append(faults, fmt.Errorf("OAUTH_OIDC_%s: the name %s is taken, choose another", key, p.Name))
		default:
			out = append(out, *p)
		}
	}
	return out, faults
}

// secureOrLocal reports whether a provider may be at an address.
func secureOrLocal(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1")
}

// PresetLabels are the providers that are known by name: what they are called, by
// their name in routes.
func PresetLabels() map[string]string {
	out := make(map[string]string, len(presets))
	for key, p := range presets {
		out[strings.ToLower(key)] = p.label
	}
	return out
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
