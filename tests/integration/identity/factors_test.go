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

// onFactors runs a story on both databases.
func onFactors(t *testing.T, story func(t *testing.T, h *testApp)) {
	t.Helper()
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, newTestApp(t, open(t)))
		})
	}
}

func wants(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: have %v, want %v", what, err, want)
	}
}

func (h *testApp) finish(t *testing.T, challenge identity.Secret, p identity.FactorProof) (signin.SignedIn, error) {
	t.Helper()
	return h.app.FinishSignIn(t.Context(), signin.FinishSignIn{Challenge: challenge, Proof: p, Device: fixture.Laptop})
}

func TestAnAuthenticatorAppIsAskedForAfterEveryFirstFactor(t *testing.T) {
	onFactors(t, func(t *testing.T, h *testApp) {
		actor, _ := h.signedIn(t, "cleo@neoforge.test")
		secret, codes := h.addTOTP(t, actor)
		if len(codes) != identity.RecoveryCodeCount {
			t.Fatalf("%d recovery codes", len(codes))
		}
		in := h.withPassword(t, "cleo@neoforge.test")
		if in.SecondFactor == "" || in.Secret != "" {
			t.Fatal("the password alone opened a session")
		}
		_, err := h.finish(t, in.SecondFactor, identity.FactorProof{Code: "000000"})
		wants(t, "a wrong code", err, identity.ErrCodeWrong)
		code := h.code(t, secret)
		done, err := h.finish(t, in.SecondFactor, identity.FactorProof{Code: code[:3] + " " + code[3:]})
		if err != nil {
			t.Fatal(err)
		}
		h.holder(t, done.Secret)
		_, err = h.finish(t, in.SecondFactor, identity.FactorProof{Code: code})
		wants(t, "a challenge once more", err, identity.ErrChallengeUnknown)
		_, err = h.finish(t, h.withPassword(t, "cleo@neoforge.test").SecondFactor, identity.FactorProof{Code: code})
		wants(t, "a code once more", err, identity.ErrCodeWrong)

		// At a provider, too.
		browser, params := h.begin(t, "/posts")
		h.provider.answers(verified("subject-1", "cleo@neoforge.test"))
		in, err = h.app.SignInWithProvider(t.Context(), signin.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params, Device: fixture.Laptop})
		if err != nil || in.SecondFactor == "" || in.Secret != "" || in.ReturnTo != "/posts" {
			t.Fatalf("the provider alone opened a session: %v", err)
		}
		done, err = h.finish(t, in.SecondFactor, identity.FactorProof{Code: string(codes[0])})
		if err != nil {
			t.Fatal(err)
		}
		h.holder(t, done.Secret)
		_, err = h.finish(t, h.withPassword(t, "cleo@neoforge.test").SecondFactor, identity.FactorProof{Code: string(codes[0])})
		wants(t, "a recovery code once more", err, identity.ErrCodeWrong)

		// And of a program.
		var due *signin.SecondFactorRequired
		_, err = h.app.SignInProgram(t.Context(), signin.SignInProgram{Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop})
		wants(t, "a program", err, identity.ErrSecondFactorRequired)
		if !errors.As(err, &due) {
			t.Fatal("the refusal has no challenge")
		}
		h.clock.Advance(time.Minute)
		pair, err := h.app.FinishProgramSignIn(t.Context(), signin.FinishSignIn{Challenge: due.Challenge, Proof: identity.FactorProof{Code: h.code(t, secret)}, Device: fixture.Laptop})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken); err != nil {
			t.Fatal(err)
		}

		// Turned off, it takes the recovery codes along.
		actor = h.holder(t, done.Secret)
		if err := h.app.RemoveTOTP(t.Context(), actor); err != nil {
			t.Fatal(err)
		}
		s, err := h.app.Security(t.Context(), actor)
		if err != nil || s.HasSecondFactor() || s.RecoveryCodesLeft != 0 {
			t.Fatalf("%+v, %v", s, err)
		}
		if in := h.withPassword(t, "cleo@neoforge.test"); in.Secret == "" {
			t.Fatal("the password is not enough again")
		}
		for _, action := range []string{"identity.totp_enabled", "identity.totp_disabled"} {
			if len(h.ledger.Did(action)) != 1 {
				t.Errorf("%s stands %d times in the audit trail", action, len(h.ledger.Did(action)))
			}
		}
	})
}

