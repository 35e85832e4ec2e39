package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// oidcClaims is what is read from an ID token after it was verified, or from
// userinfo. Only the subject must be there: providers leave the others out, or write
// something else than the specification says, which counts as not said.
type oidcClaims struct {
	Subject        string
	Email          string
	EmailVerified  string // as it stands there; empty: not said
	DomainVerified string // the same; Microsoft's xms_edov, of the domain of the address in the ID token
	Name           string
	Username       string
	AuthTime       time.Time
}

func readClaims(m members) oidcClaims {
	c := oidcClaims{
		Subject: m.text("sub"), Email: m.text("email"), EmailVerified: m.word("email_verified"), DomainVerified: m.word("xms_edov"),
		Name: m.text("name"), Username: m.text("preferred_username"),
	}
	if n, err := strconv.ParseInt(m.word("auth_time"), 10, 64); err == nil && n > 0 {
		c.AuthTime = time.Unix(n, 0).UTC()
	}
	return c
}

// claimsOf reads a verified token, and checks what go-oidc leaves to its caller.
func (p *oidcProvider) claimsOf(token *oidc.IDToken, access string) (oidcClaims, error) {
	var m members
	if err := token.Claims(&m); err != nil {
		return oidcClaims{}, fmt.Errorf("read the claims: %w", err)
	}
	party := m.text("azp")
	if party != "" && party != p.ClientID {
		return oidcClaims{}, errors.New("it was made for another client")
	}
	if len(token.Audience) > 1 && party == "" {
		return oidcClaims{}, errors.New("it was made for several clients and does not say for which")
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(access); err != nil {
			return oidcClaims{}, fmt.Errorf("the access token is not the ID token's: %w", err)
		}
	}
	c := readClaims(m)
	if token.Subject == "" || c.Subject != token.Subject {
		return oidcClaims{}, errors.New("it names no subject")
	}
	return c, nil
}

// claimFrom is what the site learns of claims.
func (p *oidcProvider) claimFrom(c oidcClaims) identity.Claim {
	name := c.Name
	if name == "" {
		name = c.Username
	}
	return identity.Claim{
		Provider: p.Name(), Subject: c.Subject,
		Email: c.Email, EmailVerified: c.Email != "" && p.preset.quirks.verified(c), Name: name,
		AuthenticatedAt: c.AuthTime,
	}
}

// errAnotherSubject is an answer about somebody else, which nothing is believed of.
var errAnotherSubject = errors.New("it is about somebody else than the ID token")

// completeFrom asks userinfo for what the ID token does not say: the address, whether
// it is verified, the name. Its answer is believed for the same subject only (OpenID
// Connect Core 1.0, 5.3.2). It fails with errAnotherSubject in the chain; any other
// failure leaves the claims as they are.
func (p *oidcProvider) completeFrom(l *line, client *http.Client, found *discovered, c *oidcClaims, access string) error {
	said := c.EmailVerified != "" || p.preset.quirks.silent
	if found.userinfo == "" || c.Email != "" && c.Name != "" && said {
		return nil
	}
	info, err := p.userinfo(l, client, found, access)
	if err == nil && info.Subject == "" {
		err = errors.New("it names no subject")
	}
	if err == nil && info.Subject != c.Subject {
		err = errAnotherSubject
	}
	if err != nil {
		return l.failed(identity.StepUserinfo, err)
	}
	switch {
	case c.Email == "":
		c.Email, c.EmailVerified, c.DomainVerified = info.Email, info.EmailVerified, ""
	case c.EmailVerified == "" && (info.Email == "" || sameAddress(info.Email, c.Email)):
		c.EmailVerified = info.EmailVerified
	}
	if c.Name == "" {
		c.Name = info.Name
	}
	if c.Username == "" {
		c.Username = info.Username
	}
	return nil
}

func sameAddress(a, b string) bool {
	first, err := identity.ParseEmail(a)
	if err != nil {
		return false
	}
	second, err := identity.ParseEmail(b)
	return err == nil && first == second
}

// userinfo asks with the access token. The answer is JSON, or a JWT of it that the
// provider signed (5.3.2).
func (p *oidcProvider) userinfo(l *line, client *http.Client, found *discovered, access string) (oidcClaims, error) {
	req, err := http.NewRequestWithContext(l.ctx, http.MethodGet, found.userinfo, nil)
	if err != nil {
		return oidcClaims{}, err
	}
	req.Header.Set("Authorization", "Bearer "+access)
	req.Header.Set("Accept", "application/json, application/jwt")
	resp, err := client.Do(req)
	if err != nil {
		return oidcClaims{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return oidcClaims{}, fmt.Errorf("it answered %d", resp.StatusCode)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return oidcClaims{}, err
	}
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); media == "application/jwt" {
		if body, err = found.keys.VerifySignature(l.ctx, strings.TrimSpace(string(body))); err != nil {
			return oidcClaims{}, err
		}
	}
	var m members
	if err := json.Unmarshal(body, &m); err != nil {
		return oidcClaims{}, fmt.Errorf("it is no JSON object: %w", err)
	}
	return readClaims(m), nil
}
