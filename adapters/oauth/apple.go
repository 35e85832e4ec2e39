package oauth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// appleSecretLife is how long a client secret made for Apple is good. One is made
// for each exchange, so it need not live long.
const appleSecretLife = 5 * time.Minute

// appleKey signs the client secrets that Apple asks for: JWTs by ES256, in place of
// a secret that both sides keep.
type appleKey struct {
	issuer string // whom the secret is for
	team   string
	client string
	key    *ecdsa.PrivateKey
	id     string
}

// newAppleKey reads a key as Apple hands it out: PKCS #8 in PEM. Line breaks may be
// written as \n, since it comes from a variable.
func newAppleKey(c ProviderConfig) (*appleKey, error) {
	if c.TeamID == "" || c.KeyID == "" || c.PrivateKey == "" {
		return nil, errors.New("team id, key id and private key belong together")
	}
	block, _ := pem.Decode([]byte(strings.ReplaceAll(c.PrivateKey, `\n`, "\n")))
	if block == nil {
		return nil, errors.New("the private key must be in PEM, as Apple hands it out")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the private key cannot be read: it must be PKCS #8")
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("the private key must be one of the curve P-256")
	}
	return &appleKey{issuer: c.Issuer, team: c.TeamID, client: c.ClientID, key: key, id: c.KeyID}, nil
}

// secret makes a client secret that is good from now.
func (k *appleKey) secret(now time.Time) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: k.key, KeyID: k.id}}, nil)
	if err != nil {
		return "", fmt.Errorf("sign the client secret: %w", err)
	}
	claims, err := json.Marshal(map[string]any{
		"iss": k.team, "sub": k.client, "aud": k.issuer,
		"iat": now.Unix(), "exp": now.Add(appleSecretLife).Unix(),
	})
	if err != nil {
		return "", fmt.Errorf("sign the client secret: %w", err)
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return "", fmt.Errorf("sign the client secret: %w", err)
	}
	return signed.CompactSerialize()
}

// appleName reads the name from the callback, where Apple puts it when somebody
// comes for the first time. Nobody vouches for it: it is what they like to be
// called, and nothing else is read from there.
func appleName(params url.Values) string {
	var user struct {
		Name struct {
			First string `json:"firstName"`
			Last  string `json:"lastName"`
		} `json:"name"`
	}
	if err := json.Unmarshal([]byte(params.Get("user")), &user); err != nil {
		return ""
	}
	return strings.TrimSpace(user.Name.First + " " + user.Name.Last)
}
