package config

import (
	"reflect"
	"strconv"
	"strings"
)

// Setting describes one environment variable. Default is empty when there is
// none; Value is what is in force, "(set)" for a secret.
type Setting struct {
	Name    string
	Default string
	Value   string
	Doc     string
}

// Describe lists every variable with its default, its meaning and what is in
// force in c. Secrets are never shown.
func Describe(c Config) []Setting {
	out := describe(reflect.ValueOf(c))
	return append(out,
		Setting{Name: "PORT", Doc: "the port to listen on at all addresses, when ADDR is not set"},
		Setting{Name: "OAUTH_<" + strings.Join(sortedKeys(presets), "|") + ">_CLIENT_ID, …_CLIENT_SECRET", Value: joinLabels(c.OAuth, func(p OAuthProvider) bool { _, ok := presets[strings.ToUpper(p.Name)]; return ok }), Doc: "turns the provider on; register BASE_URL/auth/<name>/callback there"},
		Setting{Name: "OAUTH_APPLE_TEAM_ID, …_KEY_ID, …_PRIVATE_KEY", Doc: "what Apple's client secret is made with, instead of OAUTH_APPLE_CLIENT_SECRET"},
		Setting{Name: "OAUTH_GITHUB_ISSUER, OAUTH_GITLAB_ISSUER", Doc: "the https address of one's own server"},
		Setting{Name: "OAUTH_MICROSOFT_TENANT", Default: "common", Doc: "a tenant's id, organizations or consumers"},
		Setting{Name: "OAUTH_OIDC_<NAME>_ISSUER, …_CLIENT_ID, …_CLIENT_SECRET, …_LABEL", Value: joinLabels(c.OAuth, func(p OAuthProvider) bool { _, ok := presets[strings.ToUpper(p.Name)]; return !ok }), Doc: "any OpenID Connect provider, by discovery"},
		Setting{Name: "OAUTH_OIDC_<NAME>_TOKEN_ENDPOINT_AUTH_METHOD", Default: "as the provider's metadata says", Doc: "client_secret_basic or client_secret_post"},
	)
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

func describe(v reflect.Value) []Setting {
	var out []Setting
	for i := range v.NumField() {
		f, fv := v.Type().Field(i), v.Field(i)
		name := f.Tag.Get("env")
		switch {
		case name == "-":
		case name == "" && f.Type.Kind() == reflect.Struct:
			out = append(out, describe(fv)...)
		case name != "":
			s := Setting{Name: name, Default: f.Tag.Get("envDefault"), Doc: f.Tag.Get("doc"), Value: text(fv)}
			if f.Tag.Get("secret") == "true" && s.Value != "" && s.Value != s.Default {
				s.Value = "(set)"
			}
			out = append(out, s)
		}
	}
	return out
}

func text(v reflect.Value) string {
	if s, ok := v.Interface().(interface{ String() string }); ok {
		return s.String()
	}
	switch v.Kind() {
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = text(v.Index(i))
		}
		return strings.Join(parts, ",")
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	}
	return v.String()
}
