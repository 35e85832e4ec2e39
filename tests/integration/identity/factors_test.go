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
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// onDatabases runs a story on both databases.
func onDatabases(t *testing.T, story func(t *testing.T, h *fixture.Room)) {
	t.Helper()
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, fixture.NewRoom(t, open(t)))
		})
	}
}

func TestFinishSignIn_AsksForTheAppAfterEveryFirstFactor(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		actor, _ := h.MustSignIn(t, "cleo@neoforge.test")
		secret, codes := h.MustAddTOTP(t, actor)
		if len(codes) != identity.RecoveryCodeCount {
			t.Fatalf("%d recovery codes", len(codes))
		}
		in := h.MustEnter(t, "cleo@neoforge.test")
		if in.SecondFactor == "" || in.Secret != "" {
			t.Fatal("the password alone opened a session")
		}
		_, err := h.FinishSecondFactor(t, in.SecondFactor, identity.FactorProof{Code: "000000"})
		fixture.MustFailWith(t, "a wrong code", err, identity.ErrCodeWrong)
		code := h.MustCode(t, secret)
		done, err := h.FinishSecondFactor(t, in.SecondFactor, identity.FactorProof{Code: code[:3] + " " + code[3:]})
		if err != nil {
			t.Fatal(err)
		}
		h.MustHolder(t, done.Secret)
		_, err = h.FinishSecondFactor(t, in.SecondFactor, identity.FactorProof{Code: code})
		fixture.MustFailWith(t, "a challenge once more", err, identity.ErrChallengeUnknown)
		_, err = h.FinishSecondFactor(t, h.MustEnter(t, "cleo@neoforge.test").SecondFactor, identity.FactorProof{Code: code})
		fixture.MustFailWith(t, "a code once more", err, identity.ErrCodeWrong)

		// At a provider, too.
		browser, params := h.MustBegin(t, "/posts")
		h.Provider.Answers(fixture.VerifiedClaim("subject-1", "cleo@neoforge.test"))
		in, err = h.SignInWithProvider(t.Context(), signin.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params, Device: fixture.Laptop})
		if err != nil || in.SecondFactor == "" || in.Secret != "" || in.ReturnTo != "/posts" {
			t.Fatalf("the provider alone opened a session: %v", err)
		}
		done, err = h.FinishSecondFactor(t, in.SecondFactor, identity.FactorProof{Code: string(codes[0])})
		if err != nil {
			t.Fatal(err)
		}
		h.MustHolder(t, done.Secret)
		_, err = h.FinishSecondFactor(t, h.MustEnter(t, "cleo@neoforge.test").SecondFactor, identity.FactorProof{Code: string(codes[0])})
		fixture.MustFailWith(t, "a recovery code once more", err, identity.ErrCodeWrong)

		// And of a program.
		var due *signin.SecondFactorRequired
		_, err = h.SignInProgram(t.Context(), signin.SignInProgram{Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop})
		fixture.MustFailWith(t, "a program", err, identity.ErrSecondFactorRequired)
		if !errors.As(err, &due) {
			t.Fatal("the refusal has no challenge")
		}
		h.Clock.Advance(time.Minute)
		pair, err := h.FinishProgramSignIn(t.Context(), signin.FinishSignIn{Challenge: due.Challenge, Proof: identity.FactorProof{Code: h.MustCode(t, secret)}, Device: fixture.Laptop})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.AuthenticateToken(t.Context(), pair.AccessToken); err != nil {
			t.Fatal(err)
		}

		// Turned off, it takes the recovery codes along.
		actor = h.MustHolder(t, done.Secret)
		if err := h.RemoveTOTP(t.Context(), actor); err != nil {
			t.Fatal(err)
		}
		s, err := h.Security(t.Context(), actor)
		if err != nil || s.HasSecondFactor() || s.RecoveryCodesLeft != 0 {
			t.Fatalf("%+v, %v", s, err)
		}
		if in := h.MustEnter(t, "cleo@neoforge.test"); in.Secret == "" {
			t.Fatal("the password is not enough again")
		}
		for _, action := range []string{"identity.totp_enabled", "identity.totp_disabled"} {
			if len(h.Ledger.Did(action)) != 1 {
				t.Errorf("%s stands %d times in the audit trail", action, len(h.Ledger.Did(action)))
			}
		}
	})
}

