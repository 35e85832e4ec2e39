package identity_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// ends are what ends every sign-in of a person, done by them in the session own.
var ends = map[string]func(t *testing.T, h *fixture.Room, own identity.Actor) error{
	"a reset": func(t *testing.T, h *fixture.Room, _ identity.Actor) error {
		h.MustForgetPassword(t, "cleo@neoforge.test")
		return h.SetForgottenPassword(t, fixture.MustLink(t, h.MustMailWithLink(t, "cleo@neoforge.test", "/reset"), "/reset"), fixture.OtherPassword)
	},
	"another password": func(t *testing.T, h *fixture.Room, own identity.Actor) error {
		_, err := h.ChangePassword(t.Context(), own, account.ChangePassword{Password: fixture.OtherPassword})
		return err
	},
	"signing out everywhere else": func(t *testing.T, h *fixture.Room, own identity.Actor) error {
		_, err := h.RevokeOtherSessions(t.Context(), own)
		return err
	},
	"an administrator who signs them out": func(t *testing.T, h *fixture.Room, own identity.Actor) error {
		root := h.MustNewcomer(t, identityport.RoleAdministrator, identity.PermissionManageUsers)
		return h.SignOutUser(t.Context(), root, own.UserID)
	},
	"a suspension that was lifted": func(t *testing.T, h *fixture.Room, own identity.Actor) error {
		root := h.MustNewcomer(t, identityport.RoleAdministrator, identity.PermissionManageUsers)
		err := h.SuspendUser(t.Context(), root, own.UserID, "A test.")
		return errors.Join(err, h.RestoreUser(t.Context(), root, own.UserID))
	},
}

// onEnds runs a story once for each database and each thing that ends sign-ins.
func onEnds(t *testing.T, story func(t *testing.T, h *fixture.Room, end func(own identity.Actor))) {
	t.Helper()
	t.Parallel()
	for database, open := range fixture.Databases {
		for name, end := range ends {
			t.Run(database+"/"+name, func(t *testing.T) {
				t.Parallel()
				h := fixture.NewRoom(t, open(t))
				story(t, h, func(own identity.Actor) {
					if err := end(t, h, own); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				})
			})
		}
	}
}

// A password is verified before the transaction that opens the session: what ends all
// sign-ins in between ends this one too.
func TestSignIn_IsEndedByWhatEndsAllWhileThePasswordIsVerified(t *testing.T) {
	onEnds(t, func(t *testing.T, h *fixture.Room, end func(identity.Actor)) {
		own, _ := h.MustSignIn(t, "cleo@neoforge.test")
		cmd := signin.SignInWithPassword{Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop}
		meanwhile(h, func() { end(own) })
		if in, err := h.SignInWithPassword(t.Context(), cmd); !errors.Is(err, identity.ErrSignInEnded) || in.Secret != "" {
			t.Errorf("a browser: %+v, %v", in, err)
		}
		if open, err := h.Deps.Reads.SessionsOf(t.Context(), own.UserID); err != nil || len(open) > 1 {
			t.Errorf("%d sessions are open, %v", len(open), err)
		}
	})
}

func TestSignInProgram_IsEndedByWhatEndsAllWhileThePasswordIsVerified(t *testing.T) {
	onEnds(t, func(t *testing.T, h *fixture.Room, end func(identity.Actor)) {
		own, _ := h.MustSignIn(t, "cleo@neoforge.test")
		meanwhile(h, func() { end(own) })
		_, err := h.SignInProgram(t.Context(), signin.SignInProgram{Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop})
		fixture.MustFailWith(t, "a program", err, identity.ErrSignInEnded)
	})
}

// What was begun by the first factor ends with it.
func TestFinishSignIn_IsEndedByWhatEndsAll(t *testing.T) {
	onEnds(t, func(t *testing.T, h *fixture.Room, end func(identity.Actor)) {
		own, _ := h.MustSignIn(t, "cleo@neoforge.test")
		secret, _ := h.MustAddTOTP(t, own)
		due := h.MustEnter(t, "cleo@neoforge.test").SecondFactor
		end(own)
		in, err := h.FinishSecondFactor(t, due, identity.FactorProof{Code: h.MustCode(t, secret)})
		if !isOneOf(err, identity.ErrSignInEnded, identity.ErrChallengeUnknown) || err == nil || in.Secret != "" {
			t.Errorf("a second factor: %+v, %v", in, err)
		}
		// One that is verified while all ends is not due for a factor either.
		meanwhile(h, func() { end(own) })
		_, err = h.SignInWithPassword(t.Context(), signin.SignInWithPassword{Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop})
		if !isOneOf(err, identity.ErrSignInEnded, identity.ErrInvalidCredentials) || err == nil {
			t.Errorf("a first factor: %v", err)
		}
	})
}

