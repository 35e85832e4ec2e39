package signin_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignUp_RecordsWhatTheAccountRestsOn(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	then := h.Clock.Now()
	signUpFrom(t, h, "203.0.113.9", "cleo@neoforge.test", false)
	agreedTo(t, h, "cleo@neoforge.test", then, "203.0.113.9", identity.ConsentTerms, identity.ConsentPrivacy)
	h.Clock.Advance(time.Hour)
	m := h.MustMail(t, "cleo@neoforge.test")
	h.Clock.Advance(time.Hour)
	if err := h.ProveEmail(t, fixture.MustLink(t, m, "/verify-email")); err != nil {
		t.Fatal(err)
	}
	// What was agreed to on the form counts, not when and where the link was opened.
	agreedTo(t, h, "cleo@neoforge.test", then, "203.0.113.9", identity.ConsentTerms, identity.ConsentPrivacy)
	states, err := h.Consents(t.Context(), h.MustActor(t, h.MustEnter(t, "cleo@neoforge.test").Secret))
	if err != nil || len(states) != 3 || !states[0].Given || !states[1].Given || states[2].Given || !states[2].At.IsZero() {
		t.Errorf("the account shows %+v, %v", states, err)
	}
}

func TestSignUp_RecordsNewsForWhoAsksForThem(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	then := h.Clock.Now()
	signUpFrom(t, h, "203.0.113.9", "cleo@neoforge.test", true)
	agreedTo(t, h, "cleo@neoforge.test", then, "203.0.113.9", identity.ConsentTerms, identity.ConsentPrivacy, identity.ConsentNews)
}

func TestVerifyEmail_EndsTheNewsThatSomebodyElseAskedFor(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	everything := []identity.ConsentKind{identity.ConsentTerms, identity.ConsentPrivacy, identity.ConsentNews}

	// The owner registers as well: their registration counts.
	signUpFrom(t, h, "198.51.100.66", "cleo@neoforge.test", true)
	early := h.Clock.Now()
	h.MustMail(t, "cleo@neoforge.test")
	h.Clock.Advance(time.Minute)
	then := h.Clock.Now()
	signUpFrom(t, h, "203.0.113.9", "cleo@neoforge.test", false)
	agreedTo(t, h, "cleo@neoforge.test", early, "198.51.100.66", everything...) // nothing changed yet
	if err := h.ProveEmail(t, fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/verify-email")); err != nil {
		t.Fatal(err)
	}
	agreedTo(t, h, "cleo@neoforge.test", then, "203.0.113.9", identity.ConsentTerms, identity.ConsentPrivacy)

	// The owner proves the address by a mail: they never asked for the news.
	early = h.Clock.Now()
	h.MustDeliver(t)
	signUpFrom(t, h, "198.51.100.66", "dan@neoforge.test", true)
	h.MustMail(t, "dan@neoforge.test")
	h.MustForgetPassword(t, "dan@neoforge.test")
	if err := h.SetForgottenPassword(t, fixture.MustLink(t, h.MustMail(t, "dan@neoforge.test"), "/reset"), fixture.OtherPassword); err != nil {
		t.Fatal(err)
	}
	agreedTo(t, h, "dan@neoforge.test", early, "198.51.100.66", identity.ConsentTerms, identity.ConsentPrivacy)

	// The owner comes from a provider.
	signUpFrom(t, h, "198.51.100.66", "ben@neoforge.test", true)
	h.Clock.Advance(time.Minute)
	h.MustCome(t, identity.Claim{Provider: "acme", Subject: "ben", Email: "ben@neoforge.test", EmailVerified: true, Name: "Ben"})
	agreedTo(t, h, "ben@neoforge.test", h.Clock.Now(), fixture.Laptop.IP, identity.ConsentTerms, identity.ConsentPrivacy)
}

func TestSignUp_OfAKnownAddressRecordsNoConsent(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	signUpFrom(t, h, "203.0.113.9", "cleo@neoforge.test", true)
	if all := agreedBy(t, h, "cleo@neoforge.test"); len(all) != 0 {
		t.Errorf("recorded: %+v", all)
	}
}

