package signin_test

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignInWithProvider_EndsWhatAPreRegistrantConnected(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	u := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	mallory := h.MustActor(t, h.MustEnter(t, "cleo@neoforge.test").Secret)
	h.Provider.Answers(fixture.VerifiedClaim("mallory", "mallory@neoforge.test"))
	if _, err := h.LinkIdentity(t.Context(), h.MustBeginLink(t, mallory)); err != nil {
		t.Fatal(err)
	}
	waiting := h.MustBeginLink(t, mallory)
	h.MustUnprove(t, u.ID)
	cleo := h.MustCome(t, fixture.VerifiedClaim("cleo", "cleo@neoforge.test"))
	if cleo.Session.User != mallory.UserID {
		t.Fatal("another account")
	}
	if all := h.MustConnections(t, h.MustActor(t, cleo.Secret)); len(all) != 1 || all[0].Subject != "cleo" {
		t.Errorf("connected: %+v", all)
	}
	in := h.MustCome(t, fixture.VerifiedClaim("mallory", "mallory@neoforge.test"))
	if in.Session.User == cleo.Session.User || !in.NewAccount {
		t.Errorf("the one who planted it came in: %+v", in)
	}
	// The session was ended, so it makes nothing that lasts, whoever still takes it for good.
	if _, err := h.LinkIdentity(t.Context(), waiting); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("what was begun before: %v", err)
	}
}

func TestSignInWithProvider_ChangesNothingForANewAddressAtTheProvider(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	first := h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
	again := h.MustCome(t, fixture.VerifiedClaim("1", "ben@neoforge.test"))
	if again.Session.User != first.Session.User {
		t.Fatal("a changed address led to somebody else")
	}
	if a := h.MustActor(t, again.Secret); a.Email != "cleo@neoforge.test" {
		t.Errorf("actor: %+v", a)
	}
	// Somebody else's new account at the provider, with the address that was left.
	other := h.MustCome(t, fixture.VerifiedClaim("2", "cleo@neoforge.test"))
	if other.Session.User != first.Session.User {
		t.Error("the address is proven on both sides, and was not linked")
	}
}

