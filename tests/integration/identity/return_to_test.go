package identity_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestSessionsRememberHowTheyWereOpened signs somebody in by every way there is, on
// every database.
func TestSessionsRememberHowTheyWereOpened(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newTestApp(t, open(t))
			cleo, in := h.signedIn(t, "cleo@neoforge.test")
			h.openedBy(t, in.Session.ID, identity.SignedInBy{Method: identity.ByPassword})
			in = h.mustCome(t, verified("1", "cleo@neoforge.test"))
			h.openedBy(t, in.Session.ID, identity.SignedInBy{Method: identity.ByProvider, Provider: "acme"})
			h.deliver(t)
			h.askLink(t, "cleo@neoforge.test")
			in, err := h.follow(t, link(t, h.mail(t, "cleo@neoforge.test"), "/auth/magic"))
			if err != nil {
				t.Fatal(err)
			}
			h.openedBy(t, in.Session.ID, identity.SignedInBy{Method: identity.ByMagicLink})
			h.lastOpenedBy(t, cleo, h.program(t, "cleo@neoforge.test"), identity.SignedInBy{Method: identity.ByPassword})

			// With second factors.
			secret, codes := h.addTOTP(t, cleo)
			key, _ := h.addPasskey(t, cleo, "Laptop")
			h.openedBy(t, h.holder(t, h.byPasskey(t, key)).SessionID, identity.SignedInBy{Method: identity.ByPasskey})
			in, err = h.finish(t, h.withPassword(t, "cleo@neoforge.test").SecondFactor, identity.FactorProof{Code: h.code(t, secret)})
			if err != nil {
				t.Fatal(err)
			}
			h.openedBy(t, in.Session.ID, identity.SignedInBy{Method: identity.ByPassword, SecondFactor: identity.FactorTOTP})
			_, err = h.app.SignInProgram(t.Context(), signin.SignInProgram{Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop})
			var due *signin.SecondFactorRequired
			if !errors.As(err, &due) {
				t.Fatal(err)
			}
			pair, err := h.app.FinishProgramSignIn(t.Context(), signin.FinishSignIn{Challenge: due.Challenge, Proof: identity.FactorProof{Code: string(codes[1])}, Device: fixture.Laptop})
			if err != nil {
				t.Fatal(err)
			}
			h.lastOpenedBy(t, cleo, pair, identity.SignedInBy{Method: identity.ByPassword, SecondFactor: identity.FactorRecoveryCode})
			in, err = h.finish(t, h.mustCome(t, verified("1", "cleo@neoforge.test")).SecondFactor, identity.FactorProof{Code: string(codes[0])})
			if err != nil {
				t.Fatal(err)
			}
			h.openedBy(t, in.Session.ID, identity.SignedInBy{Method: identity.ByProvider, Provider: "acme", SecondFactor: identity.FactorRecoveryCode})
		})
	}
}

func (h *testApp) openedBy(t *testing.T, session string, want identity.SignedInBy) {
	t.Helper()
	s, err := h.deps.Reads.Session(t.Context(), session)
	if err != nil || s.By != want {
		t.Errorf("opened by %+v, %v, want %+v", s.By, err, want)
	}
}

// lastOpenedBy looks at the session of a program.
func (h *testApp) lastOpenedBy(t *testing.T, who identity.Actor, pair signin.TokenPair, want identity.SignedInBy) {
	t.Helper()
	a, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken)
	if err != nil || a.UserID != who.UserID {
		t.Fatalf("%+v, %v", a, err)
	}
	h.openedBy(t, a.SessionID, want)
}
