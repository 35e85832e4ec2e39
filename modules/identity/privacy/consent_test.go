package privacy_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/privacy"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSetConsents_RecordsAndNeverChanges(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, _ := h.Arrive(t, "cleo", identityport.RoleMember)
	set := func(a identity.Actor, g privacy.GivenConsent) error { return h.SetConsents(t.Context(), a, g) }
	news := privacy.GivenConsent{Kind: identity.ConsentNews, Given: true}
	for range 2 { // what stands is not recorded again
		if err := set(cleo, news); err != nil {
			t.Fatal(err)
		}
	}
	h.Clock.Advance(time.Minute)
	back := news
	back.Given = false
	if err := set(cleo, back); err != nil {
		t.Fatal(err)
	}
	history, err := h.Deps.Reads.ConsentsOf(t.Context(), cleo.UserID)
	if err != nil || len(history) != 2 || history[0].Given || !history[1].Given || history[1].Version == "" {
		t.Errorf("%+v, %v", history, err)
	}
	states, err := h.Consents(t.Context(), cleo)
	if err != nil || len(states) != len(identity.Texts(nil).Agreements()) {
		t.Fatalf("%+v, %v", states, err)
	}
	for _, s := range states {
		if s.Given || s.Kind == identity.ConsentNews && s.At.IsZero() {
			t.Errorf("%+v", s)
		}
	}
	foreign, program := cleo, cleo
	foreign.Impersonator, program.TokenID = fixture.GoldenUser, "token"
	for name, c := range map[string]struct {
		who  identity.Actor
		what privacy.GivenConsent
		want error
	}{
		"an impersonator":        {foreign, news, identity.ErrConsentForeign},
		"a program":              {program, news, identity.ErrConsentForeign},
		"a visitor":              {identity.Actor{}, news, identity.ErrNotSignedIn},
		"an old text":            {cleo, privacy.GivenConsent{Kind: identity.ConsentTerms, Version: "1999-01-01", Given: true}, identity.ErrConsentOutdated},
		"what the account needs": {cleo, privacy.GivenConsent{Kind: identity.ConsentTerms}, identity.ErrConsentNeeded},
	} {
		if err := set(c.who, c.what); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
