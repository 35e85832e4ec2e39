package identity_test

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

// TestConsentsComeWithTheAccount tells on every database what is recorded when an
// account is made, and for whom.
func TestConsentsComeWithTheAccount(t *testing.T) {
	t.Parallel()
	stories := map[string]func(t *testing.T, h *testApp){
		"who registers agrees to what the account rests on":            registrationAgrees,
		"the news come only to who asks for them":                      registrationAsksForNews,
		"nobody asks for the news in the name of who owns the address": strangersNewsEnd,
		"a registration of a known address records nothing":            repeatedAgreesToNothing,
		"who comes from a provider for the first time agrees too":      providerAgrees,
		"who comes from a provider agreed to what they were shown":     providerAgreesToWhatWasShown,
	}
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for title, story := range stories {
				t.Run(title, func(t *testing.T) {
					t.Parallel()
					story(t, newTestApp(t, open(t)))
				})
			}
		})
	}
}

func (h *testApp) agreed(t *testing.T, email string) map[identity.ConsentKind]identity.Consent {
	t.Helper()
	history, err := h.deps.Reads.ConsentsOf(t.Context(), h.person(t, email).ID)
	if err != nil {
		t.Fatal(err)
	}
	all := identity.Standing(history)
	if len(all) != len(history) {
		t.Errorf("recorded more than once: %+v", history)
	}
	return all
}

// agreedTo checks that somebody agreed to these texts and no others, then and there.
func (h *testApp) agreedTo(t *testing.T, email string, at time.Time, address string, kinds ...identity.ConsentKind) {
	t.Helper()
	all := h.agreed(t, email)
	if len(all) != len(kinds) {
		t.Errorf("recorded: %+v", all)
	}
	for _, text := range identity.Texts(nil).Agreements() {
		for _, kind := range kinds {
			c := all[kind]
			if text.Kind == kind && (!c.Given || c.Version != text.Version || c.Address != address || c.At.Sub(at).Abs() > 20*time.Second) {
				t.Errorf("%s: %+v, want it given at %s from %s", kind, c, at, address)
			}
		}
	}
}

func (h *testApp) signUpFrom(t *testing.T, address, email string, news bool) {
	t.Helper()
	err := h.app.SignUp(t.Context(), signin.SignUp{Email: email, Password: fixture.Password, Name: "Cleo", News: news, Address: address})
	if err != nil {
		t.Fatal(err)
	}
}

func registrationAgrees(t *testing.T, h *testApp) {
	then := h.clock.Now()
	h.signUpFrom(t, "203.0.113.9", "cleo@neoforge.test", false)
	h.agreedTo(t, "cleo@neoforge.test", then, "203.0.113.9", identity.ConsentTerms, identity.ConsentPrivacy)
	h.clock.Advance(time.Hour)
	m := h.mail(t, "cleo@neoforge.test")
	h.clock.Advance(time.Hour)
	if err := h.verify(t, link(t, m, "/verify-email")); err != nil {
		t.Fatal(err)
	}
	// What was agreed to on the form counts, not when and where the link was opened.
	h.agreedTo(t, "cleo@neoforge.test", then, "203.0.113.9", identity.ConsentTerms, identity.ConsentPrivacy)
	states, err := h.app.Consents(t.Context(), h.actor(t, h.enter(t, "cleo@neoforge.test").Secret))
	if err != nil || len(states) != 3 || !states[0].Given || !states[1].Given || states[2].Given || !states[2].At.IsZero() {
		t.Errorf("the account shows %+v, %v", states, err)
	}
}

func registrationAsksForNews(t *testing.T, h *testApp) {
	then := h.clock.Now()
	h.signUpFrom(t, "203.0.113.9", "cleo@neoforge.test", true)
	h.agreedTo(t, "cleo@neoforge.test", then, "203.0.113.9", identity.ConsentTerms, identity.ConsentPrivacy, identity.ConsentNews)
}

