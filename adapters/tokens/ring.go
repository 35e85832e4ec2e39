package tokens

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

// unknownPause is how long a replica does not look again for keys that it does not
// know: tokens with invented keys cost it one read in that time, however many come.
const unknownPause = 5 * time.Second

// ring is one view of the keys. It does not change.
type ring struct {
	readAt  time.Time
	keys    []identity.SigningKey // those that verify, in the order in which they follow one another
	private map[string]ed25519.PrivateKey
	broken  error // why some private half could not be opened
}

// ring returns the view, read again when it is older than a minute. Meanwhile the
// others go on with the one that there is; it also serves when the database is away.
func (s *Signer) ring(ctx context.Context, now time.Time) (*ring, error) {
	kept := s.kept.Load()
	if kept != nil {
		if now.Sub(kept.readAt) < identity.KeyReload || !s.reading.TryLock() {
			return kept, nil
		}
	} else {
		s.reading.Lock()
	}
	defer s.reading.Unlock()
	if newer := s.kept.Load(); newer != nil && (newer != kept || now.Sub(s.tried) < unknownPause) {
		return newer, nil
	}
	fresh, err := s.read(ctx, now)
	if err != nil && kept != nil {
		return kept, nil
	}
	return fresh, err
}

// verifier returns the key of that name; nil when there is none that verifies.
func (s *Signer) verifier(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	now := s.clock.Now()
	keys, err := s.ring(ctx, now)
	if err != nil {
		return nil, err
	}
	if public, known := keys.public(kid, now); known {
		return public, nil
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	if newer := s.kept.Load(); newer != nil && (newer != keys || now.Sub(s.tried) < unknownPause) {
		keys = newer
	} else if fresh, err := s.read(ctx, now); err == nil {
		keys = fresh
	}
	public, _ := keys.public(kid, now)
	return public, nil
}

// Reload implements identity.AccessTokens.
func (s *Signer) Reload() {
	s.reading.Lock()
	defer s.reading.Unlock()
	s.kept.Store(nil)
}

// read is called with reading held.
func (s *Signer) read(ctx context.Context, now time.Time) (*ring, error) {
	s.tried = now
	all, err := s.reads.SigningKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	fresh := &ring{readAt: now, private: map[string]ed25519.PrivateKey{}}
	for _, k := range all {
		if !k.VerifiesAt(now) || len(k.Public) != ed25519.PublicKeySize {
			continue
		}
		fresh.keys = append(fresh.keys, k)
		seed, err := s.sealer.Open(k.SealLabel(), k.SealedPrivate)
		if err == nil && len(seed) != ed25519.SeedSize {
			err = identity.ErrSealBroken
		}
		if err != nil {
			fresh.broken = fmt.Errorf("open key %s: %w", k.ID, err)
			continue
		}
		fresh.private[k.ID] = ed25519.NewKeyFromSeed(seed)
	}
	s.kept.Store(fresh)
	return fresh, nil
}

// public returns the key of that name, nil when it verifies no longer. It answers
// false for a key that the view does not know.
func (r *ring) public(kid string, now time.Time) (ed25519.PublicKey, bool) {
	for _, k := range r.keys {
		if k.ID != kid {
			continue
		}
		if !k.VerifiesAt(now) {
			return nil, true
		}
		return k.Public, true
	}
	return nil, false
}

// signer returns the key that signs now. A key whose private half cannot be opened
// is passed over while another can sign.
func (r *ring) signer(now time.Time) (kid string, private ed25519.PrivateKey, err error) {
	var usable []identity.SigningKey
	for _, k := range r.keys {
		if r.private[k.ID] != nil {
			usable = append(usable, k)
		}
	}
	k, ok := identity.SignerAt(usable, now)
	switch {
	case ok:
		return k.ID, r.private[k.ID], nil
	case r.broken != nil:
		return "", nil, r.broken
	default:
		return "", nil, identity.ErrNoSigningKey
	}
}

// set writes the public halves (RFC 7517, RFC 8037).
func (r *ring) set(now time.Time) ([]byte, error) {
	type key struct {
		Type      string `json:"kty"`
		Curve     string `json:"crv"`
		Algorithm string `json:"alg"`
		Use       string `json:"use"`
		ID        string `json:"kid"`
		X         string `json:"x"`
	}
	out := struct {
		Keys []key `json:"keys"`
	}{Keys: []key{}}
	for _, k := range r.keys {
		if k.VerifiesAt(now) {
			out.Keys = append(out.Keys, key{"OKP", "Ed25519", "EdDSA", "sig", k.ID, base64.RawURLEncoding.EncodeToString(k.Public)})
		}
	}
	if len(out.Keys) == 0 {
		return nil, fmt.Errorf("tokens: key set: %w", identity.ErrNoSigningKey)
	}
	data, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("tokens: write the key set: %w", err)
	}
	return data, nil
}