func TestSignInWithProvider_RecordsConsentTheFirstTime(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	claim := identity.Claim{Provider: "acme", Subject: "cleo", Email: "cleo@neoforge.test", EmailVerified: true, Name: "Cleo"}
	then := h.Clock.Now()
	h.MustCome(t, claim)
	h.Clock.Advance(time.Hour)
	h.MustCome(t, claim) // the second time they come, nothing is new
	agreedTo(t, h, "cleo@neoforge.test", then, fixture.Laptop.IP, identity.ConsentTerms, identity.ConsentPrivacy)
}

// TestSignInWithProvider_RecordsTheTextsThatWereShown publishes another text while somebody is at the provider.
func TestSignInWithProvider_RecordsTheTextsThatWereShown(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	texts := identity.Texts{identity.ConsentTerms: "2026-03-04.1"}
	h.Deps.Texts = func(context.Context) (identity.Texts, error) { return texts, nil }
	app, err := fixture.NewIdentity(h.Deps)
	if err != nil {
		t.Fatal(err)
	}
	h.Identity = app
	h.Provider.Answers(fixture.VerifiedClaim("cleo", "cleo@neoforge.test"))
	browser, params := h.MustBegin(t, "")
	texts = identity.Texts{identity.ConsentTerms: "2026-03-05.2"}
	_, err = h.SignInWithProvider(t.Context(), signin.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params, Device: fixture.Laptop})
	if err != nil {
		t.Fatal(err)
	}
	if c := agreedBy(t, h, "cleo@neoforge.test")[identity.ConsentTerms]; c.Version != "2026-03-04.1" {
		t.Errorf("recorded is %q, shown was 2026-03-04.1", c.Version)
	}

	begin := func(shown identity.Agreed) error {
		_, err := h.BeginProviderSignIn(t.Context(), signin.BeginProviderSignIn{Provider: "acme", Agreed: shown})
		return err
	}
	if err := begin(identity.Agreed{identity.ConsentTerms: "2026-03-04.1"}); !errors.Is(err, identity.ErrConsentOutdated) {
		t.Errorf("who was shown the text before: %v", err)
	}
	if err := begin(identity.Agreed{identity.ConsentTerms: "2026-03-05.2"}); err != nil {
		t.Errorf("who was shown the text in force: %v", err)
	}
}

// agreedTo checks that somebody agreed to these texts and no others, then and there.
func agreedTo(t *testing.T, h *fixture.Room, email string, at time.Time, address string, kinds ...identity.ConsentKind) {
	t.Helper()
	all := agreedBy(t, h, email)
	if len(all) != len(kinds) {
		t.Errorf("recorded: %+v", all)
	}
	for _, text := range identity.Texts(nil).Agreements() {
		for _, kind := range kinds {
			c := all[kind]
			if text.Kind == kind && (!c.Given || c.Version != text.Version || c.IP != address || c.At.Sub(at).Abs() > 20*time.Second) {
				t.Errorf("%s: %+v, want it given at %s from %s", kind, c, at, address)
			}
		}
	}
}

func signUpFrom(t *testing.T, h *fixture.Room, address, email string, news bool) {
	t.Helper()
	err := h.SignUp(t.Context(), signin.SignUp{Email: email, Password: fixture.Password, Name: "Cleo", News: news, IP: address})
	if err != nil {
		t.Fatal(err)
	}
}

func agreedBy(t *testing.T, h *fixture.Room, email string) map[identity.ConsentKind]identity.Consent {
	t.Helper()
	history, err := h.Deps.Reads.ConsentsOf(t.Context(), h.MustPerson(t, email).ID)
	if err != nil {
		t.Fatal(err)
	}
	all := identity.Standing(history)
	if len(all) != len(history) {
		t.Errorf("recorded more than once: %+v", history)
	}
	return all
}