// A request is known by what was read up to a minute before. Nothing that lasts is made
// by a session that ended meanwhile.
func TestEndedSession_MakesNothingThatLasts(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		owner, _ := h.MustSignIn(t, "cleo@neoforge.test")
		stranger := h.MustHolder(t, h.MustEnter(t, "cleo@neoforge.test").Secret)
		setup, err := h.StartTOTP(t.Context(), stranger)
		fixture.MustFailWith(t, "an app that is begun", err, nil)
		passkey, err := h.BeginPasskey(t.Context(), stranger)
		fixture.MustFailWith(t, "a passkey that is begun", err, nil)
		h.Provider.Answers(fixture.VerifiedClaim("mallory", "mallory@neoforge.test"))
		connecting := h.MustBeginLink(t, stranger)
		if _, err := h.RevokeOtherSessions(t.Context(), owner); err != nil {
			t.Fatal(err)
		}
		acts := map[string]func(ctx context.Context) error{
			"an access token": func(ctx context.Context) error {
				_, _, err := h.CreatePersonalToken(ctx, stranger, account.CreatePersonalToken{Name: "Script", Scopes: []identity.Scope{identity.ScopeRead}, Days: 30})
				return err
			},
			"a passkey": func(ctx context.Context) error {
				_, err := h.AddPasskey(ctx, account.AddPasskey{
					Actor: stranger, Challenge: passkey.Challenge, Response: fixture.NewSoftKey(t).Creates(t, passkey), Name: "Mine",
				})
				return err
			},
			"an authenticator app": func(ctx context.Context) error {
				_, err := h.ConfirmTOTP(ctx, stranger, h.MustCode(t, setup.Secret))
				return err
			},
			"a connected account": func(ctx context.Context) error {
				_, err := h.LinkIdentity(ctx, connecting)
				return err
			},
			"a change of address": func(ctx context.Context) error {
				return h.AskEmailChange(ctx, stranger, "mallory@neoforge.test")
			},
			"another password": func(ctx context.Context) error {
				_, err := h.ChangePassword(ctx, stranger, account.ChangePassword{Password: fixture.OtherPassword})
				return err
			},
			"a recent proof": func(ctx context.Context) error {
				_, err := h.Confirm(ctx, account.Confirm{Actor: stranger, Password: fixture.Password})
				return err
			},
		}
		for what, act := range acts {
			if err := act(t.Context()); !errors.Is(err, identity.ErrNotSignedIn) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// Whatever the order in which they commit, no session of an old password is left.
func TestResetPassword_LeavesNoSessionOfTheOldOne(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		current := fixture.Password
		for round := range fixture.Rounds(60) {
			h.Clock.Advance(2 * time.Hour) // the mails of another round are another hour's
			h.MustForgetPassword(t, "cleo@neoforge.test")
			reset := fixture.MustLink(t, h.MustMailWithLink(t, "cleo@neoforge.test", "/reset"), "/reset")
			next := fmt.Sprintf("%s-%d", fixture.OtherPassword, round)
			old := signin.SignInWithPassword{Email: "cleo@neoforge.test", Password: current, Device: fixture.Laptop}
			var in [3]signin.SignedIn
			signIn := func(i int) func() error {
				return func() (err error) {
					in[i], err = h.SignInWithPassword(t.Context(), old)
					return err
				}
			}
			errs := fixture.AtOnce(signIn(0), func() error { return h.SetForgottenPassword(t, reset, next) }, signIn(1), signIn(2))
			if errs[1] != nil {
				t.Fatalf("round %d: the reset: %v", round, errs[1])
			}
			for _, err := range errs {
				if !isOneOf(err, identity.ErrSignInEnded, identity.ErrInvalidCredentials) {
					t.Errorf("round %d: %v", round, err)
				}
			}
			for _, one := range in {
				if one.Secret != "" {
					h.MustRefuse(t, fmt.Sprintf("round %d, by the old password", round), one.Secret)
				}
			}
			current = next
		}
	})
}

