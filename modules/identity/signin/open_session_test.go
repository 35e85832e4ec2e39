package signin_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestOpenSession_RemembersHowItWasOpened signs somebody in by every way there is, on
// every database.
func TestOpenSession_RemembersHowItWasOpened(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, in := h.MustSignIn(t, "cleo@neoforge.test")
	h.MustBeOpenedBy(t, in.Session.ID, identity.SignedInBy{Method: identity.ByPassword})
	in = h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	h.MustBeOpenedBy(t, in.Session.ID, identity.SignedInBy{Method: identity.ByProvider, Provider: "acme"})
	h.MustDeliver(t)
	h.MustAskLink(t, "cleo@neoforge.test")
	in, err := h.FollowLink(t, fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/auth/magic"))
	if err != nil {
		t.Fatal(err)
	}
	h.MustBeOpenedBy(t, in.Session.ID, identity.SignedInBy{Method: identity.ByMagicLink})
	lastOpenedBy(t, h, cleo, h.MustSignInProgram(t, "cleo@neoforge.test"), identity.SignedInBy{Method: identity.ByPassword})

	// With second factors.
	secret, codes := h.MustAddTOTP(t, cleo)
	key, _ := h.MustAddPasskey(t, cleo, "Laptop")
	h.MustBeOpenedBy(t, h.MustHolder(t, h.MustEnterByPasskey(t, key)).SessionID, identity.SignedInBy{Method: identity.ByPasskey})
	in, err = h.FinishSecondFactor(t, h.MustEnter(t, "cleo@neoforge.test").SecondFactor, identity.FactorProof{Code: h.MustCode(t, secret)})
	if err != nil {
		t.Fatal(err)
	}
	h.MustBeOpenedBy(t, in.Session.ID, identity.SignedInBy{Method: identity.ByPassword, SecondFactor: identity.FactorTOTP})
	_, err = h.SignInProgram(t.Context(), signin.SignInProgram{Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop})
	var due *signin.SecondFactorRequired
	if !errors.As(err, &due) {
		t.Fatal(err)
	}
	pair, err := h.FinishProgramSignIn(t.Context(), signin.FinishSignIn{Challenge: due.Challenge, Proof: identity.FactorProof{Code: string(codes[1])}, Device: fixture.Laptop})
	if err != nil {
		t.Fatal(err)
	}
	lastOpenedBy(t, h, cleo, pair, identity.SignedInBy{Method: identity.ByPassword, SecondFactor: identity.FactorRecoveryCode})
	in, err = h.FinishSecondFactor(t, h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test")).SecondFactor, identity.FactorProof{Code: string(codes[0])})
	if err != nil {
		t.Fatal(err)
	}
	h.MustBeOpenedBy(t, in.Session.ID, identity.SignedInBy{Method: identity.ByProvider, Provider: "acme", SecondFactor: identity.FactorRecoveryCode})
}

// lastOpenedBy looks at the session of a program.
func lastOpenedBy(t *testing.T, h *fixture.Room, who identity.Actor, pair signin.TokenPair, want identity.SignedInBy) {
	t.Helper()
	a, err := h.AuthenticateToken(t.Context(), pair.AccessToken)
	if err != nil || a.UserID != who.UserID {
		t.Fatalf("%+v, %v", a, err)
	}
	h.MustBeOpenedBy(t, a.SessionID, want)
}
