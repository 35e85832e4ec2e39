package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// challenged adds what goth does not know of to an authorization URL that goth
// built. extra comes as name, value pairs; an empty value is left out.
func challenged(authURL string, r identity.AuthorizationRequest, extra ...string) (string, error) {
	u, err := url.Parse(authURL)
	if err != nil {
		return "", fmt.Errorf("parse the authorization URL: %w", err)
	}
	digest := sha256.Sum256([]byte(r.Verifier))
	q := u.Query()
	q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(digest[:]))
	q.Set("code_challenge_method", "S256")
	for i := 0; i+1 < len(extra); i += 2 {
		if extra[i+1] != "" {
			q.Set(extra[i], extra[i+1])
		}
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// codeFrom returns the code of a callback. It fails with ErrProviderDenied or
// ErrProviderAway when the provider reports an error (RFC 6749, 4.1.2.1), and with
// ErrProviderInvalid when the callback is malformed.
func codeFrom(p url.Values) (string, error) {
	for _, name := range []string{"code", "error", "iss"} {
		if len(p[name]) > 1 {
			return "", toldAs(identity.ErrProviderInvalid, fmt.Errorf("callback repeats %q", name))
		}
	}
	switch e := p.Get("error"); e {
	case "":
	case "server_error", "temporarily_unavailable":
		return "", toldAs(identity.ErrProviderAway, fmt.Errorf("callback says %s, %.200q", e, p.Get("error_description")))
	default:
		return "", toldAs(identity.ErrProviderDenied, fmt.Errorf("callback says %.64q, %.200q", e, p.Get("error_description")))
	}
	code := p.Get("code")
	if code == "" {
		return "", toldAs(identity.ErrProviderInvalid, errors.New("callback without code"))
	}
	return code, nil
}
