package integration_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identityapp"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// TestIdentity tells the stories of identity on every database.
func TestIdentity(t *testing.T) {
	t.Parallel()
	stories := map[string]func(t *testing.T, h *house){
		"a first sign-in opens an account and tells the others":   firstSignIn,
		"an answer is taken once, by the browser that asked":      answerTakenOnce,
		"a sign-in that was started too long ago is refused":      lateAnswer,
		"what a provider refuses is told as it is":                providerRefuses,
		"a known identity enters whatever its address says":       knownIdentity,
		"an address proven on both sides is linked":               provenOnBothSides,
		"an unverified address neither links nor registers":       unverifiedAddress,
		"a pre-registered account goes to whoever proves it":      preRegistered,
		"many first callbacks at once make one account":           manyFirstCallbacks,
		"a sign-in rotates the session":                           signInRotates,
		"a wrong password and nobody are answered alike":          wrongPassword,
		"guesses are limited per account and per address":         guessesAreLimited,
		"a guess that cannot be counted is not taken":             uncountedGuess,
		"a refresh token is good once":                            refreshOnce,
		"a refresh token used twice revokes its family":           refreshReuse,
		"of many refreshes at once one succeeds at the most":      refreshRace,
		"a program may pause for as long as its refresh token":    programPauses,
		"a session signed out is refused at the next request":     signOut,
		"one revokes one's own sessions only":                     revokeOwn,
		"a cached session ends on time":                           cachedSessionEnds,
		"a revocation is told to the cache later when it is away": cacheAway,
		"the profile shows one's own account":                     profile,
		"an erased person is gone everywhere":                     erase,
		"one erases oneself unless one manages accounts":          eraseOthers,
		"the export holds everything but proofs":                  export,
		"a welcome is queued once and sent to who is still there": welcome,
		"what ended long ago is purged":                           purge,
		"an operator's account needs a proper address and role":   createUser,
		"the directory knows people and who pays":                 directory,
	}
	for name, open := range identityDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for title, story := range stories {
				t.Run(title, func(t *testing.T) {
					t.Parallel()
					story(t, openHouse(t, open(t)))
				})
			}
		})
	}
}

