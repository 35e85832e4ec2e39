package oauth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestIDToken_IsNotFromTheFuture(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bend func(map[string]any)
		want error
	}{
		"half a minute": {set("iat", time.Now().Add(30*time.Second).Unix()), nil},
		"two minutes":   {set("iat", time.Now().Add(2*time.Minute).Unix()), identity.ErrProviderInvalid},
		"next year":     {all(set("iat", time.Now().AddDate(1, 0, 0).Unix()), set("exp", time.Now().AddDate(2, 0, 0).Unix())), identity.ErrProviderInvalid},
		"a fraction":    {set("iat", float64(time.Now().Unix())+0.5), nil},
		"a while ago":   {set("iat", time.Now().Add(-time.Hour).Unix()), nil},
		"a word":        {set("iat", "lately"), identity.ErrProviderInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openHostile(t)
			h.claims = c.bend
			if _, err := h.signIn(t, nil); !errors.Is(err, c.want) {
				t.Fatalf("have %v", err)
			}
		})
	}
}

func TestIDToken_ToleratesClaimsThatAreNoStrings(t *testing.T) {
	t.Parallel()
	odd := []any{nil, 7, true, []string{"a", "b"}, map[string]any{"first": "Cleo"}}
	for _, claim := range []string{"email", "name", "preferred_username", "email_verified", "xms_edov", "azp", "auth_time", "tid", "picture", "locale", "groups"} {
		for _, value := range odd {
			h := openHostile(t)
			h.claims = set(claim, value)
			c, err := h.signIn(t, nil)
			if err != nil || c.Subject != "subject-1" || claim == "email" && (c.Email != "" || c.EmailVerified) || claim == "email_verified" && c.EmailVerified != (value == true) {
				t.Errorf("%s %v: have %+v, %v", claim, value, c, err)
			}
		}
	}
	h := openHostile(t)
	h.claims = all(without("email", "email_verified"), set("Email", "mallory@example.com"), set("EMAIL_VERIFIED", true))
	if c, err := h.signIn(t, nil); err != nil || c.Email != "" {
		t.Errorf("claims of other names: have %+v, %v", c, err)
	}
	h = openHostile(t)
	h.metadata = all(set("token_endpoint_auth_methods_supported", "client_secret_post"), set("id_token_signing_alg_values_supported", []any{7, "ES256", nil}),
		set("userinfo_endpoint", nil), set("authorization_response_iss_parameter_supported", "false"), set("claims_supported", 7))
	if _, err := h.signIn(t, nil); err != nil {
		t.Errorf("metadata: %v", err)
	}
}
