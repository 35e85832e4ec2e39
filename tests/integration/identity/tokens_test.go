package identity_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

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

// TestRefreshTokens_SucceedOnceInEveryRound redeems one refresh token many times at once, two hundred
// times over: one gets a pair, and the family ends.
func TestRefreshTokens_SucceedOnceInEveryRound(t *testing.T) {
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

func TestRefreshTokens_SucceedOnceOfManyAtOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		pair := h.MustSignInProgram(t, "cleo@neoforge.test")
		won := make(chan signin.TokenPair, 8)
		var running sync.WaitGroup
		for range cap(won) {
			running.Go(func() {
				next, err := h.RefreshTokens(t.Context(), pair.RefreshToken)
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
			if _, err := h.AuthenticateToken(t.Context(), next.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
				t.Errorf("the winner of a race with a thief: %v", err)
			}
		}
	})
}
