package account_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestConfirm_HoldsForTenMinutesAndChangesTheCookie(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	actor, in := h.MustSignIn(t, "cleo@neoforge.test")
	_, codes := h.MustAddTOTP(t, actor)
	h.Clock.Advance(identityport.RecentAuthentication)
	_, err := h.StartTOTP(t.Context(), h.MustHolder(t, in.Secret))
	fixture.MustFailWith(t, "ten minutes later", err, identity.ErrNotRecent)

	for what, cmd := range map[string]account.Confirm{
		"a wrong password": {Actor: actor, Password: "wrong"},
		"no proof":         {Actor: actor},
	} {
		_, err := h.Confirm(t.Context(), cmd)
		fixture.MustFailWith(t, what, err, identity.ErrInvalidCredentials)
	}
	_, err = h.Confirm(t.Context(), account.Confirm{Actor: actor, Proof: identity.FactorProof{Code: "000000"}})
	fixture.MustFailWith(t, "a wrong code", err, identity.ErrCodeWrong)
	impersonator := actor
	impersonator.Impersonator = "somebody"
	_, err = h.Confirm(t.Context(), account.Confirm{Actor: impersonator, Password: fixture.Password})
	fixture.MustFailWith(t, "who impersonates", err, identity.ErrForbidden)
	token := actor
	token.TokenID = "token"
	_, err = h.Confirm(t.Context(), account.Confirm{Actor: token, Password: fixture.Password})
	fixture.MustFailWith(t, "a personal token", err, identity.ErrForbidden)
	_, err = h.BeginProviderConfirmation(t.Context(), actor, "acme", "/")
	fixture.MustFailWith(t, "a provider in the place of a password", err, identity.ErrForbidden)

	secret := h.MustConfirm(t, actor)
	if _, err := h.AuthenticateSession(t.Context(), in.Secret); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Fatalf("the old cookie still opens the session: %v", err)
	}
	fresh := h.MustHolder(t, secret)
	if fresh.SessionID != actor.SessionID || !fresh.RecentlyAuthenticated(h.Clock.Now()) {
		t.Fatalf("%+v", fresh)
	}
	done, err := h.Confirm(t.Context(), account.Confirm{Actor: fresh, Proof: identity.FactorProof{Code: string(codes[5])}})
	if err != nil || done.Secret == "" {
		t.Fatal(err)
	}
}

// Who has nothing here to prove themselves by does it at their provider, with the
// account that is theirs there.
func TestConfirmWithProvider_IsForWhoHasNothingElse(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	signIn := func(subject, email string) identity.Actor {
		browser, params := h.MustBegin(t, "/")
		h.Provider.Answers(fixture.VerifiedClaim(subject, email))
		in, err := h.ReturnToSignIn(t, browser, params)
		if err != nil {
			t.Fatal(err)
		}
		return h.MustHolder(t, in.Secret)
	}
	actor := signIn("subject-1", "cleo@neoforge.test")
	signIn("subject-2", "dan@neoforge.test")
	h.Clock.Advance(identityport.RecentAuthentication)
	ret := func() identity.ProviderReturn {
		start, err := h.BeginProviderConfirmation(t.Context(), actor, "acme", "/account/security")
		if err != nil {
			t.Fatal(err)
		}
		return identity.ProviderReturn{Provider: "acme", BrowserSecret: start.BrowserSecret, Params: paramsOf(t, start.RedirectURL), Actor: actor}
	}
	_, err := h.ConfirmWithProvider(t.Context(), ret())
	fixture.MustFailWith(t, "another account there", err, identity.ErrProviderInvalid)
	h.Provider.Answers(fixture.VerifiedClaim("subject-1", "cleo@neoforge.test"))
	done, err := h.ConfirmWithProvider(t.Context(), ret())
	if err != nil || done.ReturnTo != "/account/security" {
		t.Fatalf("%+v, %v", done, err)
	}
	if !h.MustHolder(t, done.Secret).RecentlyAuthenticated(h.Clock.Now()) {
		t.Fatal("the proof does not count")
	}
	// The flow of a confirmation signs nobody in.
	r := ret()
	_, err = h.ReturnToSignIn(t, r.BrowserSecret, r.Params)
	fixture.MustFailWith(t, "a confirmation as a sign-in", err, identity.ErrFlowUnknown)
}

func TestConfirm_TakesAPasskeyOnce(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, in := h.MustSignIn(t, "cleo@neoforge.test")
	eve, _ := h.MustSignIn(t, "eve@neoforge.test")
	fixture.FailsWith(t, "without a passkey", fixture.Second(h.BeginPasskeyConfirmation(t.Context(), cleo)), identity.ErrPasskeyNotFound)
	key, _ := h.MustAddPasskey(t, cleo, "Laptop")
	h.MustAddPasskey(t, eve, "Phone")
	h.Clock.Advance(identityport.RecentAuthentication)
	begin := func(a identity.Actor) (identity.Secret, []byte) {
		t.Helper()
		begun, err := h.BeginPasskeyConfirmation(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		return begun.Challenge, begun.Options
	}
	confirm := func(a identity.Actor, challenge identity.Secret, answer []byte) (account.Confirmed, error) {
		return h.Confirm(t.Context(), account.Confirm{Actor: a, Challenge: challenge, Proof: identity.FactorProof{Passkey: answer}})
	}
	challenge, options := begin(eve)
	fixture.FailsWith(t, "by another's challenge", fixture.Second(confirm(cleo, challenge, key.Proves(t, options))), identity.ErrChallengeUnknown)
	challenge, options = begin(eve)
	fixture.FailsWith(t, "by another's key", fixture.Second(confirm(eve, challenge, key.Proves(t, options))), identity.ErrPasskeyInvalid)
	challenge, options = begin(cleo)
	fixture.FailsWith(t, "by a malformed answer", fixture.Second(confirm(cleo, challenge, []byte(`{"id":`))), identity.ErrPasskeyInvalid)
	answer := key.Proves(t, options)
	done, err := confirm(cleo, challenge, answer)
	if err != nil {
		t.Fatal(err)
	}
	if a := h.MustHolder(t, done.Secret); a.UserID != cleo.UserID || !a.RecentlyAuthenticated(h.Clock.Now()) {
		t.Errorf("confirmed: %+v", a)
	}
	h.MustRefuse(t, "the cookie from before", in.Secret)
	fixture.FailsWith(t, "once more", fixture.Second(confirm(h.MustHolder(t, done.Secret), challenge, answer)), identity.ErrChallengeUnknown)
}

// paramsOf is what a provider would send the browser back with.
func paramsOf(t *testing.T, redirect string) url.Values {
	t.Helper()
	u, err := url.Parse(redirect)
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{"state": {u.Query().Get("state")}, "code": {"code-1"}}
}
