package identity_test

import (
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

func TestSigningKey_SignsUntilItsSuccessorDoes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	old := identity.SigningKey{ID: "old", CreatedAt: now.Add(-time.Hour), SignsFrom: now.Add(-time.Hour)}
	next := identity.SigningKey{ID: "next", CreatedAt: now, SignsFrom: identity.Announced.Begins(now)}
	old.VerifiesUntil = identity.Announced.Retired(now)
	keys := []identity.SigningKey{old, next}
	for at, want := range map[time.Duration]string{
		-2 * time.Hour: "", -time.Hour: "old", 0: "old", identity.KeyAnnouncement - 1: "old", identity.KeyAnnouncement: "next", 1000 * time.Hour: "next",
	} {
		if k, ok := identity.SignerAt(keys, now.Add(at)); k.ID != want || ok != (want != "") {
			t.Errorf("after %v %q signs, want %q", at, k.ID, want)
		}
	}
	// The last token of the old key is signed, at the latest, by a replica that
	// learns of the next one a minute late.
	last := now.Add(identity.KeyAnnouncement + identity.KeyReload)
	if !old.VerifiesAt(last.Add(identity.AccessTTL)) {
		t.Error("the old key ends before its last token")
	}
	if k, waiting := identity.AnnouncedAt(keys, now); !waiting || k.ID != "next" {
		t.Errorf("%q is announced", k.ID)
	}
	if _, waiting := identity.AnnouncedAt(keys, next.SignsFrom); waiting {
		t.Error("a key that signs is announced")
	}
}

func TestSigningKey_PutInAtOnceIsNotFollowedByOneAnnouncedBefore(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	announced := identity.SigningKey{ID: "announced", CreatedAt: now.Add(-time.Minute), SignsFrom: now.Add(9 * time.Minute), VerifiesUntil: identity.AtOnce.Retired(now)}
	put := identity.SigningKey{ID: "put in", CreatedAt: now, SignsFrom: identity.AtOnce.Begins(now)}
	for _, at := range []time.Duration{0, 9 * time.Minute, 10 * time.Minute} {
		if k, _ := identity.SignerAt([]identity.SigningKey{announced, put}, now.Add(at)); k.ID != "put in" {
			t.Errorf("after %v %q signs", at, k.ID)
		}
	}
}

func TestSigningKey_ThatLeakedVerifiesNothing(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	leaked := identity.SigningKey{ID: "leaked", CreatedAt: now.Add(-time.Hour), SignsFrom: now.Add(-time.Hour), VerifiesUntil: identity.AfterLeak.Retired(now)}
	if leaked.VerifiesAt(now) {
		t.Error("it still verifies")
	}
	if _, ok := identity.SignerAt([]identity.SigningKey{leaked}, now); ok {
		t.Error("it still signs")
	}
}

func TestSigningKey_IsAnnouncedForLongerThanAnybodyKeepsTheSet(t *testing.T) {
	t.Parallel()
	if identity.KeySetTTL+identity.KeyReload >= identity.KeyAnnouncement {
		t.Error("a verifier may meet a key that it does not know")
	}
}
