package identity_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// issue makes a personal access token of whoever is signed in.
func (h *testApp) issue(t *testing.T, a identity.Actor, days int, scopes ...identity.Scope) (identity.PersonalToken, identity.Secret) {
	t.Helper()
	token, secret, err := h.app.CreatePersonalToken(t.Context(), a, account.CreatePersonalToken{Name: "Backups", Scopes: scopes, Days: days})
	if err != nil {
		t.Fatal(err)
	}
	return token, secret
}

// bears is who a personal access token makes of a request.
func (h *testApp) bears(t *testing.T, secret identity.Secret) identity.Actor {
	t.Helper()
	a, err := h.app.AuthenticatePersonalToken(t.Context(), secret, "198.51.100.9")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func refuses(t *testing.T, app *fixture.Identity, what string, secret identity.Secret) {
	t.Helper()
	if a, err := app.AuthenticatePersonalToken(t.Context(), secret, "198.51.100.9"); !errors.Is(err, identity.ErrInvalidToken) || a.SignedIn() {
		t.Errorf("%s: still %+v, %v", what, a, err)
	}
}

func personalToken(t *testing.T, h *testApp) {
	ada := h.create(t, "ada@neoforge.test", identityport.RoleAdministrator, true)
	a := h.actor(t, h.enter(t, "ada@neoforge.test").Secret)
	token, secret := h.issue(t, a, 30, identity.ScopeRead, "content.comment")
	if !identity.IsPersonalSecret(secret.Reveal()) || strings.Contains(string(token.Hash), secret.Reveal()) {
		t.Errorf("issued %+v", token)
	}
	b := h.bears(t, secret)
	if b.UserID != ada.ID || b.TokenID != token.ID || b.SessionID != "" || !slices.Equal(b.Permissions, []identity.Permission{"content.comment"}) ||
		!slices.Equal(b.Scopes, []string{"content.comment", "read"}) || b.RecentlyAuthenticated(h.clock.Now()) || len(b.Organizations) != 1 {
		t.Errorf("acts as %+v", b)
	}
	for range 2 { // the first use is noted at once, the next not before five minutes
		h.bears(t, secret)
	}
	used := func() identity.PersonalToken {
		all, err := h.app.PersonalTokens(t.Context(), a)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0]
	}
	first := used()
	if first.LastUsedAt.IsZero() || first.LastUsedFrom != "198.51.100.9" {
		t.Errorf("used: %+v", first)
	}
	h.clock.Advance(identity.PersonalTokenTouch)
	h.bears(t, secret)
	if again := used(); !again.LastUsedAt.After(first.LastUsedAt) {
		t.Errorf("used again: %+v", again)
	}
	if len(h.ledger.Did("identity.token_created")) != 1 {
		t.Error("the token is not in the trail")
	}

	// A token is not a person: it makes nothing that outlives it.
	if _, _, err := h.app.CreatePersonalToken(t.Context(), b, account.CreatePersonalToken{Name: "x", Scopes: []identity.Scope{identity.ScopeRead}}); !errors.Is(err, identity.ErrNeedsPerson) {
		t.Errorf("a token makes a token: %v", err)
	}
	if _, err := h.app.RevokeOtherSessions(t.Context(), b); !errors.Is(err, identity.ErrNeedsPerson) {
		t.Errorf("a token signs its person out: %v", err)
	}
	if err := h.app.RevokeSession(t.Context(), b, a.SessionID); !errors.Is(err, identity.ErrNeedsPerson) {
		t.Errorf("a token ends a session: %v", err)
	}
	if err := h.app.RevokePersonalToken(t.Context(), b, token.ID); !errors.Is(err, identity.ErrNeedsPerson) {
		t.Errorf("a token revokes a token: %v", err)
	}
	if err := h.app.SignOut(t.Context(), b); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a token signs out: %v", err)
	}
	if _, err := h.app.AuthenticateSession(t.Context(), secret); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a token as a cookie: %v", err)
	}
	if _, err := h.app.AuthenticateToken(t.Context(), secret.Reveal()); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("a token as a JWT: %v", err)
	}
	if _, err := h.app.RefreshTokens(t.Context(), secret); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("a token as a refresh token: %v", err)
	}
	stale := a
	stale.AuthenticatedAt = h.clock.Now().Add(-identityport.RecentAuthentication)
	if _, _, err := h.app.CreatePersonalToken(t.Context(), stale, account.CreatePersonalToken{Name: "x", Scopes: []identity.Scope{identity.ScopeRead}}); !errors.Is(err, identity.ErrNotRecent) {
		t.Errorf("without a recent proof: %v", err)
	}
}

