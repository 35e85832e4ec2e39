package account_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestLinkIdentity_ConnectsAFurtherAccountInItsPersonsSession(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo := h.MustMember(t, "cleo@neoforge.test")
	back := h.MustBeginLink(t, cleo)
	if p, err := h.ReturnPurpose(t.Context(), back.Params); err != nil || p != identity.FlowLink {
		t.Errorf("purpose: %s, %v", p, err)
	}
	// Neither unverified nor somebody else's address matters: the person is known.
	h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
	h.Provider.Answers(identity.Claim{Subject: "1", Email: "Ben@neoforge.test"})
	linked, err := h.LinkIdentity(t.Context(), back)
	if err != nil || linked.ReturnTo != "/account/connections" || linked.Identity.User != cleo.UserID {
		t.Fatalf("linked: %+v, %v", linked, err)
	}
	all := h.MustConnections(t, cleo)
	if len(all) != 1 || all[0].Email != "ben@neoforge.test" || all[0].Label != "Acme" || all[0].LastAuthMethod {
		t.Fatalf("connected: %+v", all)
	}
	if in := h.MustCome(t, identity.Claim{Subject: "1"}); in.Session.User != cleo.UserID || in.NewAccount {
		t.Errorf("signed in: %+v", in)
	}
	if _, err := h.LinkIdentity(t.Context(), h.MustBeginLink(t, cleo)); err != nil {
		t.Errorf("the same once more: %v", err)
	}
	if acts := h.Ledger.Did("identity.identity_linked"); len(acts) != 1 || acts[0].Actor != string(cleo.UserID) {
		t.Errorf("trail: %+v", acts)
	}
	if err := h.UnlinkIdentity(t.Context(), cleo, all[0].ID); err != nil {
		t.Fatal(err)
	}
	if len(h.MustConnections(t, cleo)) != 0 || len(h.Ledger.Did("identity.identity_unlinked")) != 1 {
		t.Error("it is still connected, or not in the trail")
	}
	if _, err := h.ComeByProvider(t, identity.Claim{Subject: "1"}); !errors.Is(err, identity.ErrEmailUnverified) {
		t.Errorf("afterwards: %v", err)
	}
	if queued := h.Ledger.Queued("identity.send_mail"); len(queued) < 2 {
		t.Errorf("%d mails", len(queued))
	}
}

func TestLinkIdentity_IsForWhoBeganItWhereTheyBeganIt(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, ben := h.MustMember(t, "cleo@neoforge.test"), h.MustMember(t, "ben@neoforge.test")
	other := h.MustActor(t, h.MustEnter(t, "cleo@neoforge.test").Secret)
	h.Provider.Answers(fixture.VerifiedClaim("1", "mallory@neoforge.test"))
	for what, bend := range map[string]func(*identity.ProviderReturn){
		"somebody else":               func(r *identity.ProviderReturn) { r.Actor = ben },
		"nobody":                      func(r *identity.ProviderReturn) { r.Actor = identity.Actor{} },
		"the same in another sign-in": func(r *identity.ProviderReturn) { r.Actor = other },
		"who impersonates":            func(r *identity.ProviderReturn) { r.Actor.Impersonator = ben.UserID },
		"another browser":             func(r *identity.ProviderReturn) { r.BrowserSecret = identity.NewSecret() },
		"a browser without cookie":    func(r *identity.ProviderReturn) { r.BrowserSecret = "" },
		"another state":               func(r *identity.ProviderReturn) { r.Params = url.Values{"state": {"x"}, "code": {"code-1"}} },
	} {
		back := h.MustBeginLink(t, cleo)
		bend(&back)
		if _, err := h.LinkIdentity(t.Context(), back); !errors.Is(err, identity.ErrLinkUnknown) {
			t.Errorf("%s: %v", what, err)
		}
	}
	back := h.MustBeginLink(t, cleo)
	h.Clock.Advance(identity.FlowTTL)
	if _, err := h.LinkIdentity(t.Context(), back); !errors.Is(err, identity.ErrLinkUnknown) {
		t.Errorf("too late: %v", err)
	}
	if n := h.Provider.Completions(); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
	if len(h.MustConnections(t, cleo))+len(h.MustConnections(t, ben)) != 0 {
		t.Error("something was connected")
	}
}

