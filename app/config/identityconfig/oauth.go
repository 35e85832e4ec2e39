package identityconfig

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/neoforge-dev/neoforge/app/config"
)

// OAuthProvider is an outside provider to sign in with.
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
	// TokenAuth is how the client proves itself at the token endpoint, of kind oidc:
	// client_secret_basic or client_secret_post; empty: as the metadata says.
	TokenAuth string
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

var oidcVariable = regexp.MustCompile(`^OAUTH_OIDC_([A-Z0-9]+)_(ISSUER|CLIENT_ID|CLIENT_SECRET|LABEL|TOKEN_ENDPOINT_AUTH_METHOD)$`)

// maxProviderName is how many characters a name in a route may have.
const maxProviderName = 32

// reserved are the names that routes beside those of providers use, and the built-in
// provider.
var reserved = map[string]bool{"dev": true, "login": true, "magic": true, "resume": true}

// ReservedProviderNames are the names that no provider of the settings may have. Tests
// alone call it, to hold the routes against them.
func ReservedProviderNames() map[string]bool { return maps.Clone(reserved) }

// Providers are the outside providers to sign in with, from OAUTH_<PROVIDER>_… and
// OAUTH_OIDC_<NAME>_….
type Providers []OAuthProvider

func (p Providers) variables() []config.Setting {
	return []config.Setting{
		{Name: "OAUTH_<" + strings.Join(sortedKeys(presets), "|") + ">_CLIENT_ID, …_CLIENT_SECRET", Value: joinLabels(p, func(p OAuthProvider) bool { _, ok := presets[strings.ToUpper(p.Name)]; return ok }), Doc: "turns the provider on; register BASE_URL/auth/<name>/callback there"},
		{Name: "OAUTH_APPLE_TEAM_ID, …_KEY_ID, …_PRIVATE_KEY", Doc: "what Apple's client secret is made with, instead of OAUTH_APPLE_CLIENT_SECRET"},
		{Name: "OAUTH_GITHUB_ISSUER, OAUTH_GITLAB_ISSUER", Doc: "the https address of one's own server"},
		{Name: "OAUTH_MICROSOFT_TENANT", Default: "common", Doc: "a tenant's id, organizations or consumers"},
		{Name: "OAUTH_OIDC_<NAME>_ISSUER, …_CLIENT_ID, …_CLIENT_SECRET, …_LABEL", Value: joinLabels(p, func(p OAuthProvider) bool { _, ok := presets[strings.ToUpper(p.Name)]; return !ok }), Doc: "any OpenID Connect provider, by discovery"},
		{Name: "OAUTH_OIDC_<NAME>_TOKEN_ENDPOINT_AUTH_METHOD", Default: "as the provider's metadata says", Doc: "client_secret_basic or client_secret_post"},
	}
}

func joinLabels(list []OAuthProvider, keep func(OAuthProvider) bool) string {
	var names []string
	for _, p := range list {
		if keep(p) {
			names = append(names, p.Label)
		}
	}
	return strings.Join(names, ", ")
}

func oauthProviders(vars map[string]string) (Providers, []error) {
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
			if p.Issuer != "" || p.Tenant != "" {
				faults = append(faults, fmt.Errorf("OAUTH_%s has settings, but neither _CLIENT_ID nor _CLIENT_SECRET: set both, or take the others away", key))
			}
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
		case "TOKEN_ENDPOINT_AUTH_METHOD":
			p.TokenAuth = value
		}
	}
	for _, key := range sortedKeys(custom) {
		p := custom[key]
		switch {
		case p.Issuer == "" || p.ClientID == "" || p.ClientSecret == "":
			faults = append(faults, fmt.Errorf("OAUTH_OIDC_%s is not complete: set _ISSUER, _CLIENT_ID and _CLIENT_SECRET", key))
		case !secureOrLocal(p.Issuer):
			faults = append(faults, fmt.Errorf("OAUTH_OIDC_%s_ISSUER is %q: use the provider's https address", key, p.Issuer))
		case p.TokenAuth != "" && p.TokenAuth != "client_secret_basic" && p.TokenAuth != "client_secret_post":
			faults = append(faults, fmt.Errorf("OAUTH_OIDC_%s_TOKEN_ENDPOINT_AUTH_METHOD is %q: use client_secret_basic or client_secret_post", key, p.TokenAuth))
		case len(p.Name) > maxProviderName:
			faults = append(faults, fmt.Errorf("OAUTH_OIDC_%s: the name has more than %d characters, choose a shorter one", key, maxProviderName))
		case reserved[p.Name] || hasProvider(out, p.Name):
			faults = append(faults, fmt.Errorf("OAUTH_OIDC_%s: the name %s is taken, choose another", key, p.Name))
		default:
			out = append(out, *p)
		}
	}
	return out, append(faults, unknownProviders(vars)...)
}

// unknownProviders reports each variable that is set, looks like one of these
// settings, and is none of them: it would be ignored, and nobody would know why the
// provider is not offered. What is empty counts as not set.
func unknownProviders(vars map[string]string) []error {
	var faults []error
	for _, name := range sortedKeys(vars) {
		upper := strings.ToUpper(name)
		if vars[name] == "" || !strings.HasPrefix(upper, "OAUTH_") {
			continue
		}
		switch {
		case knownVariable(name):
		case knownVariable(upper):
			faults = append(faults, fmt.Errorf("%s is ignored: write it in upper case, %s", name, upper))
		case strings.HasPrefix(upper, "OAUTH_OIDC_"):
			faults = append(faults, fmt.Errorf("%s is no setting: write OAUTH_OIDC_<NAME> with a name of letters and digits, and then _ISSUER, _CLIENT_ID, _CLIENT_SECRET, _LABEL or _TOKEN_ENDPOINT_AUTH_METHOD", name))
		case presetOf(upper) != "":
			faults = append(faults, fmt.Errorf("%s is no setting: %s takes %s", name, presetOf(upper), strings.Join(variablesOf(presetOf(upper)), ", ")))
		default:
			faults = append(faults, fmt.Errorf("%s names no provider that is known: use one of %s, or OAUTH_OIDC_<NAME>_… for any OpenID Connect provider", name, strings.Join(sortedKeys(presets), ", ")))
		}
	}
	return faults
}

func knownVariable(name string) bool {
	return oidcVariable.MatchString(name) || presetOf(name) != "" && slices.Contains(variablesOf(presetOf(name)), name)
}

// presetOf is the key of the preset that a variable is about; empty for none.
func presetOf(name string) string {
	rest, _ := strings.CutPrefix(name, "OAUTH_")
	key, _, _ := strings.Cut(rest, "_")
	if _, ok := presets[key]; !ok {
		return ""
	}
	return key
}

func variablesOf(preset string) []string {
	names := []string{"OAUTH_" + preset + "_CLIENT_ID", "OAUTH_" + preset + "_CLIENT_SECRET"}
	for _, suffix := range sortedKeys(presets[preset].more) {
		names = append(names, "OAUTH_"+preset+"_"+suffix)
	}
	return names
}

// secureOrLocal reports whether a provider may be at an address.
func secureOrLocal(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1")
}

// PresetLabels are the providers that are known by name: what they are called, by
// their name in routes. Tests alone call it, to hold the presets of the adapter against
// them.
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
