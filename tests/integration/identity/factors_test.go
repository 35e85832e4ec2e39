package identity_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// Of many who bring the same code, recovery code or challenge one comes in.
func TestSecondFactor_IsUsedOnceHoweverManyBringIt(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		actor, _ := h.MustSignIn(t, "cleo@neoforge.test")
		secret, codes := h.MustAddTOTP(t, actor)
		key, _ := h.MustAddPasskey(t, actor, "Laptop")
		deps := h.Deps
		deps.Limiter = generous{}
		app, err := fixture.NewIdentity(deps)
		if err != nil {
			t.Fatal(err)
		}
		due := func(t *testing.T) identity.Secret {
			t.Helper()
			in, err := app.SignInWithPassword(t.Context(), signin.SignInWithPassword{Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop})
			if err != nil {
				t.Fatal(err)
			}
			return in.SecondFactor
		}
		for round := range fixture.Rounds(200) {
			h.Clock.Advance(time.Minute)
			var once func(ctx context.Context) error
			finish := func(challenge identity.Secret, p identity.FactorProof) func(ctx context.Context) error {
				return func(ctx context.Context) error {
					_, err := app.FinishSignIn(ctx, signin.FinishSignIn{Challenge: challenge, Proof: p, Device: fixture.Laptop})
					return err
				}
			}
			switch round % 4 {
			case 0: // one code, a challenge each
				code := h.MustCode(t, secret)
				challenges := make(chan identity.Secret, 4)
				for range cap(challenges) {
					challenges <- due(t)
				}
				once = func(ctx context.Context) error {
					return finish(<-challenges, identity.FactorProof{Code: code})(ctx)
				}
			case 1: // one recovery code, a challenge each
				if round%40 == 1 {
					// In use, or the many sign-ins of this test would end it.
					h.MustDo(t, func(ctx context.Context, s identity.Stores) error {
						return s.Sessions.Touch(ctx, actor.SessionID, h.Clock.Now())
					})
					fresh, err := app.MakeRecoveryCodes(t.Context(), fixture.WithProof(actor, h.Clock.Now()))
					if err != nil {
						t.Fatal(err)
					}
					codes = fresh
				}
				code := string(codes[(round/4)%len(codes)])
				challenges := make(chan identity.Secret, 4)
				for range cap(challenges) {
					challenges <- due(t)
				}
				once = func(ctx context.Context) error {
					return finish(<-challenges, identity.FactorProof{Code: code})(ctx)
				}
			case 2: // one challenge, one code
				once = finish(due(t), identity.FactorProof{Code: h.MustCode(t, secret)})
			default: // one answer of a passkey
				begun, err := app.BeginPasskeySignIn(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				response := key.Proves(t, begun.Options)
				once = func(ctx context.Context) error {
					_, err := app.SignInWithPasskey(ctx, signin.SignInWithPasskey{Challenge: begun.Challenge, Response: response, Device: fixture.Laptop})
					return err
				}
			}
			n, failed := many(t.Context(), 4, once)
			if n != 1 {
				t.Fatalf("round %d: %d came in; %v", round, n, failed)
			}
			for _, err := range failed {
				if !errors.Is(err, identity.ErrCodeWrong) && !errors.Is(err, identity.ErrChallengeUnknown) {
					t.Fatalf("round %d: %v", round, err)
				}
			}
		}
	})
}

// TestConfirm_HoldsOnTheOtherReplica has two replicas on one database and
// one Redis: what one proves counts at the other at the next request.
func TestConfirm_HoldsOnTheOtherReplica(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			redis := harness.Redis(t)
			here, there := replica(t, h, redis), replica(t, h, redis)
			_, in := h.MustSignIn(t, "cleo@neoforge.test")
			secret := in.Secret
			for round := range 10 {
				h.Clock.Advance(identityport.RecentAuthentication)
				for _, app := range []*fixture.Identity{here, there} {
					a, err := app.AuthenticateSession(t.Context(), secret)
					if err != nil || a.RecentlyAuthenticated(h.Clock.Now()) {
						t.Fatalf("round %d: %+v, %v", round, a, err)
					}
				}
				a, err := here.AuthenticateSession(t.Context(), secret)
				if err != nil {
					t.Fatal(err)
				}
				done, err := here.Confirm(t.Context(), account.Confirm{Actor: a, Password: fixture.Password})
				if err != nil {
					t.Fatal(err)
				}
				for what, app := range map[string]*fixture.Identity{"here": here, "there": there} {
					if a, err := app.AuthenticateSession(t.Context(), done.Secret); err != nil || !a.RecentlyAuthenticated(h.Clock.Now()) {
						t.Fatalf("round %d, %s: %+v, %v", round, what, a, err)
					}
					if _, err := app.AuthenticateSession(t.Context(), secret); !errors.Is(err, identity.ErrNotSignedIn) {
						t.Fatalf("round %d, %s: the old cookie: %v", round, what, err)
					}
				}
				secret = done.Secret
			}
		})
	}
}