// golden fails unless a published payload has the form of the golden file, whose
// subscribers are tested against the same bytes.
func golden(t *testing.T, file string, payload []byte, replace ...string) {
	t.Helper()
	want, err := os.ReadFile("../../ports/identityport/testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var have bytes.Buffer
	if err := json.Indent(&have, []byte(strings.NewReplacer(replace...).Replace(string(payload))), "", "  "); err != nil {
		t.Fatal(err)
	}
	have.WriteByte('\n')
	if have.String() != string(want) {
		t.Errorf("published:\n%s\nwant:\n%s", &have, want)
	}
}

const (
	goldenUser         = "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c01"
	goldenOrganization = "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c02"
)

func firstSignIn(t *testing.T, h *house) {
	h.provider.answers(verified("1", "Cleo@neoforge.test"))
	browser, params := h.begin(t, "/posts/welcome?page=2")
	in, err := h.app.SignInWithProvider(t.Context(), identityapp.SignInWithProvider{
		Provider: "acme", BrowserSecret: browser, Params: params, Device: laptop,
	})
	if err != nil {
		t.Fatal(err)
	}
	if !in.NewAccount || in.ReturnTo != "/posts/welcome?page=2" || in.Session.Kind != identity.BrowserSession {
		t.Errorf("signed in: %+v", in)
	}
	a := h.actor(t, in.Secret)
	if a.Email != "cleo@neoforge.test" || a.Name != "Cleo" || a.Role != identityport.RoleMember || a.SessionID != in.Session.ID ||
		!a.May("content.comment") || a.May(identity.PermissionManageUsers) || len(a.Organizations) != 1 {
		t.Errorf("actor: %+v", a)
	}
	registered := h.ledger.published("identity.user_registered.v1")
	if len(registered) != 1 {
		t.Fatalf("%d events", len(registered))
	}
	golden(t, "user_registered.v1.golden.json", registered[0].Payload,
		string(a.UserID), goldenUser, string(a.PersonalOrganization()), goldenOrganization)
	for _, action := range []string{"identity.account_created", "identity.identity_linked", "identity.signed_in"} {
		if acts := h.ledger.did(action); len(acts) != 1 || acts[0].Actor != string(a.UserID) || acts[0].Address != laptop.Address {
			t.Errorf("%s: %+v", action, acts)
		}
	}
	again := h.mustCome(t, verified("1", "cleo@neoforge.test"))
	if again.NewAccount || again.Session.User != a.UserID || again.ReturnTo != "/" {
		t.Errorf("the second time: %+v", again)
	}
}

func answerTakenOnce(t *testing.T, h *house) {
	h.provider.answers(verified("1", "cleo@neoforge.test"))
	other, _ := h.begin(t, "")
	browser, params := h.begin(t, "")
	try := func(provider string, browser identity.Secret, params url.Values) error {
		_, err := h.app.SignInWithProvider(t.Context(), identityapp.SignInWithProvider{
			Provider: provider, BrowserSecret: browser, Params: params, Device: laptop,
		})
		return err
	}
	if err := try("elsewhere", browser, params); !errors.Is(err, identity.ErrProviderUnknown) {
		t.Errorf("an unknown provider: %v", err)
	}
	for what, wrong := range map[string]url.Values{
		"no state":      {"code": {"code-1"}},
		"a wrong state": {"state": {identity.NewSecret().Reveal()}, "code": {"code-1"}},
		"two states":    {"state": {params.Get("state"), "x"}, "code": {"code-1"}},
	} {
		if err := try("acme", browser, wrong); !errors.Is(err, identity.ErrFlowUnknown) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := try("acme", "", params); !errors.Is(err, identity.ErrFlowUnknown) {
		t.Errorf("a browser without its cookie: %v", err)
	}
	if err := try("acme", browser, params); err != nil {
		t.Errorf("the browser that asked: %v", err)
	}
	if err := try("acme", browser, params); !errors.Is(err, identity.ErrFlowUnknown) {
		t.Errorf("a replay: %v", err)
	}
	browser, params = h.begin(t, "")
	if err := try("acme", other, params); !errors.Is(err, identity.ErrFlowUnknown) {
		t.Errorf("another browser's cookie: %v", err)
	}
	if err := try("acme", browser, params); !errors.Is(err, identity.ErrFlowUnknown) {
		t.Errorf("after another browser tried: %v", err)
	}
	if n := h.provider.completions(); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
	h.provider.mu.Lock()
	defer h.provider.mu.Unlock()
	asked, answered := h.provider.begun[1], h.provider.ended[0]
	if answered.Nonce != asked.Nonce || answered.Verifier != asked.Verifier || answered.Session != "kept" || len(asked.Verifier) < 43 {
		t.Errorf("asked with %+v, completed with %+v", asked, answered)
	}
}

func lateAnswer(t *testing.T, h *house) {
	h.provider.answers(verified("1", "cleo@neoforge.test"))
	browser, params := h.begin(t, "")
	h.clock.Advance(identity.FlowLife)
	_, err := h.app.SignInWithProvider(t.Context(), identityapp.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params})
	if !errors.Is(err, identity.ErrFlowUnknown) || h.provider.completions() != 0 {
		t.Fatalf("have %v", err)
	}
}

func providerRefuses(t *testing.T, h *house) {
	for _, want := range []error{identity.ErrProviderDenied, identity.ErrProviderInvalid, identity.ErrProviderAway} {
		browser, params := h.begin(t, "")
		h.provider.mu.Lock()
		h.provider.err = want
		h.provider.mu.Unlock()
		_, err := h.app.SignInWithProvider(t.Context(), identityapp.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params})
		if !errors.Is(err, want) {
			t.Errorf("have %v, want %v", err, want)
		}
		h.provider.mu.Lock()
		h.provider.err = nil
		h.provider.mu.Unlock()
	}
	for _, subject := range []string{"", "a\x00b"} {
		if _, err := h.come(t, verified(subject, "cleo@neoforge.test")); !errors.Is(err, identity.ErrProviderInvalid) {
			t.Errorf("subject %q: %v", subject, err)
		}
	}
}

