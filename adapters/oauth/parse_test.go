package oauth

import (
	"encoding/json"
	"strings"
	"testing"
)

func FuzzParseKeys_TakesPublicKeysOrNone(f *testing.F) {
	for _, seed := range []string{
		`{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`,
		`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","x5c":["AAAA"],"alg":7}]}`, `{"keys":[{"kty":"oct","k":"AA"},null,7,[]]}`, `{"keys":{}}`, `null`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		found, err := parseKeys(body)
		if err != nil && len(found.keys) != 0 {
			t.Errorf("keys of a set that is none: %v", err)
		}
		for _, key := range found.keys {
			if !key.IsPublic() || !key.Valid() || len(key.Certificates) > 0 {
				t.Errorf("took %+v", key)
			}
		}
	})
}

func FuzzReadClaims_TakesWhatIsSaidExactly(f *testing.F) {
	for _, seed := range []string{
		`{"sub":"a","email":"a@example.com","email_verified":true,"auth_time":1}`, `{"sub":7,"Email":"a@example.com","email_verified":"true"}`,
		`{"email_verified":[true],"name":{}}`, `null`, `[]`, `{}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var m members
		if err := json.Unmarshal(body, &m); err != nil {
			return
		}
		c := readClaims(m)
		if _, said := m["sub"]; c.Subject != "" && !said {
			t.Errorf("a subject out of nothing: %q", c.Subject)
		}
		if raw := strings.Trim(string(m["email_verified"]), `"`); saidSo(c) != (raw == "true") {
			t.Errorf("verified %t by %s", saidSo(c), raw)
		}
	})
}