func TestGuessesAtCodesAreBounded(t *testing.T) {
	onFactors(t, func(t *testing.T, h *testApp) {
		actor, _ := h.signedIn(t, "cleo@neoforge.test")
		secret, _ := h.addTOTP(t, actor)
		challenge := h.withPassword(t, "cleo@neoforge.test").SecondFactor
		for range identity.ChallengeAttempts {
			_, err := h.finish(t, challenge, identity.FactorProof{Code: "000000"})
			wants(t, "a wrong code", err, identity.ErrCodeWrong)
		}
		_, err := h.finish(t, challenge, identity.FactorProof{Code: h.code(t, secret)})
		wants(t, "the right code, too late", err, identity.ErrChallengeUnknown)

		challenge = h.withPassword(t, "cleo@neoforge.test").SecondFactor
		h.limiter.away.Store(true)
		_, err = h.finish(t, challenge, identity.FactorProof{Code: h.code(t, secret)})
		wants(t, "while nobody can count", err, identity.ErrBusy)
		h.limiter.away.Store(false)

		h.clock.Advance(identity.ChallengeTTL)
		_, err = h.finish(t, challenge, identity.FactorProof{Code: h.code(t, secret)})
		wants(t, "an expired challenge", err, identity.ErrChallengeUnknown)

		refused := 0
		for range 8 {
			challenge = h.withPassword(t, "cleo@neoforge.test").SecondFactor
			for range identity.ChallengeAttempts {
				_, err := h.finish(t, challenge, identity.FactorProof{Code: "000000"})
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

func TestAPasskeySignsInAndIsBothFactors(t *testing.T) {
	onFactors(t, func(t *testing.T, h *testApp) {
		actor, _ := h.signedIn(t, "cleo@neoforge.test")
		key, added := h.addPasskey(t, actor, "  Laptop ")
		if len(added.Codes) != identity.RecoveryCodeCount || added.Passkey.Name != "Laptop" {
			t.Fatalf("%+v", added)
		}
		if _, second := h.addPasskey(t, actor, "Phone"); second.Codes != nil {
			t.Fatal("the second passkey came with codes")
		}
		signIn := func(key *softKey) (signin.SignedIn, error) {
			begun, err := h.app.BeginPasskeySignIn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return h.app.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: key.proves(t, begun.Options), Device: fixture.Laptop})
		}
		in, err := signIn(key)
		if err != nil || in.SecondFactor != "" {
			t.Fatalf("%+v, %v", in, err)
		}
		if have := h.holder(t, in.Secret); have.UserID != actor.UserID || !have.RecentlyAuthenticated(h.clock.Now()) {
			t.Fatalf("%+v", have)
		}
		// After a password it is the second factor, without the device's own check too.
		key.flags = present
		due := h.withPassword(t, "cleo@neoforge.test").SecondFactor
		offer, err := h.app.SecondFactor(t.Context(), due)
		if err != nil || offer.TOTP {
			t.Fatalf("%+v, %v", offer, err)
		}
		if _, err := h.finish(t, due, identity.FactorProof{Passkey: key.proves(t, offer.Passkey)}); err != nil {
			t.Fatal(err)
		}
		_, err = signIn(key)
		wants(t, "one factor as both", err, identity.ErrPasskeyInvalid)
		key.flags = present | verifies

		// Suspended people stay out.
		key.count -= 2
		_, err = signIn(key)
		wants(t, "a counter that went back", err, identity.ErrPasskeyCloned)
		if len(h.ledger.Did("identity.passkey_cloned")) != 1 {
			t.Error("the copy is not in the audit trail")
		}
		key.count += 10
		if _, err := signIn(key); err != nil {
			t.Fatal(err)
		}

		h.create(t, "eve@neoforge.test", identityport.RoleMember, true)
		eve := h.holder(t, h.withPassword(t, "eve@neoforge.test").Secret)
		wants(t, "renaming somebody else's", h.app.RenamePasskey(t.Context(), eve, added.Passkey.ID, "mine"), identity.ErrPasskeyNotFound)
		wants(t, "removing somebody else's", h.app.RemovePasskey(t.Context(), eve, added.Passkey.ID), identity.ErrPasskeyNotFound)
		if err := h.app.RenamePasskey(t.Context(), actor, added.Passkey.ID, "Desk"); err != nil {
			t.Fatal(err)
		}
		if err := h.app.RemovePasskey(t.Context(), actor, added.Passkey.ID); err != nil {
			t.Fatal(err)
		}
		_, err = signIn(key)
		wants(t, "a removed one", err, identity.ErrPasskeyInvalid)
	})
}

func TestHostileAnswersOfPasskeysAreRefused(t *testing.T) {
	onFactors(t, func(t *testing.T, h *testApp) {
		cleo, _ := h.signedIn(t, "cleo@neoforge.test")
		eve, _ := h.signedIn(t, "eve@neoforge.test")
		cleos, _ := h.addPasskey(t, cleo, "Laptop")
		eves, _ := h.addPasskey(t, eve, "Laptop")
		answer := func(c identity.PasskeyChallenge, response []byte) error {
			_, err := h.app.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: c.Challenge, Response: response, Device: fixture.Laptop})
			return err
		}
		begin := func() identity.PasskeyChallenge {
			c, err := h.app.BeginPasskeySignIn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		elsewhere := *cleos
		elsewhere.origin = "https://neoforge.example"
		c := begin()
		wants(t, "another origin", answer(c, elsewhere.proves(t, c.Options)), identity.ErrPasskeyInvalid)
		cleos.count += 10

		c, other := begin(), begin()
		wants(t, "the answer to another challenge", answer(c, cleos.proves(t, other.Options)), identity.ErrPasskeyInvalid)

		c = begin()
		response := cleos.proves(t, c.Options)
		if err := answer(c, response); err != nil {
			t.Fatal(err)
		}
		wants(t, "a replay", answer(c, response), identity.ErrChallengeUnknown)
		altered := c
		altered.Challenge += "A"
		wants(t, "a replay under another spelling", answer(altered, response), identity.ErrChallengeUnknown)
		altered.Challenge = identity.NewSecret()
		wants(t, "a challenge that nobody sealed", answer(altered, response), identity.ErrChallengeUnknown)

		c = begin()
		impostor := *eves
		impostor.handle = cleos.handle
		wants(t, "one's own key with another's handle", answer(c, impostor.proves(t, c.Options)), identity.ErrPasskeyInvalid)
		c = begin() // the wrong answer spent the one before
		forger := *eves
		forger.id, forger.handle = cleos.id, cleos.handle
		wants(t, "another's credential with one's own key", answer(c, forger.proves(t, c.Options)), identity.ErrPasskeyInvalid)

		for what, nonsense := range map[string][]byte{"nothing": nil, "no JSON": []byte("{"), "empty": []byte("{}"), "huge": make([]byte, 1<<16)} {
			c = begin()
			wants(t, what, answer(c, nonsense), identity.ErrPasskeyInvalid)
		}
		c = begin()
		late := cleos.proves(t, c.Options)
		h.clock.Advance(identity.ChallengeTTL)
		wants(t, "too late", answer(c, late), identity.ErrChallengeUnknown)

		// A second factor is one's own, and a challenge serves its purpose only.
		due := h.withPassword(t, "cleo@neoforge.test").SecondFactor
		offer, err := h.app.SecondFactor(t.Context(), due)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.finish(t, due, identity.FactorProof{Passkey: eves.proves(t, offer.Passkey)})
		wants(t, "somebody else's passkey", err, identity.ErrPasskeyInvalid)
		c = begin()
		_, err = h.finish(t, c.Challenge, identity.FactorProof{Passkey: cleos.proves(t, c.Options)})
		wants(t, "a sign-in's challenge for a second factor", err, identity.ErrChallengeUnknown)

		// What one person began nobody else finishes.
		eve = h.holder(t, h.confirmByPassword(t, h.holder(t, h.byPasskey(t, eves))))
		cleo = h.holder(t, h.byPasskey(t, cleos))
		begun, err := h.app.BeginPasskey(t.Context(), cleo)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.app.AddPasskey(t.Context(), account.AddPasskey{Actor: eve, Challenge: begun.Challenge, Response: newSoftKey(t).creates(t, begun), Name: "mine"})
		wants(t, "another's registration", err, identity.ErrChallengeUnknown)
		foreign := newSoftKey(t)
		foreign.origin = "https://neoforge.example"
		_, err = h.app.AddPasskey(t.Context(), account.AddPasskey{Actor: cleo, Challenge: begun.Challenge, Response: foreign.creates(t, begun), Name: "x"})
		wants(t, "a registration elsewhere", err, identity.ErrPasskeyRefused)
	})
}

func (h *testApp) byPasskey(t *testing.T, key *softKey) identity.Secret {
	t.Helper()
	begun, err := h.app.BeginPasskeySignIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key.count += 10
	in, err := h.app.SignInWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: key.proves(t, begun.Options), Device: fixture.Laptop})
	if err != nil {
		t.Fatal(err)
	}
	return in.Secret
}

