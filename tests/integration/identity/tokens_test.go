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

// bearerOf is who a personal access token makes of a request.
func bearerOf(t *testing.T, h *fixture.Room, secret identity.Secret) identity.Actor {
	t.Helper()
	a, err := h.AuthenticatePersonalToken(t.Context(), secret, "198.51.100.9")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCreatePersonalToken_ActsForItsPersonWithinScopes(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		ada := h.MustCreate(t, "ada@neoforge.test", identityport.RoleAdministrator, true)
		a := h.MustActor(t, h.MustEnter(t, "ada@neoforge.test").Secret)
		token, secret := h.MustIssueToken(t, a, 30, identity.ScopeRead, "content.comment")
		if !identity.IsPersonalSecret(secret.Reveal()) || strings.Contains(string(token.Hash), secret.Reveal()) {
			t.Errorf("issued %+v", token)
		}
		b := bearerOf(t, h, secret)
		if b.UserID != ada.ID || b.TokenID != token.ID || b.SessionID != "" || !slices.Equal(b.Permissions, []identity.Permission{"content.comment"}) ||
			!slices.Equal(b.Scopes, []string{"content.comment", "read"}) || b.RecentlyAuthenticated(h.Clock.Now()) || len(b.Organizations) != 1 {
			t.Errorf("acts as %+v", b)
		}
		for range 2 { // the first use is noted at once, the next not before five minutes
			bearerOf(t, h, secret)
		}
		used := func() identity.PersonalToken {
			all, err := h.PersonalTokens(t.Context(), a)
			if err != nil || len(all) != 1 {
				t.Fatalf("%+v, %v", all, err)
			}
			return all[0]
		}
		first := used()
		if first.LastUsedAt.IsZero() || first.LastUsedFrom != "198.51.100.9" {
			t.Errorf("used: %+v", first)
		}
		h.Clock.Advance(identity.PersonalTokenTouch)
		bearerOf(t, h, secret)
		if again := used(); !again.LastUsedAt.After(first.LastUsedAt) {
			t.Errorf("used again: %+v", again)
		}
		if len(h.Ledger.Did("identity.token_created")) != 1 {
			t.Error("the token is not in the trail")
		}

		// A token is not a person: it makes nothing that outlives it.
		if _, _, err := h.CreatePersonalToken(t.Context(), b, account.CreatePersonalToken{Name: "x", Scopes: []identity.Scope{identity.ScopeRead}}); !errors.Is(err, identity.ErrNeedsPerson) {
			t.Errorf("a token makes a token: %v", err)
		}
		if _, err := h.RevokeOtherSessions(t.Context(), b); !errors.Is(err, identity.ErrNeedsPerson) {
			t.Errorf("a token signs its person out: %v", err)
		}
		if err := h.RevokeSession(t.Context(), b, a.SessionID); !errors.Is(err, identity.ErrNeedsPerson) {
			t.Errorf("a token ends a session: %v", err)
		}
		if err := h.RevokePersonalToken(t.Context(), b, token.ID); !errors.Is(err, identity.ErrNeedsPerson) {
			t.Errorf("a token revokes a token: %v", err)
		}
		if err := h.SignOut(t.Context(), b); !errors.Is(err, identity.ErrNotSignedIn) {
			t.Errorf("a token signs out: %v", err)
		}
		if _, err := h.AuthenticateSession(t.Context(), secret); !errors.Is(err, identity.ErrNotSignedIn) {
			t.Errorf("a token as a cookie: %v", err)
		}
		if _, err := h.AuthenticateToken(t.Context(), secret.Reveal()); !errors.Is(err, identity.ErrInvalidToken) {
			t.Errorf("a token as a JWT: %v", err)
		}
		if _, err := h.RefreshTokens(t.Context(), secret); !errors.Is(err, identity.ErrInvalidToken) {
			t.Errorf("a token as a refresh token: %v", err)
		}
		stale := a
		stale.AuthenticatedAt = h.Clock.Now().Add(-identityport.RecentAuthentication)
		if _, _, err := h.CreatePersonalToken(t.Context(), stale, account.CreatePersonalToken{Name: "x", Scopes: []identity.Scope{identity.ScopeRead}}); !errors.Is(err, identity.ErrNotRecent) {
			t.Errorf("without a recent proof: %v", err)
		}
	})
}