// many runs fn n times at the same moment and counts what succeeded.
func many(ctx context.Context, n int, fn func(ctx context.Context) error) (succeeded int, failed []error) {
	ready, done := make(chan struct{}), make(chan error)
	for range n {
		go func() {
			<-ready
			done <- fn(ctx)
		}()
	}
	close(ready)
	for range n {
		if err := <-done; err != nil {
			failed = append(failed, err)
		} else {
			succeeded++
		}
	}
	return succeeded, failed
}

// generous is a limiter that lets everybody: what is tested beneath it must hold
// without it.
type generous struct{}

func (generous) Allow(context.Context, string, ratelimit.Limit) (ratelimit.Decision, error) {
	return ratelimit.Decision{Allowed: true}, nil
}

func (generous) GiveBack(context.Context, string, ratelimit.Limit) error { return nil }

func TestRemoveFactor_RefusesTheLastOneThatIsRequired(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustRequireFactor(t, identity.RequireEverybody)
		cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
		h.MustAddTOTP(t, cleo)
		fixture.FailsWith(t, "the only one", h.RemoveTOTP(t.Context(), cleo), identity.ErrLastSecondFactor)
		_, added := h.MustAddPasskey(t, cleo, "Laptop")
		if err := h.RemoveTOTP(t.Context(), cleo); err != nil {
			t.Fatal(err)
		}
		fixture.FailsWith(t, "the passkey that is left", h.RemovePasskey(t.Context(), cleo, added.Passkey.ID), identity.ErrLastSecondFactor)

		// Of two that are taken at once one stays.
		h.MustAddTOTP(t, cleo)
		if now := h.Clock.Now(); !cleo.RecentlyAuthenticated(now) {
			t.Fatalf("the proof is of %v, now is %v", cleo.AuthenticatedAt, now)
		}
		all := fixture.AtOnce(
			func() error { return h.RemoveTOTP(t.Context(), cleo) },
			func() error { return h.RemovePasskey(t.Context(), cleo, added.Passkey.ID) },
		)
		refused := 0
		for _, err := range all {
			if errors.Is(err, identity.ErrLastSecondFactor) {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		}
		if refused != 1 {
			t.Errorf("%d of two were refused: %v", refused, all)
		}
	})
}

// TestSecondFactorRequired_HoldsOnEveryReplica has a session in the caches of two
// replicas while an organization begins to require a factor, and one is set up.
func TestSecondFactorRequired_HoldsOnEveryReplica(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			h.Deps.SecondFactor = identity.FactorPolicy{Grace: 0}
			redis := harness.Redis(t)
			here, there := replica(t, h, redis), replica(t, h, redis)
			h.Identity = here
			ben, _ := h.MustSignIn(t, "ben@neoforge.test")
			cleo, in := h.MustSignIn(t, "cleo@neoforge.test")
			forge := h.MustFound(t, ben)
			h.MustAdmit(t, ben, cleo, forge, identity.Staff)
			h.MustAddTOTP(t, ben)
			memberIn := func(app *fixture.Identity) bool {
				t.Helper()
				a, err := app.AuthenticateSession(t.Context(), in.Secret)
				if err != nil {
					t.Fatal(err)
				}
				return a.MemberOf(forge)
			}
			if !memberIn(here) || !memberIn(there) {
				t.Fatal("not a member to begin with")
			}
			if err := here.RequireSecondFactor(t.Context(), ben, forge, true); err != nil {
				t.Fatal(err)
			}
			if memberIn(here) || memberIn(there) {
				t.Error("a replica does not know that a factor is required")
			}
			h.Identity = there
			h.MustAddTOTP(t, h.MustHolder(t, in.Secret))
			if !memberIn(here) || !memberIn(there) {
				t.Error("a replica does not know of the factor")
			}
		})
	}
}
