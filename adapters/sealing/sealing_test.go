package sealing_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/sealing"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

var (
	older = []byte("an older secret of these tests")
	newer = []byte("a newer secret of these tests.")
)

func mustBox(tb testing.TB, secrets ...[]byte) *sealing.Box {
	tb.Helper()
	b, err := sealing.New(secrets)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func mustSeal(tb testing.TB, b *sealing.Box, label string, plain []byte) []byte {
	tb.Helper()
	sealed, err := b.Seal(label, plain)
	if err != nil {
		tb.Fatal(err)
	}
	return sealed
}

func TestSealer_WhatWasSealedOpensUnderItsLabel(t *testing.T) {
	t.Parallel()
	b := mustBox(t, newer)
	for _, plain := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("secret "), 1000)} {
		sealed := mustSeal(t, b, "totp:cleo", plain)
		if len(plain) > 1 && bytes.Contains(sealed, plain[:7]) {
			t.Fatal("the plain text shows")
		}
		if bytes.Equal(sealed, mustSeal(t, b, "totp:cleo", plain)) {
			t.Fatal("the same twice looks the same")
		}
		have, err := b.Open("totp:cleo", sealed)
		if err != nil || !bytes.Equal(have, plain) {
			t.Fatalf("%q, %v", have, err)
		}
	}
}

func TestSealer_WhatWasMovedChangedOrCutDoesNotOpen(t *testing.T) {
	t.Parallel()
	b := mustBox(t, newer)
	sealed := mustSeal(t, b, "totp:cleo", []byte("a secret"))
	for _, label := range []string{"totp:dan", "totp:cleo ", "", "key:cleo"} {
		if _, err := b.Open(label, sealed); !errors.Is(err, identity.ErrSealBroken) {
			t.Errorf("under %q: %v", label, err)
		}
	}
	for i := range sealed {
		changed := slices.Clone(sealed)
		changed[i] ^= 1
		if _, err := b.Open("totp:cleo", changed); !errors.Is(err, identity.ErrSealBroken) {
			t.Errorf("with byte %d changed: %v", i, err)
		}
		if _, err := b.Open("totp:cleo", sealed[:i]); !errors.Is(err, identity.ErrSealBroken) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
	if _, err := mustBox(t, older).Open("totp:cleo", sealed); !errors.Is(err, identity.ErrSealBroken) {
		t.Errorf("with another secret: %v", err)
	}
}

func TestSealer_TheFirstSecretSealsAndAllOpen(t *testing.T) {
	t.Parallel()
	before, during, after := mustBox(t, older), mustBox(t, newer, older), mustBox(t, newer)
	if _, err := during.Open("l", mustSeal(t, before, "l", []byte("old"))); err != nil {
		t.Errorf("the older one no longer opens: %v", err)
	}
	if _, err := after.Open("l", mustSeal(t, during, "l", []byte("new"))); err != nil {
		t.Errorf("the newer one does not seal: %v", err)
	}
}

func TestSealer_ASecretThatIsMissingOrShortIsRefused(t *testing.T) {
	t.Parallel()
	for _, secrets := range [][][]byte{nil, {nil}, {newer, []byte("short")}} {
		if _, err := sealing.New(secrets); err == nil {
			t.Errorf("%d secrets were taken", len(secrets))
		}
	}
}
