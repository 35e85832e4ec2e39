package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"

	"golang.org/x/oauth2"

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
			return "", fmt.Errorf("callback repeats %q: %w", name, identity.ErrProviderInvalid)
		}
	}
	switch e := p.Get("error"); e {
	case "":
	case "server_error", "temporarily_unavailable":
		return "", fmt.Errorf("callback says %s: %w", e, identity.ErrProviderAway)
	default:
		return "", fmt.Errorf("callback says %.64q: %w", e, identity.ErrProviderDenied)
	}
	code := p.Get("code")
	if code == "" {
		return "", fmt.Errorf("callback without code: %w", identity.ErrProviderInvalid)
	}
	return code, nil
}

// verdict classifies what went wrong while a provider was asked: away when its
// server could not be reached or failed, invalid when it answered something that
// cannot be accepted.
func verdict(l *line, err error) error {
	if l.away() || errors.Is(err, errAway) {
		return fmt.Errorf("%w: %w", identity.ErrProviderAway, err)
	}
	// A token endpoint's answer may quote what was sent to it: only its code is kept.
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		err = fmt.Errorf("token endpoint answered %d, error %.64q", refused.Response.StatusCode, refused.ErrorCode)
	}
	return fmt.Errorf("%w: %w", identity.ErrProviderInvalid, err)
}
