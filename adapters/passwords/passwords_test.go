package passwords_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn/frequency"

	"github.com/neoforge-dev/neoforge/adapters/passwords"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

func mustNew(t *testing.T) *passwords.Hasher {
	t.Helper()
	h, err := passwords.New()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func mustHash(t *testing.T, h *passwords.Hasher, password string) string {
	t.Helper()
	hash, err := h.Hash(t.Context(), password)
	if err != nil {
		t.Fatalf("Hash(%q): %v", password, err)
	}
	return hash
}

func mustVerify(t *testing.T, h *passwords.Hasher, password, hash string) bool {
	t.Helper()
	match, err := h.Verify(t.Context(), password, hash)
	if err != nil {
		t.Fatalf("Verify(%q): %v", password, err)
	}
	return match != identity.PasswordWrong
}

func TestHasher_ThePasswordAndNoOtherIsVerified(t *testing.T) {
	t.Parallel()
	h := mustNew(t)
	hash := mustHash(t, h, "seven lanterns drift")
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash is %q", hash)
	}
	if !mustVerify(t, h, "seven lanterns drift", hash) {
		t.Error("the password was refused")
	}
	for _, other := range []string{"", "seven lanterns drif", "Seven lanterns drift", "seven lanterns drift "} {
		if mustVerify(t, h, other, hash) {
			t.Errorf("%q was accepted", other)
		}
	}
}

func TestHasher_TheSamePasswordHasAnotherHashEachTime(t *testing.T) {
	t.Parallel()
	h := mustNew(t)
	if mustHash(t, h, "seven lanterns drift") == mustHash(t, h, "seven lanterns drift") {
		t.Fatal("two hashes are the same: the salt is missing")
	}
}

func TestHasher_APasswordMayBeTypedInAnyUnicodeForm(t *testing.T) {
	t.Parallel()
	h := mustNew(t)
	composed, decomposed := "caf\u00e9 au lait", "cafe\u0301 au lait"
	if !mustVerify(t, h, decomposed, mustHash(t, h, composed)) {
		t.Fatal("the decomposed form was refused")
	}
}

func TestHasher_WeakPasswordsAreRefused(t *testing.T) {
	t.Parallel()
	h := mustNew(t)
	for _, weak := range []string{
		"", "seven77", "\ufb01\ufb01\ufb01", // six letters once the ligatures are undone
		"password", "Password123", "QWERTYUIOP", "12345678", "iloveyou1", "ｐａｓｓｗｏｒｄ", "passw0rd!",
		strings.Repeat("x", 257), "not \xff utf-8 at all",
	} {
		if _, err := h.Hash(t.Context(), weak); !errors.Is(err, identity.ErrWeakPassword) {
			t.Errorf("%q: %v, want ErrWeakPassword", weak, err)
		}
	}
	mustHash(t, h, "vexoltqu")
	mustHash(t, h, strings.Repeat("öäüßé", 51)+"ö")
}

func TestHasher_AWordThatManyUseIsSeenThroughItsOrnaments(t *testing.T) {
	t.Parallel()
	h := mustNew(t)
	for _, weak := range []string{
		"P@ssw0rd2026", "password!!", "Sunshine2026", "dr4g0n1234", "iloveyou2025", "aaaaaaaaaa", "abcabcabc", "xyz1xyz1xyz1", "abcdefghij", "87654321", "zyxwvuts",
	} {
		if _, err := h.Hash(t.Context(), weak); !errors.Is(err, identity.ErrWeakPassword) {
			t.Errorf("%q: %v, want ErrWeakPassword", weak, err)
		}
	}
	for _, good := range []string{"sunshine over the mill", "monkey73910482", "forge-ahead-2026", "abcdefgz", "correct-horse-battery"} {
		mustHash(t, h, good)
	}
}