func TestLinkIdentity_LeavesSomebodysIdentityTheirs(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, ben := h.MustMember(t, "cleo@neoforge.test"), h.MustMember(t, "ben@neoforge.test")
	h.Provider.Answers(fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	if _, err := h.LinkIdentity(t.Context(), h.MustBeginLink(t, cleo)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.LinkIdentity(t.Context(), h.MustBeginLink(t, ben)); !errors.Is(err, identity.ErrIdentityTaken) {
		t.Fatalf("have %v", err)
	}
	theirs := h.MustConnections(t, cleo)
	if len(theirs) != 1 || len(h.MustConnections(t, ben)) != 0 {
		t.Fatal("it moved")
	}
	if err := h.UnlinkIdentity(t.Context(), ben, theirs[0].ID); !errors.Is(err, identity.ErrIdentityNotFound) {
		t.Errorf("disconnecting somebody else's: %v", err)
	}
	if err := h.UnlinkIdentity(t.Context(), ben, "no id"); !errors.Is(err, identity.ErrIdentityNotFound) {
		t.Errorf("disconnecting nothing: %v", err)
	}
}

func TestLinkIdentity_NeedsARecentProofAsUnlinkingDoes(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo := h.MustMember(t, "cleo@neoforge.test")
	program, err := h.AuthenticateToken(t.Context(), h.MustSignInProgram(t, "cleo@neoforge.test").AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	token, acted := cleo, cleo
	token.AuthenticatedAt, token.TokenID = time.Time{}, "token-1"
	acted.Impersonator = "somebody"
	for what, c := range map[string]struct {
		actor identity.Actor
		want  error
	}{
		"a visitor":           {identity.Actor{}, identity.ErrNotSignedIn},
		"a personal token":    {token, identity.ErrNotRecent},
		"who impersonates":    {acted, identity.ErrNotRecent},
		"a program's session": {program, identity.ErrLinkInBrowser},
	} {
		if _, err := h.BeginLink(t.Context(), account.BeginLink{Actor: c.actor, Provider: "acme"}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}
	if _, err := h.BeginLink(t.Context(), account.BeginLink{Actor: cleo, Provider: "elsewhere"}); !errors.Is(err, identity.ErrProviderUnknown) {
		t.Errorf("an unknown provider: %v", err)
	}
	h.Clock.Advance(identityport.RecentAuthentication)
	if _, err := h.BeginLink(t.Context(), account.BeginLink{Actor: cleo, Provider: "acme"}); !errors.Is(err, identity.ErrNotRecent) {
		t.Errorf("after ten minutes: %v", err)
	}
	if err := h.UnlinkIdentity(t.Context(), cleo, "any"); !errors.Is(err, identity.ErrNotRecent) {
		t.Errorf("disconnecting after ten minutes: %v", err)
	}
	if len(h.Provider.Begun) != 0 {
		t.Error("the provider was asked")
	}
}

func TestLinkIdentity_TakesNothingThatWasBegunForAnotherPurpose(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo := h.MustMember(t, "cleo@neoforge.test")
	h.Provider.Answers(fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	back := h.MustBeginLink(t, cleo)
	_, err := h.ReturnToSignIn(t, back.BrowserSecret, back.Params)
	if !errors.Is(err, identity.ErrFlowUnknown) {
		t.Errorf("signing in by what was to connect: %v", err)
	}
	if _, err := h.LinkIdentity(t.Context(), back); !errors.Is(err, identity.ErrLinkUnknown) {
		t.Errorf("and connecting afterwards: %v", err)
	}
	browser, params := h.MustBegin(t, "")
	_, err = h.LinkIdentity(t.Context(), identity.ProviderReturn{Provider: "acme", BrowserSecret: browser, Params: params, Actor: cleo})
	if !errors.Is(err, identity.ErrLinkUnknown) {
		t.Errorf("connecting by what was to sign in: %v", err)
	}
	if h.Provider.Completions() != 0 || len(h.MustConnections(t, cleo)) != 0 {
		t.Error("the provider was asked, or something was connected")
	}
	for what, params := range map[string]url.Values{"no state": {}, "an unknown state": {"state": {"x"}}} {
		if p, err := h.ReturnPurpose(t.Context(), params); err != nil || p != identity.FlowSignIn {
			t.Errorf("%s: %s, %v", what, p, err)
		}
	}
}