func knownIdentity(t *testing.T, h *house) {
	first := h.mustCome(t, verified("1", "cleo@neoforge.test"))
	in := h.mustCome(t, identity.Claim{Subject: "1", Email: "no address"})
	if in.Session.User != first.Session.User || in.NewAccount {
		t.Fatalf("signed in: %+v", in)
	}
	if u := h.actor(t, in.Secret); u.Email != "cleo@neoforge.test" {
		t.Fatalf("actor: %+v", u)
	}
}

func provenOnBothSides(t *testing.T, h *house) {
	u := h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	cookie := h.enter(t, "cleo@neoforge.test").Secret
	in := h.mustCome(t, verified("1", "Cleo@NeoForge.test"))
	if in.Session.User != u.ID || in.NewAccount {
		t.Fatalf("signed in: %+v", in)
	}
	h.actor(t, cookie) // stays signed in
	h.enter(t, "cleo@neoforge.test")
	if acts := h.ledger.did("identity.identity_linked"); len(acts) != 1 {
		t.Errorf("linked: %+v", acts)
	}
}

func unverifiedAddress(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.create(t, "ben@neoforge.test", identityport.RoleMember, false)
	for _, c := range []identity.Claim{
		{Subject: "1", Email: "cleo@neoforge.test"},
		{Subject: "2", Email: "ben@neoforge.test"},
		{Subject: "3", Email: "new@neoforge.test"},
		{Subject: "4", EmailVerified: true},
		{Subject: "5", Email: "no address", EmailVerified: true},
	} {
		if _, err := h.come(t, c); !errors.Is(err, identity.ErrEmailUnverified) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if n := len(h.ledger.published("identity.user_registered.v1")); n != 2 {
		t.Errorf("%d accounts", n)
	}
}

func preRegistered(t *testing.T, h *house) {
	u := h.create(t, "cleo@neoforge.test", identityport.RoleMember, false)
	planted := h.enter(t, "cleo@neoforge.test")
	h.actor(t, planted.Secret) // and so in the cache
	pair := h.program(t, "cleo@neoforge.test")
	if _, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken); err != nil {
		t.Fatal(err)
	}

	in := h.mustCome(t, verified("1", "cleo@neoforge.test"))
	if in.Session.User != u.ID || in.NewAccount {
		t.Fatalf("signed in: %+v", in)
	}
	h.refused(t, "the planted session", planted.Secret)
	if _, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the planted access token: %v", err)
	}
	if _, err := h.app.RefreshTokens(t.Context(), pair.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the planted refresh token: %v", err)
	}
	_, err := h.app.SignInWithPassword(t.Context(), identityapp.SignInWithPassword{Email: "cleo@neoforge.test", Password: password, Device: laptop})
	if !errors.Is(err, identity.ErrInvalidCredentials) {
		t.Errorf("the planted password: %v", err)
	}
	p, err := h.app.Profile(t.Context(), h.actor(t, in.Secret))
	if err != nil || p.HasPassword || !p.User.EmailVerified || p.User.Name != "Cleo" || len(p.Sessions) != 1 || len(p.Identities) != 1 {
		t.Errorf("profile: %+v, %v", p, err)
	}
	if len(h.ledger.did("identity.account_claimed")) != 1 {
		t.Error("the claim is not in the trail")
	}
}

func manyFirstCallbacks(t *testing.T, h *house) {
	const many = 12
	h.provider.answers(verified("1", "cleo@neoforge.test"))
	type ready struct {
		browser identity.Secret
		params  url.Values
	}
	all := make([]ready, many)
	for i := range all {
		all[i].browser, all[i].params = h.begin(t, "")
	}
	users := make(chan identity.UserID, many)
	var running sync.WaitGroup
	for _, r := range all {
		running.Go(func() {
			in, err := h.app.SignInWithProvider(t.Context(), identityapp.SignInWithProvider{
				Provider: "acme", BrowserSecret: r.browser, Params: r.params, Device: laptop,
			})
			if err != nil {
				t.Error(err)
				return
			}
			users <- in.Session.User
		})
	}
	running.Wait()
	close(users)
	distinct := map[identity.UserID]bool{}
	for id := range users {
		distinct[id] = true
	}
	if len(distinct) != 1 || len(h.ledger.published("identity.user_registered.v1")) != 1 {
		t.Fatalf("%d accounts, %d events", len(distinct), len(h.ledger.published("identity.user_registered.v1")))
	}
}

