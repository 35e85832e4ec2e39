package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
)

// asymmetric are the algorithms that sign with a private key.
var asymmetric = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// keySet is a provider's public keys (RFC 7517). They are kept until a signature
// that none of them made, and then read anew; however many wait, one asks. A key
// that cannot be used is left out: go-oidc's own set would refuse all of them for it.
type keySet struct {
	client *http.Client
	url    string
	flight singleflight.Group

	mu   sync.Mutex
	keys []jose.JSONWebKey
}

var _ oidc.KeySet = (*keySet)(nil)

// usableKeys are the keys of one reading, and why the others are none.
type usableKeys struct {
	keys   []jose.JSONWebKey
	others []string
}

// VerifySignature implements [oidc.KeySet]. It fails with errAway in the chain when
// the keys could not be had.
func (k *keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(jwt, asymmetric)
	if err != nil {
		return nil, err
	}
	id := jws.Signatures[0].Header.KeyID
	if payload := verifiedBy(k.known(), id, jws); payload != nil {
		return payload, nil
	}
	found, err := k.read(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	if payload := verifiedBy(found.keys, id, jws); payload != nil {
		return payload, nil
	}
	why := ""
	if len(found.others) > 0 {
		why = "; of no use are: " + strings.Join(found.others, ", ")
	}
	return nil, fmt.Errorf("none of %d keys made the signature, which names the key %.64q%s", len(found.keys), id, why)
}

func verifiedBy(keys []jose.JSONWebKey, id string, jws *jose.JSONWebSignature) []byte {
	for _, key := range keys {
		if id != "" && key.KeyID != id {
			continue
		}
		if payload, err := jws.Verify(&key); err == nil {
			return payload
		}
	}
	return nil
}

func (k *keySet) known() []jose.JSONWebKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys
}

// read asks for the keys. Who gives up waiting does not take them from the others.
func (k *keySet) read(ctx context.Context) (usableKeys, error) {
	answer := k.flight.DoChan("", func() (_ any, err error) {
		defer recovered(&err)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), k.client.Timeout)
		defer cancel()
		body, err := fetch(ctx, k.client, k.url)
		if err != nil {
			return usableKeys{}, err
		}
		found, err := parseKeys(body)
		if err != nil {
			return usableKeys{}, err
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.keys = found.keys
		return found, nil
	})
	select {
	case <-ctx.Done():
		return usableKeys{}, ctx.Err()
	case r := <-answer:
		found, _ := r.Val.(usableKeys)
		return found, r.Err
	}
}

// recovered turns a panic over what an issuer sent into an error: one within a flight, which
// runs beside the request, would end the program.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("oauth: panic: %v", p)
	}
}

// parseKeys reads each key by itself (RFC 7517, 5: keys that are not understood
// are ignored).
func parseKeys(body []byte) (usableKeys, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return usableKeys{}, fmt.Errorf("it is no set of keys: %w", err)
	}
	var found usableKeys
	for i, raw := range set.Keys {
		key, err := parseKey(raw)
		if err != nil {
			if len(found.others) < 5 {
				found.others = append(found.others, fmt.Sprintf("key %d (%.100s)", i+1, err))
			}
			continue
		}
		found.keys = append(found.keys, key)
	}
	return found, nil
}

// parseKey reads one key without its certificates: the key alone signs, and a
// certificate that Go does not take would spoil it.
func parseKey(raw []byte) (jose.JSONWebKey, error) {
	var m members
	if err := json.Unmarshal(raw, &m); err != nil {
		return jose.JSONWebKey{}, err
	}
	for _, name := range []string{"x5c", "x5u", "x5t", "x5t#S256"} {
		delete(m, name)
	}
	bare, err := json.Marshal(map[string]json.RawMessage(m))
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	var key jose.JSONWebKey
	if err := json.Unmarshal(bare, &key); err != nil {
		return jose.JSONWebKey{}, err
	}
	if !key.Valid() || !key.IsPublic() {
		return jose.JSONWebKey{}, errors.New("it is no public key")
	}
	return key, nil
}
