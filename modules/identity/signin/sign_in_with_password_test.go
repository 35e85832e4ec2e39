package signin_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignInWithPassword_RotatesTheSessionAsAProviderDoes(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	first := h.MustEnter(t, "cleo@neoforge.test")
	h.MustActor(t, first.Secret)
	second, err := h.SignInWithPassword(t.Context(), signin.SignInWithPassword{
		Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop, Replaces: first.Secret,
	})
	if err != nil || second.Secret == first.Secret {
		t.Fatalf("have %v", err)
	}
	h.MustRefuse(t, "the session before a password", first.Secret)

	h.Provider.Answers(fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	browser, params := h.MustBegin(t, "")
	third, err := h.SignInWithProvider(t.Context(), signin.SignInWithProvider{
		Provider: "acme", BrowserSecret: browser, Params: params, Device: fixture.Laptop, Replaces: second.Secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.MustRefuse(t, "the session before a provider", second.Secret)
	h.MustActor(t, third.Secret)

	// A cookie that somebody planted is not taken over, whether it means anything or not.
	planted := identity.NewSecret()
	fourth, err := h.SignInWithPassword(t.Context(), signin.SignInWithPassword{
		Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop, Replaces: planted,
	})
	if err != nil || fourth.Secret == planted {
		t.Fatalf("have %v", err)
	}
	h.MustRefuse(t, "the planted cookie", planted)
}

func TestSignInWithPassword_AnswersAWrongOneAndNobodyAlike(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.MustCome(t, fixture.VerifiedClaim("2", "ben@neoforge.test")) // has no password
	for i, email := range []string{"cleo@neoforge.test", "ben@neoforge.test", "nobody@neoforge.test", "no address", ""} {
		before := h.Hasher.Verified.Load()
		_, err := h.SignInWithPassword(t.Context(), signin.SignInWithPassword{Email: email, Password: "wrong-" + fixture.Password, Device: fixture.Laptop})
		if !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Errorf("%d %q: %v", i, email, err)
		}
		if h.Hasher.Verified.Load() != before+1 {
			t.Errorf("%q: no hash was computed", email)
		}
	}
	if in := h.MustEnter(t, " CLEO@neoforge.test "); in.Secret == "" {
		t.Error("the address is not compared trimmed and in lower case")
	}
}

func TestSignInWithPassword_MakesAHashOfAnEarlierReleaseAnew(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	kept := putEarlierHash(t, h, cleo)
	h.MustEnter(t, "cleo@neoforge.test")
	have := credentialOf(t, h, cleo)
	if have.Hash != "cheap:"+fixture.Password || !have.ChangedAt.Equal(kept.ChangedAt) {
		t.Errorf("kept %+v: want a new hash of the same age", have)
	}
	if n := len(h.Ledger.Did("identity.password_changed")); n != 0 {
		t.Errorf("%d changes of the password are in the trail", n)
	}
	h.MustEnter(t, "cleo@neoforge.test")
	if n := h.Hasher.Rehashed.Load(); n != 1 {
		t.Errorf("the password was hashed anew %d times, want once", n)
	}
}

// TestSignInWithPassword_HashesNothingAnewForWhoDoesNotGetIn tries what a stranger may try: one comparison each, and no hash
// besides, though the password may be right.
func TestSignInWithPassword_HashesNothingAnewForWhoDoesNotGetIn(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	unproven := h.MustCreate(t, "unproven@neoforge.test", identityport.RoleMember, false)
	suspended := h.MustCreate(t, "suspended@neoforge.test", identityport.RoleMember, true)
	for _, u := range []identity.User{cleo, unproven, suspended} {
		putEarlierHash(t, h, u)
	}
	suspended.SuspendedAt = h.Clock.Now()
	h.MustDo(t, func(ctx context.Context, s identity.Stores) error { return s.Users.Update(ctx, suspended) })
	for _, c := range []struct {
		email, password string
		want            error
	}{
		{"cleo@neoforge.test", "wrong-" + fixture.Password, identity.ErrInvalidCredentials},
		{"unproven@neoforge.test", fixture.Password, identity.ErrInvalidCredentials},
		{"unproven@neoforge.test", "wrong-" + fixture.Password, identity.ErrInvalidCredentials},
		{"nobody@neoforge.test", fixture.Password, identity.ErrInvalidCredentials},
		{"suspended@neoforge.test", fixture.Password, identity.ErrSuspended},
	} {
		before := h.Hasher.Verified.Load()
		if _, err := h.TryPassword(t, c.email, c.password); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.email, err, c.want)
		}
		if n := h.Hasher.Verified.Load() - before; n != 1 {
			t.Errorf("%s: %d comparisons", c.email, n)
		}
	}
	if n := h.Hasher.Rehashed.Load(); n != 0 {
		t.Errorf("%d hashes were made", n)
	}
	for _, u := range []identity.User{cleo, unproven, suspended} {
		if have := credentialOf(t, h, u); have.Hash != "dear:"+fixture.Password {
			t.Errorf("%s: kept %q", u.Email, have.Hash)
		}
	}
}