// An administrator acts for somebody by a session of their own, and ends with it.
func TestImpersonation_EndsWithTheSessionsOfWhoActs(t *testing.T) {
	one := func(t *testing.T, h *fixture.Room, own identity.Actor) error { // the one that it was begun in
		all, err := h.Deps.Reads.SessionsOf(t.Context(), own.UserID)
		if err != nil {
			return err
		}
		for _, s := range all {
			if s.ID != own.SessionID {
				err = errors.Join(err, h.RevokeSession(t.Context(), own, s.ID))
			}
		}
		return err
	}
	act := func(h *fixture.Room, by identity.Actor, person identity.UserID) (administration.Impersonation, error) {
		return h.Impersonate(t.Context(), administration.Impersonate{Actor: by, User: person, Device: fixture.Laptop})
	}
	story := func(t *testing.T, h *fixture.Room, end func(identity.Actor)) {
		h.Deps.Policy[identityport.RoleAuthor] = []identity.Permission{"content.comment", identity.PermissionImpersonate}
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleAuthor, true)
		own := h.MustHolder(t, h.MustEnter(t, "cleo@neoforge.test").Secret)
		ben := h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
		thief := h.MustHolder(t, h.MustEnter(t, "cleo@neoforge.test").Secret)
		in, err := act(h, thief, ben.ID)
		fixture.MustFailWith(t, "to act for somebody", err, nil)
		if who := h.MustActor(t, in.Secret); who.UserID != ben.ID {
			t.Fatalf("acts for %s", who.UserID)
		}
		end(own)
		h.MustRefuse(t, "who acts for somebody", in.Secret)
		_, err = act(h, thief, ben.ID)
		fixture.MustFailWith(t, "to begin by a session that ended", err, identity.ErrNotSignedIn)
	}
	onEnds(t, story)
	t.Run("one session", func(t *testing.T) {
		for name, open := range fixture.Databases {
			t.Run(name, func(t *testing.T) {
				h := fixture.NewRoom(t, open(t))
				story(t, h, func(own identity.Actor) { fixture.MustFailWith(t, "to end it", one(t, h, own), nil) })
			})
		}
	})
}

// Whoever needs a passkey's row and its person's takes the person first: nobody waits
// for what the other one holds.
func TestPasskeys_OfOnePersonAreProvenAtOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		own, _ := h.MustSignIn(t, "cleo@neoforge.test")
		key, added := h.MustAddPasskey(t, own, "Laptop")
		h.Deps.Limiter = generous{}
		app, err := fixture.NewIdentity(h.Deps)
		if err != nil {
			t.Fatal(err)
		}
		for range fixture.Rounds(20) {
			var acts []func() error
			for range 3 {
				in, err := app.BeginPasskeySignIn(t.Context())
				fixture.MustFailWith(t, "to begin a sign-in", err, nil)
				proof, err := app.BeginPasskeyConfirmation(t.Context(), own)
				fixture.MustFailWith(t, "to begin a confirmation", err, nil)
				inAnswer, proofAnswer := key.Proves(t, in.Options), key.Proves(t, proof.Options)
				acts = append(acts, func() error {
					_, err := app.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: in.Challenge, Response: inAnswer, Device: fixture.Laptop})
					return err
				}, func() error {
					_, err := app.Confirm(t.Context(), account.Confirm{
						Actor: own, Challenge: proof.Challenge, Proof: identity.FactorProof{Passkey: proofAnswer},
					})
					return err
				})
			}
			acts = append(acts, func() error {
				return app.RenamePasskey(t.Context(), fixture.WithProof(own, h.Clock.Now()), added.Passkey.ID, "Desk")
			})
			for _, err := range fixture.AtOnce(acts...) {
				// Answers that arrive in another order than they were given look like a copy's.
				if !isOneOf(err, identity.ErrPasskeyCloned) {
					t.Error(err)
				}
			}
		}
	})
}

// A person has a hundred sessions of a kind at the most, and is told of ten strange
// devices a day.
func TestSignIn_BoundsWhatRightOnesLeave(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		u := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		h.Clock.Advance(2 * identity.FirstDays)
		program := h.MustSignInProgram(t, "cleo@neoforge.test")
		var first identity.Secret
		for i := range identity.MaxSessions + 5 {
			h.Clock.Advance(time.Second)
			in, err := h.SignInWithPassword(t.Context(), signin.SignInWithPassword{
				Email: "cleo@neoforge.test", Password: fixture.Password, Device: identity.Device{UserAgent: "Browser", IP: fmt.Sprintf("198.%d.2.1", 18+i)},
			})
			if err != nil {
				t.Fatal(err)
			}
			if first == "" {
				first = in.Secret
			}
		}
		h.MustRefuse(t, "the one that was seen longest ago", first)
		open, err := h.Deps.Reads.SessionsOf(t.Context(), u.ID)
		if err != nil || len(open) != identity.MaxSessions+1 {
			t.Errorf("%d sessions are open, %v", len(open), err)
		}
		if _, err := h.RefreshTokens(t.Context(), program.RefreshToken); err != nil {
			t.Errorf("the program's session: %v", err)
		}
		if n := len(h.Ledger.Queued("identity.send_mail")); n != 10 {
			t.Errorf("%d mails, want 10", n)
		}
	})
}

// meanwhile has something happen while the next password is verified.
func meanwhile(h *fixture.Room, fn func()) { h.Hasher.Meanwhile.Store(&fn) }