func TestFinishSignIn_BoundsGuessesAtCodes(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		actor, _ := h.MustSignIn(t, "cleo@neoforge.test")
		secret, _ := h.MustAddTOTP(t, actor)
		challenge := h.MustEnter(t, "cleo@neoforge.test").SecondFactor
		for range identity.ChallengeAttempts {
			_, err := h.FinishSecondFactor(t, challenge, identity.FactorProof{Code: "000000"})
			fixture.MustFailWith(t, "a wrong code", err, identity.ErrCodeWrong)
		}
		_, err := h.FinishSecondFactor(t, challenge, identity.FactorProof{Code: h.MustCode(t, secret)})
		fixture.MustFailWith(t, "the right code, too late", err, identity.ErrChallengeUnknown)

		challenge = h.MustEnter(t, "cleo@neoforge.test").SecondFactor
		h.Limiter.Away.Store(true)
		_, err = h.FinishSecondFactor(t, challenge, identity.FactorProof{Code: h.MustCode(t, secret)})
		fixture.MustFailWith(t, "while nobody can count", err, identity.ErrBusy)
		h.Limiter.Away.Store(false)

		h.Clock.Advance(identity.ChallengeTTL)
		_, err = h.FinishSecondFactor(t, challenge, identity.FactorProof{Code: h.MustCode(t, secret)})
		fixture.MustFailWith(t, "an expired challenge", err, identity.ErrChallengeUnknown)

		refused := 0
		for range 8 {
			challenge = h.MustEnter(t, "cleo@neoforge.test").SecondFactor
			for range identity.ChallengeAttempts {
				_, err := h.FinishSecondFactor(t, challenge, identity.FactorProof{Code: "000000"})
				if errors.Is(err, identity.ErrTooManyAttempts) {
					refused++
				}
			}
		}
		if refused == 0 {
			t.Fatal("forty guesses were taken")
		}
	})
}

func TestSignInWithPasskey_IsBothFactors(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		actor, _ := h.MustSignIn(t, "cleo@neoforge.test")
		key, added := h.MustAddPasskey(t, actor, "  Laptop ")
		if len(added.Codes) != identity.RecoveryCodeCount || added.Passkey.Name != "Laptop" {
			t.Fatalf("%+v", added)
		}
		if _, second := h.MustAddPasskey(t, actor, "Phone"); second.Codes != nil {
			t.Fatal("the second passkey came with codes")
		}
		signIn := func(key *fixture.SoftKey) (signin.SignedIn, error) {
			begun, err := h.BeginPasskeySignIn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return h.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: key.Proves(t, begun.Options), Device: fixture.Laptop})
		}
		in, err := signIn(key)
		if err != nil || in.SecondFactor != "" {
			t.Fatalf("%+v, %v", in, err)
		}
		if have := h.MustHolder(t, in.Secret); have.UserID != actor.UserID || !have.RecentlyAuthenticated(h.Clock.Now()) {
			t.Fatalf("%+v", have)
		}
		// After a password it is the second factor, without the device's own check too.
		key.Flags = fixture.KeyPresent
		due := h.MustEnter(t, "cleo@neoforge.test").SecondFactor
		offer, err := h.SecondFactor(t.Context(), due)
		if err != nil || offer.TOTP {
			t.Fatalf("%+v, %v", offer, err)
		}
		if _, err := h.FinishSecondFactor(t, due, identity.FactorProof{Passkey: key.Proves(t, offer.Passkey)}); err != nil {
			t.Fatal(err)
		}
		_, err = signIn(key)
		fixture.MustFailWith(t, "one factor as both", err, identity.ErrPasskeyInvalid)
		key.Flags = fixture.KeyPresent | fixture.KeyVerifies

		// Suspended people stay out.
		key.Count -= 2
		_, err = signIn(key)
		fixture.MustFailWith(t, "a counter that went back", err, identity.ErrPasskeyCloned)
		if len(h.Ledger.Did("identity.passkey_cloned")) != 1 {
			t.Error("the copy is not in the audit trail")
		}
		key.Count += 10
		if _, err := signIn(key); err != nil {
			t.Fatal(err)
		}

		h.MustCreate(t, "eve@neoforge.test", identityport.RoleMember, true)
		eve := h.MustHolder(t, h.MustEnter(t, "eve@neoforge.test").Secret)
		fixture.MustFailWith(t, "renaming somebody else's", h.RenamePasskey(t.Context(), eve, added.Passkey.ID, "mine"), identity.ErrPasskeyNotFound)
		fixture.MustFailWith(t, "removing somebody else's", h.RemovePasskey(t.Context(), eve, added.Passkey.ID), identity.ErrPasskeyNotFound)
		if err := h.RenamePasskey(t.Context(), actor, added.Passkey.ID, "Desk"); err != nil {
			t.Fatal(err)
		}
		if err := h.RemovePasskey(t.Context(), actor, added.Passkey.ID); err != nil {
			t.Fatal(err)
		}
		_, err = signIn(key)
		fixture.MustFailWith(t, "a removed one", err, identity.ErrPasskeyInvalid)
	})
}