func (h *testApp) confirmByPassword(t *testing.T, a identity.Actor) identity.Secret {
	t.Helper()
	done, err := h.app.Confirm(t.Context(), account.Confirm{Actor: a, Password: fixture.Password})
	if err != nil {
		t.Fatal(err)
	}
	return done.Secret
}

func TestTheLastWayInIsNotRemoved(t *testing.T) {
	onFactors(t, func(t *testing.T, h *testApp) {
		browser, params := h.begin(t, "/")
		h.provider.answers(verified("subject-1", "cleo@neoforge.test"))
		in, err := h.app.SignInWithProvider(t.Context(), signin.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params, Device: fixture.Laptop})
		if err != nil {
			t.Fatal(err)
		}
		actor := h.holder(t, in.Secret)
		_, added := h.addPasskey(t, actor, "Laptop")
		connections, err := h.app.Connections(t.Context(), actor)
		if err != nil || len(connections) != 1 {
			t.Fatalf("%v, %v", connections, err)
		}
		if err := h.app.UnlinkIdentity(t.Context(), actor, connections[0].ID); err != nil {
			t.Fatal(err)
		}
		wants(t, "the last passkey", h.app.RemovePasskey(t.Context(), actor, added.Passkey.ID), identity.ErrLastAuthMethod)
	})
}