func strangersNewsEnd(t *testing.T, h *testApp) {
	everything := []identity.ConsentKind{identity.ConsentTerms, identity.ConsentPrivacy, identity.ConsentNews}

	// The owner registers as well: their registration counts.
	h.signUpFrom(t, "198.51.100.66", "cleo@neoforge.test", true)
	early := h.clock.Now()
	h.mail(t, "cleo@neoforge.test")
	h.clock.Advance(time.Minute)
	then := h.clock.Now()
	h.signUpFrom(t, "203.0.113.9", "cleo@neoforge.test", false)
	h.agreedTo(t, "cleo@neoforge.test", early, "198.51.100.66", everything...) // nothing changed yet
	if err := h.verify(t, link(t, h.mail(t, "cleo@neoforge.test"), "/verify-email")); err != nil {
		t.Fatal(err)
	}
	h.agreedTo(t, "cleo@neoforge.test", then, "203.0.113.9", identity.ConsentTerms, identity.ConsentPrivacy)

	// The owner proves the address by a mail: they never asked for the news.
	early = h.clock.Now()
	h.deliver(t)
	h.signUpFrom(t, "198.51.100.66", "dan@neoforge.test", true)
	h.mail(t, "dan@neoforge.test")
	h.forgot(t, "dan@neoforge.test")
	if err := h.reset(t, link(t, h.mail(t, "dan@neoforge.test"), "/reset"), otherPassword); err != nil {
		t.Fatal(err)
	}
	h.agreedTo(t, "dan@neoforge.test", early, "198.51.100.66", identity.ConsentTerms, identity.ConsentPrivacy)

	// The owner comes from a provider.
	h.signUpFrom(t, "198.51.100.66", "ben@neoforge.test", true)
	h.clock.Advance(time.Minute)
	h.mustCome(t, identity.Claim{Provider: "acme", Subject: "ben", Email: "ben@neoforge.test", EmailVerified: true, Name: "Ben"})
	h.agreedTo(t, "ben@neoforge.test", h.clock.Now(), fixture.Laptop.Address, identity.ConsentTerms, identity.ConsentPrivacy)
}

func repeatedAgreesToNothing(t *testing.T, h *testApp) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.signUpFrom(t, "203.0.113.9", "cleo@neoforge.test", true)
	if all := h.agreed(t, "cleo@neoforge.test"); len(all) != 0 {
		t.Errorf("recorded: %+v", all)
	}
}

func providerAgrees(t *testing.T, h *testApp) {
	claim := identity.Claim{Provider: "acme", Subject: "cleo", Email: "cleo@neoforge.test", EmailVerified: true, Name: "Cleo"}
	then := h.clock.Now()
	h.mustCome(t, claim)
	h.clock.Advance(time.Hour)
	h.mustCome(t, claim) // the second time they come, nothing is new
	h.agreedTo(t, "cleo@neoforge.test", then, fixture.Laptop.Address, identity.ConsentTerms, identity.ConsentPrivacy)
}

// providerAgreesToWhatWasShown publishes another text while somebody is at the provider.
func providerAgreesToWhatWasShown(t *testing.T, h *testApp) {
	texts := identity.Texts{identity.ConsentTerms: "2026-03-04.1"}
	h.deps.Texts = func(context.Context) (identity.Texts, error) { return texts, nil }
	app, err := fixture.NewIdentity(h.deps)
	if err != nil {
		t.Fatal(err)
	}
	h.app = app
	h.provider.answers(verified("cleo", "cleo@neoforge.test"))
	browser, params := h.begin(t, "")
	texts = identity.Texts{identity.ConsentTerms: "2026-03-05.2"}
	_, err = h.app.SignInWithProvider(t.Context(), signin.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params, Device: fixture.Laptop})
	if err != nil {
		t.Fatal(err)
	}
	if c := h.agreed(t, "cleo@neoforge.test")[identity.ConsentTerms]; c.Version != "2026-03-04.1" {
		t.Errorf("recorded is %q, shown was 2026-03-04.1", c.Version)
	}

	begin := func(shown identity.Agreed) error {
		_, err := h.app.BeginProviderSignIn(t.Context(), signin.BeginProviderSignIn{Provider: "acme", Agreed: shown})
		return err
	}
	if err := begin(identity.Agreed{identity.ConsentTerms: "2026-03-04.1"}); !errors.Is(err, identity.ErrConsentOutdated) {
		t.Errorf("who was shown the text before: %v", err)
	}
	if err := begin(identity.Agreed{identity.ConsentTerms: "2026-03-05.2"}); err != nil {
		t.Errorf("who was shown the text in force: %v", err)
	}
}