func TestSignInWithPasskey_RefusesHostileAnswers(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
		eve, _ := h.MustSignIn(t, "eve@neoforge.test")
		cleos, _ := h.MustAddPasskey(t, cleo, "Laptop")
		eves, _ := h.MustAddPasskey(t, eve, "Laptop")
		answer := func(c identity.PasskeyChallenge, response []byte) error {
			_, err := h.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: c.Challenge, Response: response, Device: fixture.Laptop})
			return err
		}
		begin := func() identity.PasskeyChallenge {
			c, err := h.BeginPasskeySignIn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		elsewhere := *cleos
		elsewhere.Origin = "https://neoforge.example"
		c := begin()
		fixture.MustFailWith(t, "another origin", answer(c, elsewhere.Proves(t, c.Options)), identity.ErrPasskeyInvalid)
		cleos.Count += 10

		c, other := begin(), begin()
		fixture.MustFailWith(t, "the answer to another challenge", answer(c, cleos.Proves(t, other.Options)), identity.ErrPasskeyInvalid)

		c = begin()
		response := cleos.Proves(t, c.Options)
		if err := answer(c, response); err != nil {
			t.Fatal(err)
		}
		fixture.MustFailWith(t, "a replay", answer(c, response), identity.ErrChallengeUnknown)
		altered := c
		altered.Challenge += "A"
		fixture.MustFailWith(t, "a replay under another spelling", answer(altered, response), identity.ErrChallengeUnknown)
		altered.Challenge = identity.NewSecret()
		fixture.MustFailWith(t, "a challenge that nobody sealed", answer(altered, response), identity.ErrChallengeUnknown)

		c = begin()
		impostor := *eves
		impostor.Handle = cleos.Handle
		fixture.MustFailWith(t, "one's own key with another's handle", answer(c, impostor.Proves(t, c.Options)), identity.ErrPasskeyInvalid)
		c = begin() // the wrong answer spent the one before
		forger := *eves
		forger.ID, forger.Handle = cleos.ID, cleos.Handle
		fixture.MustFailWith(t, "another's credential with one's own key", answer(c, forger.Proves(t, c.Options)), identity.ErrPasskeyInvalid)

		for what, nonsense := range map[string][]byte{"nothing": nil, "no JSON": []byte("{"), "empty": []byte("{}"), "huge": make([]byte, 1<<16)} {
			c = begin()
			fixture.MustFailWith(t, what, answer(c, nonsense), identity.ErrPasskeyInvalid)
		}
		c = begin()
		late := cleos.Proves(t, c.Options)
		h.Clock.Advance(identity.ChallengeTTL)
		fixture.MustFailWith(t, "too late", answer(c, late), identity.ErrChallengeUnknown)

		// A second factor is one's own, and a challenge serves its purpose only.
		due := h.MustEnter(t, "cleo@neoforge.test").SecondFactor
		offer, err := h.SecondFactor(t.Context(), due)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.FinishSecondFactor(t, due, identity.FactorProof{Passkey: eves.Proves(t, offer.Passkey)})
		fixture.MustFailWith(t, "somebody else's passkey", err, identity.ErrPasskeyInvalid)
		c = begin()
		_, err = h.FinishSecondFactor(t, c.Challenge, identity.FactorProof{Passkey: cleos.Proves(t, c.Options)})
		fixture.MustFailWith(t, "a sign-in's challenge for a second factor", err, identity.ErrChallengeUnknown)

		// What one person began nobody else finishes.
		eve = h.MustHolder(t, h.MustConfirm(t, h.MustHolder(t, h.MustEnterByPasskey(t, eves))))
		cleo = h.MustHolder(t, h.MustEnterByPasskey(t, cleos))
		begun, err := h.BeginPasskey(t.Context(), cleo)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.AddPasskey(t.Context(), account.AddPasskey{Actor: eve, Challenge: begun.Challenge, Response: fixture.NewSoftKey(t).Creates(t, begun), Name: "mine"})
		fixture.MustFailWith(t, "another's registration", err, identity.ErrChallengeUnknown)
		foreign := fixture.NewSoftKey(t)
		foreign.Origin = "https://neoforge.example"
		_, err = h.AddPasskey(t.Context(), account.AddPasskey{Actor: cleo, Challenge: begun.Challenge, Response: foreign.Creates(t, begun), Name: "x"})
		fixture.MustFailWith(t, "a registration elsewhere", err, identity.ErrPasskeyRefused)
	})
}

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