func TestAConfirmationHoldsForTenMinutesAndChangesTheCookie(t *testing.T) {
	onFactors(t, func(t *testing.T, h *testApp) {
		actor, in := h.signedIn(t, "cleo@neoforge.test")
		_, codes := h.addTOTP(t, actor)
		h.clock.Advance(identityport.RecentAuthentication)
		_, err := h.app.StartTOTP(t.Context(), h.holder(t, in.Secret))
		wants(t, "ten minutes later", err, identity.ErrNotRecent)

		for what, cmd := range map[string]account.Confirm{
			"a wrong password": {Actor: actor, Password: "wrong"},
			"no proof":         {Actor: actor},
		} {
			_, err := h.app.Confirm(t.Context(), cmd)
			wants(t, what, err, identity.ErrInvalidCredentials)
		}
		_, err = h.app.Confirm(t.Context(), account.Confirm{Actor: actor, Proof: identity.FactorProof{Code: "000000"}})
		wants(t, "a wrong code", err, identity.ErrCodeWrong)
		impersonator := actor
		impersonator.Impersonator = "somebody"
		_, err = h.app.Confirm(t.Context(), account.Confirm{Actor: impersonator, Password: fixture.Password})
		wants(t, "who impersonates", err, identity.ErrForbidden)
		token := actor
		token.TokenID = "token"
		_, err = h.app.Confirm(t.Context(), account.Confirm{Actor: token, Password: fixture.Password})
		wants(t, "a personal token", err, identity.ErrForbidden)
		_, err = h.app.BeginProviderConfirmation(t.Context(), actor, "acme", "/")
		wants(t, "a provider in the place of a password", err, identity.ErrForbidden)

		secret := h.confirmByPassword(t, actor)
		if _, err := h.app.AuthenticateSession(t.Context(), in.Secret); !errors.Is(err, identity.ErrNotSignedIn) {
			t.Fatalf("the old cookie still opens the session: %v", err)
		}
		fresh := h.holder(t, secret)
		if fresh.SessionID != actor.SessionID || !fresh.RecentlyAuthenticated(h.clock.Now()) {
			t.Fatalf("%+v", fresh)
		}
		done, err := h.app.Confirm(t.Context(), account.Confirm{Actor: fresh, Proof: identity.FactorProof{Code: string(codes[5])}})
		if err != nil || done.Secret == "" {
			t.Fatal(err)
		}
	})
}

// Who has nothing here to prove themselves by does it at their provider, with the
// account that is theirs there.
func TestAProviderConfirmsWhoHasNothingElse(t *testing.T) {
	onFactors(t, func(t *testing.T, h *testApp) {
		signIn := func(subject, email string) identity.Actor {
			browser, params := h.begin(t, "/")
			h.provider.answers(verified(subject, email))
			in, err := h.app.SignInWithProvider(t.Context(), signin.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params, Device: fixture.Laptop})
			if err != nil {
				t.Fatal(err)
			}
			return h.holder(t, in.Secret)
		}
		actor := signIn("subject-1", "cleo@neoforge.test")
		signIn("subject-2", "dan@neoforge.test")
		h.clock.Advance(identityport.RecentAuthentication)
		ret := func() identity.ProviderReturn {
			start, err := h.app.BeginProviderConfirmation(t.Context(), actor, "acme", "/account/security")
			if err != nil {
				t.Fatal(err)
			}
			return identity.ProviderReturn{Provider: "acme", BrowserSecret: start.BrowserSecret, Params: paramsOf(t, start.RedirectURL), Actor: actor}
		}
		_, err := h.app.ConfirmWithProvider(t.Context(), ret())
		wants(t, "another account there", err, identity.ErrProviderInvalid)
		h.provider.answers(verified("subject-1", "cleo@neoforge.test"))
		done, err := h.app.ConfirmWithProvider(t.Context(), ret())
		if err != nil || done.ReturnTo != "/account/security" {
			t.Fatalf("%+v, %v", done, err)
		}
		if !h.holder(t, done.Secret).RecentlyAuthenticated(h.clock.Now()) {
			t.Fatal("the proof does not count")
		}
		// The flow of a confirmation signs nobody in.
		r := ret()
		_, err = h.app.SignInWithProvider(t.Context(), signin.SignInWithProvider{Provider: "acme", BrowserSecret: r.BrowserSecret, Params: r.Params, Device: fixture.Laptop})
		wants(t, "a confirmation as a sign-in", err, identity.ErrFlowUnknown)
	})
}