func TestSignInWithProvider_RefusesWhoIsSuspended(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	in := h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	u := h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
	err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
		for _, id := range []identity.UserID{in.Session.User, u.ID} {
			v, err := s.Users.ByID(ctx, id)
			if err != nil {
				return err
			}
			v.SuspendedAt = h.Clock.Now()
			if err := s.Users.Update(ctx, v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []identity.Claim{fixture.VerifiedClaim("1", "cleo@neoforge.test"), fixture.VerifiedClaim("2", "cleo@neoforge.test"), fixture.VerifiedClaim("3", "ben@neoforge.test")} {
		if _, err := h.ComeByProvider(t, c); !errors.Is(err, identity.ErrSuspended) {
			t.Errorf("%s: %v", c.Subject, err)
		}
	}
	if n := len(h.Ledger.Did("identity.identity_linked")); n != 1 {
		t.Errorf("%d links: one that was refused stayed", n)
	}
}

// TestSignInWithProvider_NeverLinksAnotherMailbox has a provider vouch for addresses that
// Unicode's case folding makes into somebody's.
func TestSignInWithProvider_NeverLinksAnotherMailbox(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	kate := h.MustCreate(t, "kate@neoforge.test", identityport.RoleMember, true)
	ida := h.MustCreate(t, "ida@neoforge.test", identityport.RoleAdministrator, true)
	for subject, email := range map[string]string{"1": "\u212Aate@neoforge.test", "2": "\u0130da@neoforge.test", "3": "İda@neoforge.test"} {
		in, err := h.ComeByProvider(t, fixture.VerifiedClaim(subject, email))
		if err == nil && (in.Session.User == kate.ID || in.Session.User == ida.ID) {
			t.Errorf("%q signs in as somebody else", email)
		}
	}
	first := h.MustCome(t, fixture.VerifiedClaim("4", "cleo@München.test"))
	for subject, email := range map[string]string{"5": "cleo@xn--mnchen-3ya.test", "6": "CLEO@mu\u0308nchen.test"} {
		if in := h.MustCome(t, fixture.VerifiedClaim(subject, email)); in.Session.User != first.Session.User {
			t.Errorf("%q is another account than cleo@München.test", email)
		}
	}
}

func TestSignInWithProvider_OpensAnAccountAndTellsTheOthers(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.Provider.Answers(fixture.VerifiedClaim("1", "Cleo@neoforge.test"))
	browser, params := h.MustBegin(t, "/posts/welcome?page=2")
	in, err := h.SignInWithProvider(t.Context(), signin.SignInWithProvider{
		Provider: "acme", BrowserSecret: browser, Params: params, Device: fixture.Laptop,
	})
	if err != nil {
		t.Fatal(err)
	}
	if !in.NewAccount || in.ReturnTo != "/posts/welcome?page=2" || in.Session.Kind != identity.BrowserSession {
		t.Errorf("signed in: %+v", in)
	}
	a := h.MustActor(t, in.Secret)
	if a.Email != "cleo@neoforge.test" || a.Name != "Cleo" || a.Role != identityport.RoleMember || a.SessionID != in.Session.ID ||
		!a.May("content.comment") || a.May(identity.PermissionManageUsers) || len(a.Organizations) != 1 {
		t.Errorf("actor: %+v", a)
	}
	registered := h.Ledger.Published("identity.user_registered.v1")
	if len(registered) != 1 {
		t.Fatalf("%d events", len(registered))
	}
	fixture.MustMatchGolden(t, "user_registered.v1.golden.json", registered[0].Payload,
		string(a.UserID), fixture.GoldenUser, string(a.PersonalOrganization()), fixture.GoldenOrganization)
	for _, action := range []string{"identity.account_created", "identity.identity_linked", "identity.signed_in"} {
		if acts := h.Ledger.Did(action); len(acts) != 1 || acts[0].Actor != string(a.UserID) || acts[0].IP != fixture.Laptop.IP {
			t.Errorf("%s: %+v", action, acts)
		}
	}
	again := h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	if again.NewAccount || again.Session.User != a.UserID || again.ReturnTo != "/" {
		t.Errorf("the second time: %+v", again)
	}
}

func TestSignInWithProvider_TakesAnAnswerOnceFromTheBrowserThatAsked(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.Provider.Answers(fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	other, _ := h.MustBegin(t, "")
	browser, params := h.MustBegin(t, "")
	try := func(provider string, browser identity.Secret, params url.Values) error {
		_, err := h.SignInWithProvider(t.Context(), signin.SignInWithProvider{
			Provider: provider, BrowserSecret: browser, Params: params, Device: fixture.Laptop,
		})
		return err
	}
	if err := try("elsewhere", browser, params); !errors.Is(err, identity.ErrProviderUnknown) {
		t.Errorf("an unknown provider: %v", err)
	}
	for what, wrong := range map[string]url.Values{
		"no state":      {"code": {"code-1"}},
		"a wrong state": {"state": {identity.NewSecret().Reveal()}, "code": {"code-1"}},
		"two states":    {"state": {params.Get("state"), "x"}, "code": {"code-1"}},
	} {
		if err := try("acme", browser, wrong); !errors.Is(err, identity.ErrFlowUnknown) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := try("acme", "", params); !errors.Is(err, identity.ErrFlowUnknown) {
		t.Errorf("a browser without its cookie: %v", err)
	}
	if err := try("acme", browser, params); err != nil {
		t.Errorf("the browser that asked: %v", err)
	}
	if err := try("acme", browser, params); !errors.Is(err, identity.ErrFlowUnknown) {
		t.Errorf("a replay: %v", err)
	}
	browser, params = h.MustBegin(t, "")
	if err := try("acme", other, params); !errors.Is(err, identity.ErrFlowUnknown) {
		t.Errorf("another browser's cookie: %v", err)
	}
	if err := try("acme", browser, params); !errors.Is(err, identity.ErrFlowUnknown) {
		t.Errorf("after another browser tried: %v", err)
	}
	if n := h.Provider.Completions(); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
	asked, answered := h.Provider.Begun[1], h.Provider.Ended[0]
	if answered.Nonce != asked.Nonce || answered.Verifier != asked.Verifier || answered.Session != "kept" || len(asked.Verifier) < 43 {
		t.Errorf("asked with %+v, completed with %+v", asked, answered)
	}
}

func TestSignInWithProvider_RefusesALateAnswer(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.Provider.Answers(fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	browser, params := h.MustBegin(t, "")
	h.Clock.Advance(identity.FlowTTL)
	_, err := h.SignInWithProvider(t.Context(), signin.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params})
	if !errors.Is(err, identity.ErrFlowUnknown) || h.Provider.Completions() != 0 {
		t.Fatalf("have %v", err)
	}
}

func TestSignInWithProvider_TellsWhatTheProviderRefuses(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	for _, want := range []error{identity.ErrProviderDenied, identity.ErrProviderInvalid, identity.ErrProviderAway} {
		browser, params := h.MustBegin(t, "")
		h.Provider.Fails(want)
		_, err := h.SignInWithProvider(t.Context(), signin.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params})
		if !errors.Is(err, want) {
			t.Errorf("have %v, want %v", err, want)
		}
		h.Provider.Fails(nil)
	}
	for _, subject := range []string{"", "a\x00b"} {
		if _, err := h.ComeByProvider(t, fixture.VerifiedClaim(subject, "cleo@neoforge.test")); !errors.Is(err, identity.ErrProviderInvalid) {
			t.Errorf("subject %q: %v", subject, err)
		}
	}
}

func TestSignInWithProvider_KnowsAnIdentityWhateverItsAddressSays(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	first := h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	in := h.MustCome(t, identity.Claim{Subject: "1", Email: "no address"})
	if in.Session.User != first.Session.User || in.NewAccount {
		t.Fatalf("signed in: %+v", in)
	}
	if u := h.MustActor(t, in.Secret); u.Email != "cleo@neoforge.test" {
		t.Fatalf("actor: %+v", u)
	}
}

func TestSignInWithProvider_LinksAnAddressProvenOnBothSides(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	u := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	cookie := h.MustEnter(t, "cleo@neoforge.test").Secret
	in := h.MustCome(t, fixture.VerifiedClaim("1", "Cleo@NeoForge.test"))
	if in.Session.User != u.ID || in.NewAccount {
		t.Fatalf("signed in: %+v", in)
	}
	h.MustActor(t, cookie) // stays signed in
	h.MustEnter(t, "cleo@neoforge.test")
	if acts := h.Ledger.Did("identity.identity_linked"); len(acts) != 1 {
		t.Errorf("linked: %+v", acts)
	}
}

func TestSignInWithProvider_NeitherLinksNorRegistersAnUnverifiedAddress(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, false)
	for _, c := range []identity.Claim{
		{Subject: "1", Email: "cleo@neoforge.test"},
		{Subject: "2", Email: "ben@neoforge.test"},
		{Subject: "3", Email: "new@neoforge.test"},
		{Subject: "4", EmailVerified: true},
		{Subject: "5", Email: "no address", EmailVerified: true},
	} {
		if _, err := h.ComeByProvider(t, c); !errors.Is(err, identity.ErrEmailUnverified) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if n := len(h.Ledger.Published("identity.user_registered.v1")); n != 2 {
		t.Errorf("%d accounts", n)
	}
}

func TestSignInWithProvider_GivesAPreRegisteredAccountToWhoProvesIt(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	u := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	planted := h.MustEnter(t, "cleo@neoforge.test")
	h.MustActor(t, planted.Secret) // and so in the cache
	pair := h.MustSignInProgram(t, "cleo@neoforge.test")
	if _, err := h.AuthenticateToken(t.Context(), pair.AccessToken); err != nil {
		t.Fatal(err)
	}
	h.MustUnprove(t, u.ID)

	in := h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	if in.Session.User != u.ID || in.NewAccount {
		t.Fatalf("signed in: %+v", in)
	}
	h.MustRefuse(t, "the planted session", planted.Secret)
	if _, err := h.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the planted access token: %v", err)
	}
	if _, err := h.RefreshTokens(t.Context(), pair.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the planted refresh token: %v", err)
	}
	_, err := h.SignInWithPassword(t.Context(), signin.SignInWithPassword{Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop})
	if !errors.Is(err, identity.ErrInvalidCredentials) {
		t.Errorf("the planted password: %v", err)
	}
	p, err := h.Profile(t.Context(), h.MustActor(t, in.Secret))
	if err != nil || p.HasPassword || !p.User.EmailVerified || p.User.Name != "Cleo" || len(p.Sessions) != 1 || len(p.Identities) != 1 {
		t.Errorf("profile: %+v, %v", p, err)
	}
	if len(h.Ledger.Did("identity.account_claimed")) != 1 {
		t.Error("the claim is not in the trail")
	}
}