func signInRotates(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	first := h.enter(t, "cleo@neoforge.test")
	h.actor(t, first.Secret)
	second, err := h.app.SignInWithPassword(t.Context(), identityapp.SignInWithPassword{
		Email: "cleo@neoforge.test", Password: password, Device: laptop, Replaces: first.Secret,
	})
	if err != nil || second.Secret == first.Secret {
		t.Fatalf("have %v", err)
	}
	h.refused(t, "the session before a password", first.Secret)

	h.provider.answers(verified("1", "cleo@neoforge.test"))
	browser, params := h.begin(t, "")
	third, err := h.app.SignInWithProvider(t.Context(), identityapp.SignInWithProvider{
		Provider: "acme", BrowserSecret: browser, Params: params, Device: laptop, Replaces: second.Secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.refused(t, "the session before a provider", second.Secret)
	h.actor(t, third.Secret)

	// A cookie that somebody planted is not taken over, whether it means anything or not.
	planted := identity.NewSecret()
	fourth, err := h.app.SignInWithPassword(t.Context(), identityapp.SignInWithPassword{
		Email: "cleo@neoforge.test", Password: password, Device: laptop, Replaces: planted,
	})
	if err != nil || fourth.Secret == planted {
		t.Fatalf("have %v", err)
	}
	h.refused(t, "the planted cookie", planted)
}

func wrongPassword(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.mustCome(t, verified("2", "ben@neoforge.test")) // has no password
	for i, email := range []string{"cleo@neoforge.test", "ben@neoforge.test", "nobody@neoforge.test", "no address", ""} {
		before := h.hasher.verified.Load()
		_, err := h.app.SignInWithPassword(t.Context(), identityapp.SignInWithPassword{Email: email, Password: "wrong-" + password, Device: laptop})
		if !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Errorf("%d %q: %v", i, email, err)
		}
		if h.hasher.verified.Load() != before+1 {
			t.Errorf("%q: no hash was computed", email)
		}
	}
	if in := h.enter(t, " CLEO@neoforge.test "); in.Secret == "" {
		t.Error("the address is not compared trimmed and in lower case")
	}
}

func guessesAreLimited(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	guess := func(email, address string) error {
		_, err := h.app.SignInWithPassword(t.Context(), identityapp.SignInWithPassword{
			Email: email, Password: "wrong-" + password, Device: identity.Device{Address: address},
		})
		return err
	}
	for i := range 10 {
		if err := guess("cleo@neoforge.test", "198.51.100."+string(rune('0'+i))); !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Fatalf("guess %d: %v", i+1, err)
		}
	}
	checked := h.hasher.verified.Load()
	_, err := h.app.SignInWithPassword(t.Context(), identityapp.SignInWithPassword{
		Email: "Cleo@neoforge.test", Password: password, Device: identity.Device{Address: "192.0.2.1"},
	})
	if f := fault.As(err); !errors.Is(err, identity.ErrTooManyAttempts) || f.RetryAfter <= 0 || f.RetryAfter > 15*time.Minute {
		t.Fatalf("the eleventh, from anywhere: %v", err)
	}
	if h.hasher.verified.Load() != checked {
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
	h.clock.Advance(15 * time.Minute)
	h.enter(t, "cleo@neoforge.test")
}

func uncountedGuess(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.limiter.away.Store(true)
	_, err := h.app.SignInWithPassword(t.Context(), identityapp.SignInWithPassword{Email: "cleo@neoforge.test", Password: password, Device: laptop})
	if !errors.Is(err, identity.ErrBusy) || fault.KindOf(err) != fault.Unavailable || h.hasher.verified.Load() != 0 {
		t.Fatalf("have %v, %d hashes", err, h.hasher.verified.Load())
	}
}

func refreshOnce(t *testing.T, h *house) {
	u := h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	pair := h.program(t, "cleo@neoforge.test")
	if pair.ExpiresIn != identity.AccessLife {
		t.Errorf("good for %s", pair.ExpiresIn)
	}
	h.clock.Advance(identity.AccessLife)
	if _, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("past its time: %v", err)
	}
	next, err := h.app.RefreshTokens(t.Context(), pair.RefreshToken)
	if err != nil || next.RefreshToken == pair.RefreshToken {
		t.Fatalf("refresh: %v", err)
	}
	a, err := h.app.AuthenticateToken(t.Context(), next.AccessToken)
	if err != nil || a.UserID != u.ID || !a.May("content.comment") {
		t.Fatalf("actor: %+v, %v", a, err)
	}
	for _, unknown := range []identity.Secret{"", identity.NewSecret()} {
		if _, err := h.app.RefreshTokens(t.Context(), unknown); !errors.Is(err, identity.ErrInvalidToken) {
			t.Errorf("an unknown token: %v", err)
		}
	}
}