func TestHash_RefusesEveryCommonPassword(t *testing.T) {
	t.Parallel()
	h := mustNew(t)
	refused := 0
	for _, common := range frequency.FrequencyLists["passwords"] {
		if utf8.RuneCountInString(common) < 8 {
			continue
		}
		refused++
		for _, variant := range []string{common, strings.ToUpper(common), wide(common)} {
			if _, err := h.Hash(t.Context(), variant); !errors.Is(err, identity.ErrWeakPassword) {
				t.Fatalf("%q, number %d: %v, want ErrWeakPassword", variant, refused, err)
			}
		}
	}
	if refused < 3000 {
		t.Errorf("%d common passwords were tried: the 3,000 most used have to be refused", refused)
	}
}

func TestHash_RefusesAWordOfTheListWithOrnaments(t *testing.T) {
	t.Parallel()
	h := mustNew(t)
	for _, weak := range []string{
		"garfield", "brooklyn", "12qwaszx", "01012011", "Garfield!", "g4rf1eld2026", "Br00klyn99!!", "1monkey1", "!!dragon1", "$unshine!", "maria1990", "love2026", "Dr4g0n2026!", "!monkey-1984!", "#1garfield#99",
	} {
		if _, err := h.Hash(t.Context(), weak); !errors.Is(err, identity.ErrWeakPassword) {
			t.Errorf("%q: %v, want ErrWeakPassword", weak, err)
		}
	}
	for _, good := range []string{
		"garfield on a brooklyn roof", "brooklyn-garfield-01012011", "garfieldofsorts", "73910482", "12345678 lanterns", "dragon 73 quarrels", "12qwaszx-not-alone",
	} {
		mustHash(t, h, good)
	}
}

// wide is a text as an East Asian keyboard may type it.
func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if '!' <= r && r <= '~' {
			return r - '!' + '！'
		}
		return r
	}, s)
}

func TestHasher_SomebodyWithoutAPasswordCostsAsMuchTime(t *testing.T) {
	t.Parallel()
	h := mustNew(t)
	hash := mustHash(t, h, "seven lanterns drift")
	// The least of several rounds, taken in turn: what the machine does besides only
	// adds, and to all of them.
	var absent, real, long time.Duration
	least := func(best *time.Duration, password, hash string) {
		begun := time.Now()
		if mustVerify(t, h, password, hash) {
			t.Fatal("a wrong password was accepted")
		}
		if took := time.Since(begun); *best == 0 || took < *best {
			*best = took
		}
	}
	alike := func() bool { return absent >= real/4 && long >= real/4 }
	for round := 0; round < 5 || (round < 50 && !alike()); round++ {
		least(&real, "wrong password", hash)
		least(&absent, "wrong password", "")
		least(&long, strings.Repeat("x", 100_000), hash)
	}
	if !alike() {
		t.Errorf("nobody takes %v, an impossible password %v, another %v", absent, long, real)
	}
	if mustVerify(t, h, "", "") {
		t.Error("an empty password was accepted for somebody without one")
	}
}

func TestHasher_ABrokenHashIsAnError(t *testing.T) {
	t.Parallel()
	h := mustNew(t)
	if match, err := h.Verify(t.Context(), "seven lanterns drift", "$argon2id$broken"); err == nil || match != identity.PasswordWrong {
		t.Fatalf("%d, %v", match, err)
	}
}

func TestHasher_RefusesAFlood(t *testing.T) {
	t.Parallel()
	h := mustNew(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var busy atomic.Int64
	var group sync.WaitGroup
	for range 3000 {
		group.Go(func() {
			_, err := h.Verify(ctx, "seven lanterns drift", "")
			if errors.Is(err, identity.ErrBusy) {
				busy.Add(1)
				cancel() // those in the queue need not be waited for
			}
		})
	}
	group.Wait()
	if busy.Load() == 0 {
		t.Fatal("nobody was told that the queue is full")
	}
	if uint64(busy.Load()) != h.Refused() {
		t.Fatalf("%d were refused, %d counted", busy.Load(), h.Refused())
	}
}

func TestHasher_WhoGivesUpLeavesTheQueue(t *testing.T) {
	t.Parallel()
	h := mustNew(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 1000 {
		if _, err := h.Verify(ended, "x", ""); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want the context's error", err)
		}
	}
	if !mustVerify(t, h, "seven lanterns drift", mustHash(t, h, "seven lanterns drift")) {
		t.Fatal("the queue is stuck")
	}
}
