package signin_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestFinishSignIn_AsksForTheAppAfterEveryFirstFactor(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}

func TestFinishSignIn_BoundsGuessesAtCodes(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}