func personalTokenEnds(t *testing.T, h *testApp) {
	cleo := h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.create(t, "ben@neoforge.test", identityport.RoleMember, true)
	a, ben := h.actor(t, h.enter(t, "cleo@neoforge.test").Secret), h.actor(t, h.enter(t, "ben@neoforge.test").Secret)
	revoked, revokedSecret := h.issue(t, a, 0, identity.ScopeRead)
	_, month := h.issue(t, a, 30, identity.ScopeRead)
	_, endless := h.issue(t, a, 0, identity.ScopeWrite)
	for _, s := range []identity.Secret{revokedSecret, month, endless} {
		h.bears(t, s)
	}
	for what, id := range map[string]string{"another's": revoked.ID, "nobody's": fixture.GoldenUser, "no id": "x"} {
		if err := h.app.RevokePersonalToken(t.Context(), ben, id); !errors.Is(err, identity.ErrTokenNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	h.bears(t, revokedSecret)
	if err := h.app.RevokePersonalToken(t.Context(), a, revoked.ID); err != nil {
		t.Fatal(err)
	}
	refuses(t, h.app, "revoked", revokedSecret)
	if err := h.app.RevokePersonalToken(t.Context(), a, revoked.ID); !errors.Is(err, identity.ErrTokenNotFound) {
		t.Errorf("revoked twice: %v", err)
	}

	for what, tampered := range map[string]identity.Secret{
		"nothing": "", "the prefix": "nfp_", "another": identity.NewPersonalSecret(), "lower case": identity.Secret(strings.ToLower(endless.Reveal())),
		"one letter more": endless + "A", "cut": endless[:len(endless)-1], "spaced": " " + endless, "without its prefix": endless[4:],
	} {
		refuses(t, h.app, what, tampered)
	}

	h.clock.Advance(30*24*time.Hour - time.Minute)
	h.bears(t, month)
	h.clock.Advance(time.Minute + time.Second)
	refuses(t, h.app, "expired", month)
	h.bears(t, endless)
	h.clock.Advance(2 * keptEnded)
	if err := h.run(t, "identity.purge_ended", nil); err != nil {
		t.Fatal(err)
	}
	if all, err := h.app.PersonalTokens(t.Context(), a); err != nil || len(all) != 1 || all[0].Scopes[0] != identity.ScopeWrite {
		t.Errorf("kept: %+v, %v", all, err)
	}
	h.bears(t, endless)
	if err := h.app.EraseUser(t.Context(), a, cleo.ID); err != nil {
		t.Fatal(err)
	}
	refuses(t, h.app, "of an erased person", endless)
}

// keptEnded is how long what has ended is kept.
const keptEnded = 30 * 24 * time.Hour

func manyPersonalTokens(t *testing.T, h *testApp) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	a := h.actor(t, h.enter(t, "cleo@neoforge.test").Secret)
	for range identity.MaxPersonalTokens - 3 {
		h.issue(t, a, 0, identity.ScopeRead)
	}
	var all sync.WaitGroup
	made := make(chan struct{}, 12)
	for range cap(made) {
		all.Go(func() {
			_, _, err := h.app.CreatePersonalToken(t.Context(), a, account.CreatePersonalToken{Name: "x", Scopes: []identity.Scope{identity.ScopeRead}})
			switch {
			case err == nil:
				made <- struct{}{}
			case !errors.Is(err, identity.ErrTooManyTokens):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(made) != 3 {
		t.Errorf("%d more than may be", len(made)-3)
	}
}

func newDevice(t *testing.T, h *testApp) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	told := func() int {
		n := 0
		for _, j := range h.ledger.Queued("identity.send_mail") {
			if strings.Contains(string(j.Payload), "new_device") {
				n++
			}
		}
		return n
	}
	enter := func(agent, address string) {
		t.Helper()
		_, err := h.app.SignInWithPassword(t.Context(), signin.SignInWithPassword{
			Email: "cleo@neoforge.test", Password: fixture.Password, Device: identity.Device{UserAgent: agent, Address: address},
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
	h.program(t, "cleo@neoforge.test")
	if have := told(); have != 3 {
		t.Errorf("a program: %d mails", have)
	}
	for _, j := range h.ledger.Queued("identity.send_mail") {
		if err := h.run(t, j.Kind, j.Payload); err != nil {
			t.Fatal(err)
		}
	}
	found := false
	for _, m := range h.outbox.Sent {
		found = found || m.To == "cleo@neoforge.test" && strings.Contains(m.Text, "Chrome on Linux, at the network address 203.0.113.7")
	}
	if !found {
		t.Errorf("sent: %+v", h.outbox.Sent)
	}
}

// TestRefreshingAtOnce redeems one refresh token many times at once, two hundred
// times over: one gets a pair, and the family ends.
func TestRefreshingAtOnce(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestApp(t, open(t))
			h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
			for round := range fixture.Rounds(200) {
				h.clock.Advance(identity.AccessTTL) // lets the limit on guesses recover
				pair := h.program(t, "cleo@neoforge.test")
				won := make(chan signin.TokenPair, 4)
				var all sync.WaitGroup
				for range cap(won) {
					all.Go(func() {
						next, err := h.app.RefreshTokens(t.Context(), pair.RefreshToken)
						switch {
						case err == nil:
							won <- next
						case !errors.Is(err, identity.ErrTokenReused):
							t.Errorf("round %d: %v", round, err)
						}
					})
				}
				all.Wait()
				if len(won) != 1 {
					t.Fatalf("round %d: %d refreshes succeeded", round, len(won))
				}
				next := <-won
				if _, err := h.app.AuthenticateToken(t.Context(), next.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
					t.Fatalf("round %d: the winner of a race with a thief: %v", round, err)
				}
				if _, err := h.app.RefreshTokens(t.Context(), next.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
					t.Fatalf("round %d: the family goes on: %v", round, err)
				}
			}
		})
	}
}

// TestTokensAndSessionsEndOnEveryReplica has two replicas on one database and one
// Redis: what one ends, the other refuses at its next request.
func TestTokensAndSessionsEndOnEveryReplica(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestApp(t, open(t))
			redis := harness.Redis(t)
			here, there := replica(t, h, redis), replica(t, h, redis)
			cleo := h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
			for round := range 10 {
				h.clock.Advance(identity.AccessTTL)
				kept, other := h.enter(t, "cleo@neoforge.test"), h.enter(t, "cleo@neoforge.test")
				a, err := here.AuthenticateSession(t.Context(), kept.Secret)
				if err != nil {
					t.Fatal(err)
				}
				token, secret := h.issue(t, a, 0, identity.ScopeRead)
				for _, app := range []*fixture.Identity{here, there, here, there} {
					_, errSession := app.AuthenticateSession(t.Context(), other.Secret)
					_, errToken := app.AuthenticatePersonalToken(t.Context(), secret, "198.51.100.9")
					if err := errors.Join(errSession, errToken); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := here.RevokeOtherSessions(t.Context(), a); err != nil {
					t.Fatal(err)
				}
				if err := here.RevokePersonalToken(t.Context(), a, token.ID); err != nil {
					t.Fatal(err)
				}
				for what, app := range map[string]*fixture.Identity{"there": there, "here": here} {
					if _, err := app.AuthenticateSession(t.Context(), other.Secret); !errors.Is(err, identity.ErrNotSignedIn) {
						t.Fatalf("round %d: still signed in %s: %v", round, what, err)
					}
					refuses(t, app, what, secret)
					if _, err := app.AuthenticateSession(t.Context(), kept.Secret); err != nil {
						t.Fatalf("round %d: the one that is kept, %s: %v", round, what, err)
					}
				}
			}
			in := h.enter(t, "cleo@neoforge.test")
			a, err := there.AuthenticateSession(t.Context(), in.Secret)
			if err != nil {
				t.Fatal(err)
			}
			_, secret := h.issue(t, a, 0, identity.ScopeRead)
			if _, err := there.AuthenticatePersonalToken(t.Context(), secret, ""); err != nil {
				t.Fatal(err)
			}
			if err := here.EraseUser(t.Context(), a, cleo.ID); err != nil {
				t.Fatal(err)
			}
			refuses(t, there, "of an erased person", secret)
		})
	}
}