func TestAnAdministratorResetsSecondFactors(t *testing.T) {
	onFactors(t, func(t *testing.T, h *testApp) {
		actor, _ := h.signedIn(t, "cleo@neoforge.test")
		h.addTOTP(t, actor)
		h.addPasskey(t, actor, "Laptop")
		wants(t, "a member", h.app.ResetSecondFactors(t.Context(), actor, actor.UserID), identity.ErrForbidden)
		wants(t, "a visitor", h.app.ResetSecondFactors(t.Context(), identity.Actor{}, actor.UserID), identity.ErrNotSignedIn)
		h.create(t, "ada@neoforge.test", identityport.RoleAdministrator, true)
		ada := h.holder(t, h.withPassword(t, "ada@neoforge.test").Secret)
		wants(t, "nobody", h.app.ResetSecondFactors(t.Context(), ada, "01890000-0000-7000-8000-000000000000"), identity.ErrUserNotFound)
		if err := h.app.ResetSecondFactors(t.Context(), ada, actor.UserID); err != nil {
			t.Fatal(err)
		}
		if in := h.withPassword(t, "cleo@neoforge.test"); in.Secret == "" {
			t.Fatal("a second factor is still asked for")
		}
		if did := h.ledger.Did("identity.second_factors_reset"); len(did) != 1 || did[0].Actor != string(ada.UserID) {
			t.Errorf("%+v", did)
		}
	})
}

// Of many who bring the same code, recovery code or challenge one comes in.
func TestAFactorIsUsedOnceHoweverManyBringIt(t *testing.T) {
	onFactors(t, func(t *testing.T, h *testApp) {
		actor, _ := h.signedIn(t, "cleo@neoforge.test")
		secret, codes := h.addTOTP(t, actor)
		key, _ := h.addPasskey(t, actor, "Laptop")
		deps := h.deps
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
			h.clock.Advance(time.Minute)
			var once func(ctx context.Context) error
			finish := func(challenge identity.Secret, p identity.FactorProof) func(ctx context.Context) error {
				return func(ctx context.Context) error {
					_, err := app.FinishSignIn(ctx, signin.FinishSignIn{Challenge: challenge, Proof: p, Device: fixture.Laptop})
					return err
				}
			}
			switch round % 4 {
			case 0: // one code, a challenge each
				code := h.code(t, secret)
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
					h.within(t, func(ctx context.Context, s identity.Stores) error {
						return s.Sessions.Touch(ctx, actor.SessionID, h.clock.Now())
					})
					fresh, err := app.MakeRecoveryCodes(t.Context(), withProof(actor, h.clock.Now()))
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
				once = finish(due(t), identity.FactorProof{Code: h.code(t, secret)})
			default: // one answer of a passkey
				begun, err := app.BeginPasskeySignIn(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				response := key.proves(t, begun.Options)
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

// TestAConfirmationOnOneReplicaHoldsOnTheOther has two replicas on one database and
// one Redis: what one proves counts at the other at the next request.
func TestAConfirmationOnOneReplicaHoldsOnTheOther(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestApp(t, open(t))
			redis := harness.Redis(t)
			here, there := replica(t, h, redis), replica(t, h, redis)
			_, in := h.signedIn(t, "cleo@neoforge.test")
			secret := in.Secret
			for round := range 10 {
				h.clock.Advance(identityport.RecentAuthentication)
				for _, app := range []*fixture.Identity{here, there} {
					a, err := app.AuthenticateSession(t.Context(), secret)
					if err != nil || a.RecentlyAuthenticated(h.clock.Now()) {
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
					if a, err := app.AuthenticateSession(t.Context(), done.Secret); err != nil || !a.RecentlyAuthenticated(h.clock.Now()) {
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
