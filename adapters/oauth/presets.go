package oauth

import (
	"slices"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// Preset is what is known of one provider by name: where it says which address it
// has verified, and how it is asked to prove a person anew. The documentation's
// table is this one.
type Preset struct {
	Kind   string // the name in routes, and in variables in upper case
	Label  string // for people
	Issuer string // of OpenID Connect; {tenantid} stands for a tenant
	// Verified is where the provider says that it has verified an address. Empty: it
	// says so nowhere, so its addresses never link and never register.
	Verified string
	// Anew is how a fresh proof is asked for, beside what every provider is sent.
	// Empty: the provider cannot be asked.
	Anew string

	make   func(s settings) identity.OAuthProvider
	quirks quirks
}

// quirks is where an OpenID Connect provider differs from the specification, or
// from what the others take.
type quirks struct {
	scopes    []string // instead of openid, email, profile
	sent      []string // with every request, as name and value pairs
	anew      []string // with a request for a fresh proof
	tellsWhen bool     // a fresh proof carries auth_time
	tenants   bool     // the issuer depends on the token's tenant
	silent    bool     // userinfo does not say whether an address is verified
	verified  func(c oidcClaims) bool
}

// anyIssuer is an OpenID Connect provider of which nothing is known but that it
// follows the specification.
var anyIssuer = quirks{anew: []string{"prompt", "login", "max_age", "0"}, tellsWhen: true, verified: saidSo}

// saidSo believes the standard claim (OpenID Connect Core 1.0, 5.1).
func saidSo(c oidcClaims) bool { return c.EmailVerified == "true" }

// Presets lists the providers that are known by name, by kind.
func Presets() []Preset {
	return []Preset{
		{
			Kind: "apple", Label: "Apple", Issuer: "https://appleid.apple.com",
			Verified: "claim `email_verified` of the ID token, `true` or `\"true\"`",
			make:     newOIDC,
			quirks: quirks{
				scopes: []string{"openid", "email", "name"}, sent: []string{"response_mode", "form_post"}, verified: saidSo,
			},
		},
		{
			Kind: "bitbucket", Label: "Bitbucket",
			Verified: "the entry of `/2.0/user/emails` that is `is_primary` and `is_confirmed`",
			make:     newBitbucket,
		},
		{
			Kind: "discord", Label: "Discord",
			Verified: "field `verified` of `/users/@me`",
			Anew:     "`prompt=consent`",
			make:     newDiscord,
		},
		{
			Kind: "facebook", Label: "Facebook",
			Anew: "`auth_type=reauthenticate`",
			make: newFacebook,
		},
		{
			Kind: "github", Label: "GitHub",
			Verified: "the entry of `/user/emails` that is `primary` and `verified`",
			Anew:     "`prompt=select_account`",
			make:     newGitHub,
		},
		{
			Kind: "gitlab", Label: "GitLab", Issuer: "https://gitlab.com",
			Verified: "claim `email_verified` of the ID token",
			Anew:     "`prompt=login`, `max_age=0`",
			make:     newOIDC,
			quirks:   quirks{anew: []string{"prompt", "login", "max_age", "0"}, verified: saidSo},
		},
		{
			Kind: "google", Label: "Google", Issuer: "https://accounts.google.com",
			Verified: "claim `email_verified` of the ID token",
			Anew:     "`prompt=select_account`",
			make:     newOIDC,
			quirks:   quirks{anew: []string{"prompt", "select_account"}, verified: saidSo},
		},
		{
			Kind: "microsoft", Label: "Microsoft", Issuer: microsoftIssuer,
			Verified: "optional claim `xms_edov` of the ID token; without it, none",
			Anew:     "`prompt=login`",
			make:     newOIDC,
			quirks: quirks{
				anew: []string{"prompt", "login"}, tenants: true, silent: true,
				verified: func(c oidcClaims) bool { return c.DomainVerified == "true" || c.DomainVerified == "1" },
			},
		},
	}
}

// presetOf returns what is known of a kind; false for one that nobody knows.
func presetOf(kind string) (Preset, bool) {
	if kind == "oidc" {
		return Preset{Kind: kind, make: newOIDC, quirks: anyIssuer}, true
	}
	all := Presets()
	i := slices.IndexFunc(all, func(p Preset) bool { return p.Kind == kind })
	if i < 0 {
		return Preset{}, false
	}
	return all[i], true
}