func TestRevokePersonalToken_EndsItAsAgeAndErasureDo(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		cleo := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
		a, ben := h.MustActor(t, h.MustEnter(t, "cleo@neoforge.test").Secret), h.MustActor(t, h.MustEnter(t, "ben@neoforge.test").Secret)
		revoked, revokedSecret := h.MustIssueToken(t, a, 0, identity.ScopeRead)
		_, month := h.MustIssueToken(t, a, 30, identity.ScopeRead)
		_, endless := h.MustIssueToken(t, a, 0, identity.ScopeWrite)
		for _, s := range []identity.Secret{revokedSecret, month, endless} {
			bearerOf(t, h, s)
		}
		for what, id := range map[string]string{"another's": revoked.ID, "nobody's": fixture.GoldenUser, "no id": "x"} {
			if err := h.RevokePersonalToken(t.Context(), ben, id); !errors.Is(err, identity.ErrTokenNotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		bearerOf(t, h, revokedSecret)
		if err := h.RevokePersonalToken(t.Context(), a, revoked.ID); err != nil {
			t.Fatal(err)
		}
		fixture.MustRefuseToken(t, h.Identity, "revoked", revokedSecret)
		if err := h.RevokePersonalToken(t.Context(), a, revoked.ID); !errors.Is(err, identity.ErrTokenNotFound) {
			t.Errorf("revoked twice: %v", err)
		}

		for what, tampered := range map[string]identity.Secret{
			"nothing": "", "the prefix": "nfp_", "another": identity.NewPersonalSecret(), "lower case": identity.Secret(strings.ToLower(endless.Reveal())),
			"one letter more": endless + "A", "cut": endless[:len(endless)-1], "spaced": " " + endless, "without its prefix": endless[4:],
		} {
			fixture.MustRefuseToken(t, h.Identity, what, tampered)
		}

		h.Clock.Advance(30*24*time.Hour - time.Minute)
		bearerOf(t, h, month)
		h.Clock.Advance(time.Minute + time.Second)
		fixture.MustRefuseToken(t, h.Identity, "expired", month)
		bearerOf(t, h, endless)
		h.Clock.Advance(2 * keptEnded)
		if err := h.Run(t, "identity.purge_ended", nil); err != nil {
			t.Fatal(err)
		}
		if all, err := h.PersonalTokens(t.Context(), a); err != nil || len(all) != 1 || all[0].Scopes[0] != identity.ScopeWrite {
			t.Errorf("kept: %+v, %v", all, err)
		}
		bearerOf(t, h, endless)
		if err := h.EraseUser(t.Context(), a, cleo.ID); err != nil {
			t.Fatal(err)
		}
		fixture.MustRefuseToken(t, h.Identity, "of an erased person", endless)
	})
}

// keptEnded is how long what has ended is kept.
const keptEnded = 30 * 24 * time.Hour

func TestCreatePersonalToken_IsBoundedHoweverManyAtOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		a := h.MustActor(t, h.MustEnter(t, "cleo@neoforge.test").Secret)
		for range identity.MaxPersonalTokens - 3 {
			h.MustIssueToken(t, a, 0, identity.ScopeRead)
		}
		var all sync.WaitGroup
		made := make(chan struct{}, 12)
		for range cap(made) {
			all.Go(func() {
				_, _, err := h.CreatePersonalToken(t.Context(), a, account.CreatePersonalToken{Name: "x", Scopes: []identity.Scope{identity.ScopeRead}})
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
	})
}

func TestSignInWithPassword_TellsOneOfANewDevice(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
	})
}

// TestRefreshTokens_AtOnce redeems one refresh token many times at once, two hundred
// times over: one gets a pair, and the family ends.
func TestRefreshTokens_AtOnce(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
			for round := range fixture.Rounds(200) {
				h.Clock.Advance(identity.AccessTTL) // lets the limit on guesses recover
				pair := h.MustSignInProgram(t, "cleo@neoforge.test")
				won := make(chan signin.TokenPair, 4)
				var all sync.WaitGroup
				for range cap(won) {
					all.Go(func() {
						next, err := h.RefreshTokens(t.Context(), pair.RefreshToken)
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
				if _, err := h.AuthenticateToken(t.Context(), next.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
					t.Fatalf("round %d: the winner of a race with a thief: %v", round, err)
				}
				if _, err := h.RefreshTokens(t.Context(), next.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
					t.Fatalf("round %d: the family goes on: %v", round, err)
				}
			}
		})
	}
}

// TestRevoke_EndsTokensAndSessionsOnEveryReplica has two replicas on one database and one
// Redis: what one ends, the other refuses at its next request.
func TestRevoke_EndsTokensAndSessionsOnEveryReplica(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			redis := harness.Redis(t)
			here, there := replica(t, h, redis), replica(t, h, redis)
			cleo := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
			for round := range 10 {
				h.Clock.Advance(identity.AccessTTL)
				kept, other := h.MustEnter(t, "cleo@neoforge.test"), h.MustEnter(t, "cleo@neoforge.test")
				a, err := here.AuthenticateSession(t.Context(), kept.Secret)
				if err != nil {
					t.Fatal(err)
				}
				token, secret := h.MustIssueToken(t, a, 0, identity.ScopeRead)
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
					fixture.MustRefuseToken(t, app, what, secret)
					if _, err := app.AuthenticateSession(t.Context(), kept.Secret); err != nil {
						t.Fatalf("round %d: the one that is kept, %s: %v", round, what, err)
					}
				}
			}
			in := h.MustEnter(t, "cleo@neoforge.test")
			a, err := there.AuthenticateSession(t.Context(), in.Secret)
			if err != nil {
				t.Fatal(err)
			}
			_, secret := h.MustIssueToken(t, a, 0, identity.ScopeRead)
			if _, err := there.AuthenticatePersonalToken(t.Context(), secret, ""); err != nil {
				t.Fatal(err)
			}
			if err := here.EraseUser(t.Context(), a, cleo.ID); err != nil {
				t.Fatal(err)
			}
			fixture.MustRefuseToken(t, there, "of an erased person", secret)
		})
	}
}