func TestSignInWithPassword_LimitsGuessesPerAccountAndPerAddress(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	guess := func(email, address string) error {
		_, err := h.SignInWithPassword(t.Context(), signin.SignInWithPassword{
			Email: email, Password: "wrong-" + fixture.Password, Device: identity.Device{IP: address},
		})
		return err
	}
	for i := range 10 {
		if err := guess("cleo@neoforge.test", "198.51.100."+string(rune('0'+i))); !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Fatalf("guess %d: %v", i+1, err)
		}
	}
	checked := h.Hasher.Verified.Load()
	_, err := h.SignInWithPassword(t.Context(), signin.SignInWithPassword{
		Email: "Cleo@neoforge.test", Password: fixture.Password, Device: identity.Device{IP: "192.0.2.1"},
	})
	if f := fault.As(err); !errors.Is(err, identity.ErrTooManyAttempts) || f.RetryAfter <= 0 || f.RetryAfter > 15*time.Minute {
		t.Fatalf("the eleventh, from anywhere: %v", err)
	}
	if h.Hasher.Verified.Load() != checked {
		t.Error("a guess past the limit was checked")
	}
	for i := range 30 {
		if err := guess("nobody@neoforge"+string(rune('a'+i%26))+string(rune('a'+i/26))+".test", "192.0.2.77"); !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Fatalf("address, guess %d: %v", i+1, err)
		}
	}
	if err := guess("dan@neoforge.test", "192.0.2.77"); !errors.Is(err, identity.ErrTooManyAttempts) {
		t.Fatalf("the thirty-first from an address: %v", err)
	}
	h.Clock.Advance(15 * time.Minute)
	h.MustEnter(t, "cleo@neoforge.test")
}

func TestSignInWithPassword_TakesNoGuessThatCannotBeCounted(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.Limiter.Away.Store(true)
	_, err := h.SignInWithPassword(t.Context(), signin.SignInWithPassword{Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop})
	if !errors.Is(err, identity.ErrBusy) || fault.KindOf(err) != fault.Unavailable || h.Hasher.Verified.Load() != 0 {
		t.Fatalf("have %v, %d hashes", err, h.Hasher.Verified.Load())
	}
}

func TestSignInWithPassword_TellsOneOfANewDevice(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	told := func() int {
		n := 0
		for _, j := range h.Ledger.Queued("identity.send_mail") {
			if strings.Contains(string(j.Payload), "new_device") {
				n++
			}
		}
		return n
	}
	enter := func(agent, address string) {
		t.Helper()
		_, err := h.SignInWithPassword(t.Context(), signin.SignInWithPassword{
			Email: "cleo@neoforge.test", Password: fixture.Password, Device: identity.Device{UserAgent: agent, IP: address},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		agent, address string
		want           int
	}{
		{"Mozilla/5.0 (Windows NT 10.0) Firefox/145.0", "203.0.113.7", 0}, // the first
		{"Mozilla/5.0 (Windows NT 10.0) Firefox/146.0", "203.0.113.8", 0},
		{"Mozilla/5.0 (Windows NT 10.0) Firefox/146.0", "198.51.100.7", 1},
		{"Mozilla/5.0 (X11; Linux) Chrome/142.0 Safari/537.36", "203.0.113.7", 2},
		{"Mozilla/5.0 (X11; Linux) Chrome/142.0 Safari/537.36", "203.0.113.7", 2},
	} {
		enter(c.agent, c.address)
		if have := told(); have != c.want {
			t.Errorf("%s from %s: %d mails, want %d", c.agent, c.address, have, c.want)
		}
	}
	h.MustSignInProgram(t, "cleo@neoforge.test")
	if have := told(); have != 3 {
		t.Errorf("a program: %d mails", have)
	}
	for _, j := range h.Ledger.Queued("identity.send_mail") {
		if err := h.Run(t, j.Kind, j.Payload); err != nil {
			t.Fatal(err)
		}
	}
	found := false
	for _, m := range h.Outbox.Sent {
		found = found || m.To == "cleo@neoforge.test" && strings.Contains(m.Text, "Chrome on Linux, at the network address 203.0.113.7")
	}
	if !found {
		t.Errorf("sent: %+v", h.Outbox.Sent)
	}
}

// putEarlierHash puts the hash of an earlier release in the place of a person's.
func putEarlierHash(t *testing.T, h *fixture.Room, u identity.User) identity.Credential {
	t.Helper()
	c := identity.Credential{User: u.ID, Hash: "dear:" + fixture.Password, ChangedAt: h.Clock.Now().Add(-time.Hour).UTC().Truncate(time.Second)}
	h.MustDo(t, func(ctx context.Context, s identity.Stores) error { return s.Credentials.Put(ctx, c) })
	return c
}

func credentialOf(t *testing.T, h *fixture.Room, u identity.User) identity.Credential {
	t.Helper()
	c, err := h.Deps.Reads.CredentialOf(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