func refreshReuse(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	stolen := h.program(t, "cleo@neoforge.test")
	own, err := h.app.RefreshTokens(t.Context(), stolen.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.app.AuthenticateToken(t.Context(), own.AccessToken); err != nil {
		t.Fatal(err)
	}
	if _, err := h.app.RefreshTokens(t.Context(), stolen.RefreshToken); !errors.Is(err, identity.ErrTokenReused) {
		t.Fatalf("reuse: %v", err)
	}
	if _, err := h.app.AuthenticateToken(t.Context(), own.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the access token lives on: %v", err)
	}
	if _, err := h.app.RefreshTokens(t.Context(), own.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the family's newest token lives on: %v", err)
	}
	if len(h.ledger.did("identity.refresh_token_reused")) == 0 {
		t.Error("the reuse is not in the trail")
	}
}

func refreshRace(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	pair := h.program(t, "cleo@neoforge.test")
	won := make(chan identityapp.TokenPair, 8)
	var running sync.WaitGroup
	for range cap(won) {
		running.Go(func() {
			next, err := h.app.RefreshTokens(t.Context(), pair.RefreshToken)
			switch {
			case err == nil:
				won <- next
			case !errors.Is(err, identity.ErrTokenReused) && !errors.Is(err, identity.ErrInvalidToken):
				t.Error(err)
			}
		})
	}
	running.Wait()
	close(won)
	if len(won) > 1 {
		t.Fatalf("%d refreshes succeeded", len(won))
	}
	for next := range won {
		if _, err := h.app.AuthenticateToken(t.Context(), next.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
			t.Errorf("the winner of a race with a thief: %v", err)
		}
	}
}

func programPauses(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	pair := h.program(t, "cleo@neoforge.test")
	h.clock.Advance(identity.RefreshLife - time.Minute)
	next, err := h.app.RefreshTokens(t.Context(), pair.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.app.AuthenticateToken(t.Context(), next.AccessToken); err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(identity.RefreshLife)
	if _, err := h.app.RefreshTokens(t.Context(), next.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Fatalf("past its time: %v", err)
	}
}

func signOut(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in, other := h.enter(t, "cleo@neoforge.test"), h.enter(t, "cleo@neoforge.test")
	a := h.actor(t, in.Secret)
	h.actor(t, other.Secret)
	if err := h.app.SignOut(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	h.refused(t, "signed out", in.Secret)
	h.actor(t, other.Secret)
	if err := h.app.SignOut(t.Context(), a); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if err := h.app.SignOut(t.Context(), identity.Actor{}); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}

	pair := h.program(t, "cleo@neoforge.test")
	p, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.app.SignOut(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if _, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the access token: %v", err)
	}
	if _, err := h.app.RefreshTokens(t.Context(), pair.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the refresh token: %v", err)
	}
}

func revokeOwn(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.create(t, "ben@neoforge.test", identityport.RoleMember, true)
	laptopIn, phoneIn := h.enter(t, "cleo@neoforge.test"), h.enter(t, "cleo@neoforge.test")
	cleo, ben := h.actor(t, laptopIn.Secret), h.actor(t, h.enter(t, "ben@neoforge.test").Secret)
	h.actor(t, phoneIn.Secret)
	for what, id := range map[string]string{"another's": phoneIn.Session.ID, "nobody's": goldenUser, "no id": "x"} {
		if err := h.app.RevokeSession(t.Context(), ben, id); !errors.Is(err, identity.ErrSessionNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	h.actor(t, phoneIn.Secret)
	if err := h.app.RevokeSession(t.Context(), cleo, phoneIn.Session.ID); err != nil {
		t.Fatal(err)
	}
	h.refused(t, "revoked", phoneIn.Secret)
	h.actor(t, laptopIn.Secret)
	if err := h.app.RevokeSession(t.Context(), identity.Actor{}, laptopIn.Session.ID); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}
}

func cachedSessionEnds(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.enter(t, "cleo@neoforge.test")
	h.actor(t, in.Secret)
	h.clock.Advance(identity.SessionIdle - time.Minute)
	a := h.actor(t, in.Secret) // in use once more
	p, err := h.app.Profile(t.Context(), a)
	if err != nil || len(p.Sessions) != 1 || !p.Sessions[0].LastSeenAt.After(in.Session.LastSeenAt) {
		t.Fatalf("profile: %+v, %v", p, err)
	}
	h.clock.Advance(identity.SessionIdle - time.Minute)
	h.actor(t, in.Secret)
	h.clock.Advance(identity.SessionIdle)
	h.refused(t, "idle", in.Secret)
	if p, err := h.app.Profile(t.Context(), a); err != nil || len(p.Sessions) != 0 {
		t.Errorf("profile: %+v, %v", p, err)
	}
}

func cacheAway(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.enter(t, "cleo@neoforge.test")
	a := h.actor(t, in.Secret)
	h.cache.away.Store(true)
	if err := h.app.SignOut(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	queued := h.ledger.queued("identity.forget_cached")
	if len(queued) != 1 {
		t.Fatalf("%d jobs", len(queued))
	}
	if err := h.run(t, queued[0].Kind, queued[0].Payload); err == nil {
		t.Error("the job succeeded while the cache was away")
	}
	h.cache.away.Store(false)
	if err := h.run(t, queued[0].Kind, queued[0].Payload); err != nil {
		t.Fatal(err)
	}
	h.refused(t, "signed out", in.Secret)
}

// run does a job's work.
func (h *house) run(t *testing.T, kind string, payload []byte) error {
	t.Helper()
	for _, handler := range h.app.JobHandlers() {
		if handler.Kind == kind {
			return handler.Run(t.Context(), payload)
		}
	}
	t.Fatalf("no handler of %s", kind)
	return nil
}

func profile(t *testing.T, h *house) {
	u := h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.enter(t, "cleo@neoforge.test")
	h.mustCome(t, verified("1", "cleo@neoforge.test"))
	p, err := h.app.Profile(t.Context(), h.actor(t, in.Secret))
	if err != nil {
		t.Fatal(err)
	}
	if p.User.ID != u.ID || !p.HasPassword || len(p.Sessions) != 2 || len(p.Identities) != 1 || p.Identities[0].Provider != "acme" ||
		len(p.Memberships) != 1 || p.Memberships[0].Role != identity.Owner || !p.Memberships[0].Personal {
		t.Fatalf("profile: %+v", p)
	}
	if _, err := h.app.Profile(t.Context(), identity.Actor{}); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}
	if have := h.app.Providers(); !reflect.DeepEqual(have, []identityapp.ProviderInfo{{Name: "acme", Label: "Acme"}}) {
		t.Errorf("providers: %+v", have)
	}
}

func erase(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.enter(t, "cleo@neoforge.test")
	h.mustCome(t, verified("1", "cleo@neoforge.test"))
	pair := h.program(t, "cleo@neoforge.test")
	a := h.actor(t, in.Secret)
	if err := h.app.EraseUser(t.Context(), a, a.UserID); err != nil {
		t.Fatal(err)
	}
	h.refused(t, "erased", in.Secret)
	if _, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the access token: %v", err)
	}
	if _, err := h.app.RefreshTokens(t.Context(), pair.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the refresh token: %v", err)
	}
	if _, err := h.app.Person(t.Context(), a.UserID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("person: %v", err)
	}
	if _, err := h.app.BillingContact(t.Context(), a.PersonalOrganization()); fault.KindOf(err) != fault.NotFound {
		t.Errorf("billing contact: %v", err)
	}
	erased := h.ledger.published("identity.user_erased.v1")
	if len(erased) != 1 {
		t.Fatalf("%d events", len(erased))
	}
	golden(t, "user_erased.v1.golden.json", erased[0].Payload,
		string(a.UserID), goldenUser, string(a.PersonalOrganization()), goldenOrganization)
	if acts := h.ledger.did("identity.account_erased"); len(acts) != 1 || strings.Contains(acts[0].Resource, "cleo") {
		t.Errorf("trail: %+v", acts)
	}
	if in := h.mustCome(t, verified("1", "cleo@neoforge.test")); !in.NewAccount || in.Session.User == a.UserID {
		t.Errorf("who comes again is new: %+v", in)
	}
}

func eraseOthers(t *testing.T, h *house) {
	cleo := h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.create(t, "ben@neoforge.test", identityport.RoleMember, true)
	h.create(t, "ada@neoforge.test", identityport.RoleAdministrator, true)
	ben := h.actor(t, h.enter(t, "ben@neoforge.test").Secret)
	ada := h.actor(t, h.enter(t, "ada@neoforge.test").Secret)
	if err := h.app.EraseUser(t.Context(), ben, cleo.ID); !errors.Is(err, identity.ErrUserNotFound) {
		t.Errorf("ben: %v", err)
	}
	if err := h.app.EraseUser(t.Context(), identity.Actor{}, cleo.ID); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}
	if _, err := h.app.Person(t.Context(), cleo.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.app.EraseUser(t.Context(), ada, cleo.ID); err != nil {
		t.Errorf("ada: %v", err)
	}
	if err := h.app.EraseUser(t.Context(), ada, cleo.ID); !errors.Is(err, identity.ErrUserNotFound) {
		t.Errorf("who is gone: %v", err)
	}
	if n := len(h.ledger.published("identity.user_erased.v1")); n != 1 {
		t.Errorf("%d events", n)
	}
}

func export(t *testing.T, h *house) {
	u := h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.enter(t, "cleo@neoforge.test")
	h.mustCome(t, verified("subject-1", "cleo@neoforge.test"))
	document, err := h.app.ExportUser(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{string(u.ID), "cleo@neoforge.test", "subject-1", laptop.Address, in.Session.ID, `"has_password":true`} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	for _, proof := range []string{"cheap:", in.Secret.Reveal()} {
		if bytes.Contains(text, []byte(proof)) {
			t.Errorf("the export holds the proof %q", proof)
		}
	}
	if _, err := h.app.ExportUser(t.Context(), goldenUser); !errors.Is(err, identity.ErrUserNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func welcome(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	registered := h.ledger.published("identity.user_registered.v1")
	subscribers := h.app.Subscribers()
	if len(subscribers) != 1 || subscribers[0].Name != "identity.send_welcome" || subscribers[0].Event != registered[0].Name {
		t.Fatalf("subscribers: %+v", subscribers)
	}
	for range 3 {
		if err := subscribers[0].Handle(t.Context(), registered[0]); err != nil {
			t.Fatal(err)
		}
	}
	queued := h.ledger.queued("identity.send_welcome")
	if len(queued) != 1 || bytes.Contains(queued[0].Payload, []byte("@")) {
		t.Fatalf("queued: %+v", queued)
	}
	h.letters.err = errors.New("the server is away")
	if err := h.run(t, queued[0].Kind, queued[0].Payload); err == nil {
		t.Error("a letter that was not sent is not tried again")
	}
	h.letters.err = fault.New(fault.Invalid, "mail.refused", "The address is refused.")
	if err := h.run(t, queued[0].Kind, queued[0].Payload); err != nil {
		t.Errorf("a refused address is tried again: %v", err)
	}
	h.letters.err = nil
	if err := h.run(t, queued[0].Kind, queued[0].Payload); err != nil {
		t.Fatal(err)
	}
	if len(h.letters.sent) != 1 || h.letters.sent[0].To != "cleo@neoforge.test" {
		t.Fatalf("sent: %+v", h.letters.sent)
	}

	// The published form, about somebody who is gone by now.
	payload, err := os.ReadFile("../../ports/identityport/testdata/user_registered.v1.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	e := events.Event{ID: h.deps.IDs.New(), Name: "identity.user_registered.v1", OccurredAt: h.clock.Now(), Payload: payload}
	if err := subscribers[0].Handle(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	queued = h.ledger.queued("identity.send_welcome")
	if len(queued) != 2 {
		t.Fatalf("%d jobs", len(queued))
	}
	if err := h.run(t, queued[1].Kind, queued[1].Payload); err != nil || len(h.letters.sent) != 1 {
		t.Fatalf("to nobody: %v, %d letters", err, len(h.letters.sent))
	}
}

func purge(t *testing.T, h *house) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	old := h.enter(t, "cleo@neoforge.test")
	if err := h.app.SignOut(t.Context(), h.actor(t, old.Secret)); err != nil {
		t.Fatal(err)
	}
	h.begin(t, "")
	if s := h.app.Schedules(); len(s) != 1 || s[0].Kind != "identity.purge_ended" || s[0].Every != time.Hour {
		t.Fatalf("schedules: %+v", s)
	}
	if err := h.run(t, "identity.purge_ended", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.deps.Reads.Session(t.Context(), old.Session.ID); err != nil {
		t.Errorf("a session that ended just now: %v", err)
	}
	h.clock.Advance(31 * 24 * time.Hour)
	live := h.enter(t, "cleo@neoforge.test")
	if err := h.run(t, "identity.purge_ended", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.deps.Reads.Session(t.Context(), old.Session.ID); !errors.Is(err, identity.ErrSessionNotFound) {
		t.Errorf("a session that ended long ago: %v", err)
	}
	h.actor(t, live.Secret)
}

func createUser(t *testing.T, h *house) {
	good := identityapp.CreateUser{Email: "ada@neoforge.test", Role: identityport.RoleAdministrator, EmailVerified: true}
	u, err := h.app.CreateUser(t.Context(), good)
	if err != nil || u.Name != "ada" || u.Role != identityport.RoleAdministrator {
		t.Fatalf("created %+v, %v", u, err)
	}
	for want, change := range map[error]func(*identityapp.CreateUser){
		identity.ErrEmailTaken:   func(c *identityapp.CreateUser) { c.Email = "ADA@neoforge.test" },
		identity.ErrInvalidEmail: func(c *identityapp.CreateUser) { c.Email = "ada" },
		identity.ErrUnknownRole:  func(c *identityapp.CreateUser) { c.Role = "root" },
		identity.ErrWeakPassword: func(c *identityapp.CreateUser) { c.Password = "short" },
		identity.ErrInvalidName:  func(c *identityapp.CreateUser) { c.Name = "a\x00" },
	} {
		c := good
		change(&c)
		if _, err := h.app.CreateUser(t.Context(), c); !errors.Is(err, want) {
			t.Errorf("have %v, want %v", err, want)
		}
	}
	if acts := h.ledger.did("identity.account_created"); len(acts) != 1 || acts[0].Actor != "system" {
		t.Errorf("trail: %+v", acts)
	}
}

func directory(t *testing.T, h *house) {
	u := h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	want := identityport.Person{ID: u.ID, Name: "cleo", Email: "cleo@neoforge.test"}
	if have, err := h.app.Person(t.Context(), u.ID); err != nil || have != want {
		t.Errorf("person: %+v, %v", have, err)
	}
	a := h.actor(t, h.enter(t, "cleo@neoforge.test").Secret)
	if have, err := h.app.BillingContact(t.Context(), a.PersonalOrganization()); err != nil || have != want {
		t.Errorf("billing contact: %+v, %v", have, err)
	}
	if _, err := h.app.BillingContact(t.Context(), goldenOrganization); fault.KindOf(err) != fault.NotFound {
		t.Errorf("nobody's organization: %v", err)
	}
}
