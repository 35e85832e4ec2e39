package signing_test

import (
	"crypto/ed25519"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/signing"
)

var (
	older = []byte("an older secret of these tests")
	newer = []byte("a newer secret of these tests.")
)

func mustSigner(tb testing.TB, secrets ...[]byte) *signing.Signer {
	tb.Helper()
	s, err := signing.New(secrets)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestSigner_TheFirstSecretSignsAndAllVerify(t *testing.T) {
	t.Parallel()
	message := []byte("what happened")
	key, signature := mustSigner(t, older).Sign(message)
	for _, c := range []struct {
		name          string
		signer        *signing.Signer
		message       string
		known, signed bool
	}{
		{"the same secret", mustSigner(t, older), "what happened", true, true},
		{"after a rotation", mustSigner(t, newer, older), "what happened", true, true},
		{"another message", mustSigner(t, older), "what did not", true, false},
		{"another secret", mustSigner(t, newer), "what happened", false, false},
	} {
		if known, signed := c.signer.Verify(key, []byte(c.message), signature); known != c.known || signed != c.signed {
			t.Errorf("%s: known %v, signed %v", c.name, known, signed)
		}
	}
	if id, public := mustSigner(t, older, newer).Public(); id != key || !ed25519.Verify(public, message, signature) {
		t.Errorf("the public half of %s does not verify what %s signed", id, key)
	}
	if again, _ := mustSigner(t, newer, older).Sign(message); again == key {
		t.Error("an old secret signs after a rotation")
	}
}

func TestSigner_RefusesSecretsThatAreMissingOrShort(t *testing.T) {
	t.Parallel()
	for _, secrets := range [][][]byte{nil, {[]byte("short")}, {newer, nil}} {
		if _, err := signing.New(secrets); err == nil {
			t.Errorf("%q is taken", secrets)
		}
	}
}
