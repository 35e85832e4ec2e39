package oauth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	googleIssuer = "https://accounts.google.com"
	// googleShort is how some of Google's tokens name their issuer.
	googleShort = "accounts.google.com"
)

// verify checks an ID token's signature, issuer, audience and times. It fails with
// errAway in the chain when the keys could not be had.
func (f *discovered) verify(ctx context.Context, clientID, raw string, now time.Time) (*oidc.IDToken, error) {
	keys := &watchedKeys{KeySet: f.keys}
	verifier := oidc.NewVerifier(f.issuer, keys, &oidc.Config{
		ClientID: clientID, SupportedSigningAlgs: f.algorithms, SkipIssuerCheck: true, // issuedHere checks it
	})
	token, err := verifier.Verify(ctx, raw)
	if keys.err != nil {
		return nil, keys.err
	}
	if err != nil {
		return nil, err
	}
	if err := f.issuedHere(token); err != nil {
		return nil, err
	}
	if ahead := token.IssuedAt.Sub(now); ahead > clockSkew {
		return nil, fmt.Errorf("the ID token is issued %s from now: compare the clocks", ahead.Round(time.Second))
	}
	return token, nil
}

func (f *discovered) issuedHere(token *oidc.IDToken) error {
	if f.template != "" {
		var m members
		if err := token.Claims(&m); err != nil {
			return err
		}
		return checkTenant(f.template, token.Issuer, m.text("tid"))
	}
	if sameIssuer(token.Issuer, f.issuer) || sameIssuer(f.issuer, googleIssuer) && token.Issuer == googleShort {
		return nil
	}
	return fmt.Errorf("the ID token is of the issuer %.200q, not of %.200q", token.Issuer, f.issuer)
}

// issues reports whether iss is an issuer of this provider.
func (f *discovered) issues(iss string) bool {
	if f.template == "" {
		return sameIssuer(iss, f.issuer)
	}
	return ofTemplate(f.template, iss)
}

// ofTemplate reports whether an issuer is one tenant's of a template.
func ofTemplate(template, iss string) bool {
	before, after, _ := strings.Cut(template, tenantPlaceholder)
	tenant, found := strings.CutPrefix(iss, before)
	tenant, whole := strings.CutSuffix(tenant, after)
	return found && whole && tenantID.MatchString(tenant)
}

// watchedKeys remembers why keys could not be had: the verifier flattens it into
// text.
type watchedKeys struct {
	oidc.KeySet
	err error
}

// VerifySignature implements [oidc.KeySet].
func (k *watchedKeys) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.KeySet.VerifySignature(ctx, jwt)
	if errors.Is(err, errAway) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		k.err = fmt.Errorf("%w: %w", errAway, err)
	}
	return payload, err
}
