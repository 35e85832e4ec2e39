package identityconfig

import (
	"maps"
	"strings"
	"testing"
)

// oidcNamed are the variables of a whole OpenID Connect provider.
func oidcNamed(name string, more ...string) []string {
	prefix := "OAUTH_OIDC_" + name
	return append([]string{prefix + "_ISSUER=https://id.example.com", prefix + "_CLIENT_ID=a", prefix + "_CLIENT_SECRET=b"}, more...)
}

func TestOAuth_RefusesANameThatARouteHas(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"MAGIC", "DEV", "LOGIN", "RESUME"} {
		_, err := load(oidcNamed(name))
		if err == nil || !strings.Contains(err.Error(), "the name "+strings.ToLower(name)+" is taken") {
			t.Errorf("%s: have %v", name, err)
		}
	}
	if _, err := load(oidcNamed("MAGICAL")); err != nil {
		t.Errorf("a name that only begins like one: %v", err)
	}
	if _, err := load(oidcNamed(strings.Repeat("A", 33))); err == nil || !strings.Contains(err.Error(), "choose a shorter one") {
		t.Errorf("a long name: %v", err)
	}
}

func TestOAuth_ReportsASettingThatNamesNoProvider(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]string{
		"OAUTH_TWITTER_CLIENT_ID":       "OAUTH_TWITTER_CLIENT_ID names no provider that is known: use one of APPLE,",
		"oauth_google_client_id":        "oauth_google_client_id is ignored: write it in upper case, OAUTH_GOOGLE_CLIENT_ID",
		"OAuth_GitHub_Client_Secret":    "write it in upper case, OAUTH_GITHUB_CLIENT_SECRET",
		"oauth_oidc_acme_issuer":        "write it in upper case, OAUTH_OIDC_ACME_ISSUER",
		"OAUTH_GOOGLE_CLIENTID":         "GOOGLE takes OAUTH_GOOGLE_CLIENT_ID, OAUTH_GOOGLE_CLIENT_SECRET",
		"OAUTH_GOOGLE_TENANT":           "OAUTH_GOOGLE_TENANT is no setting",
		"OAUTH_GOOGLE":                  "OAUTH_GOOGLE is no setting",
		"OAUTH_OIDC_MY_LOGIN_CLIENT_ID": "a name of letters and digits",
		"OAUTH_OIDC_ACME_SCOPES":        "_ISSUER, _CLIENT_ID, _CLIENT_SECRET, _LABEL or _TOKEN_ENDPOINT_AUTH_METHOD",
		"OAUTH_GITLAB_ISSUER":           "OAUTH_GITLAB has settings, but neither _CLIENT_ID nor _CLIENT_SECRET",
		"OAUTH_MICROSOFT_TENANT":        "OAUTH_MICROSOFT has settings, but neither _CLIENT_ID nor _CLIENT_SECRET",
	} {
		_, err := load([]string{variable + "=https://the-value.example"})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "the-value") {
			t.Errorf("%s: have %v", variable, err)
		}
		if _, err := load([]string{variable + "="}); err != nil {
			t.Errorf("%s, empty: %v", variable, err)
		}
	}
	if _, err := load([]string{"OAUTH2_PROXY_CLIENT_ID=a", "XOAUTH_GOOGLE=a"}); err != nil {
		t.Errorf("another program's variables: %v", err)
	}
}

func TestOAuth_TakesTheWayAClientProvesItself(t *testing.T) {
	t.Parallel()
	for method, ok := range map[string]bool{"client_secret_post": true, "client_secret_basic": true, "": true, "private_key_jwt": false, "post": false} {
		c, err := load(oidcNamed("ACME", "OAUTH_OIDC_ACME_TOKEN_ENDPOINT_AUTH_METHOD="+method))
		if (err == nil) != ok || ok && c.OAuth[0].TokenAuth != method {
			t.Errorf("%q: have %+v, %v", method, c.OAuth, err)
		}
	}
}

func TestReservedProviderNames_AreACopy(t *testing.T) {
	t.Parallel()
	names := ReservedProviderNames()
	if !maps.Equal(names, reserved) {
		t.Errorf("have %v", names)
	}
	if delete(names, "magic"); !reserved["magic"] {
		t.Error("a caller can change it")
	}
}
