package identity_test

import (
	"errors"
	"net/url"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignInWithProvider_OpensAnAccountAndTellsTheOthers(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
			if acts := h.Ledger.Did(action); len(acts) != 1 || acts[0].Actor != string(a.UserID) || acts[0].Address != fixture.Laptop.Address {
				t.Errorf("%s: %+v", action, acts)
			}
		}
		again := h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
		if again.NewAccount || again.Session.User != a.UserID || again.ReturnTo != "/" {
			t.Errorf("the second time: %+v", again)
		}
	})
}

func TestSignInWithProvider_TakesAnAnswerOnceFromTheBrowserThatAsked(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
	})
}

func TestSignInWithProvider_RefusesALateAnswer(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.Provider.Answers(fixture.VerifiedClaim("1", "cleo@neoforge.test"))
		browser, params := h.MustBegin(t, "")
		h.Clock.Advance(identity.FlowTTL)
		_, err := h.SignInWithProvider(t.Context(), signin.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params})
		if !errors.Is(err, identity.ErrFlowUnknown) || h.Provider.Completions() != 0 {
			t.Fatalf("have %v", err)
		}
	})
}

func TestSignInWithProvider_TellsWhatTheProviderRefuses(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
	})
}

func TestSignInWithProvider_KnowsAnIdentityWhateverItsAddressSays(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		first := h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
		in := h.MustCome(t, identity.Claim{Subject: "1", Email: "no address"})
		if in.Session.User != first.Session.User || in.NewAccount {
			t.Fatalf("signed in: %+v", in)
		}
		if u := h.MustActor(t, in.Secret); u.Email != "cleo@neoforge.test" {
			t.Fatalf("actor: %+v", u)
		}
	})
}

func TestSignInWithProvider_LinksAnAddressProvenOnBothSides(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
	})
}

func TestSignInWithProvider_NeitherLinksNorRegistersAnUnverifiedAddress(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
	})
}

func TestSignInWithProvider_GivesAPreRegisteredAccountToWhoProvesIt(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
	})
}

func TestSignInWithProvider_MakesOneAccountOfManyFirstCallbacks(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		const many = 12
		h.Provider.Answers(fixture.VerifiedClaim("1", "cleo@neoforge.test"))
		type ready struct {
			browser identity.Secret
			params  url.Values
		}
		all := make([]ready, many)
		for i := range all {
			all[i].browser, all[i].params = h.MustBegin(t, "")
		}
		users := make(chan identity.UserID, many)
		var running sync.WaitGroup
		for _, r := range all {
			running.Go(func() {
				in, err := h.SignInWithProvider(t.Context(), signin.SignInWithProvider{
					Provider: "acme", BrowserSecret: r.browser, Params: r.params, Device: fixture.Laptop,
				})
				if err != nil {
					t.Error(err)
					return
				}
				users <- in.Session.User
			})
		}
		running.Wait()
		close(users)
		distinct := map[identity.UserID]bool{}
		for id := range users {
			distinct[id] = true
		}
		if len(distinct) != 1 || len(h.Ledger.Published("identity.user_registered.v1")) != 1 {
			t.Fatalf("%d accounts, %d events", len(distinct), len(h.Ledger.Published("identity.user_registered.v1")))
		}
	})
}

// TestSignInWithProvider_MakesOneAccountOfTwoFirstCallbacks has two first callbacks of one new person meet, again and again.
func TestSignInWithProvider_MakesOneAccountOfTwoFirstCallbacks(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		for round := range fixture.Rounds(200) {
			subject := "s" + h.Deps.IDs.New()
			h.Provider.Answers(fixture.VerifiedClaim(subject, subject+"@neoforge.test"))
			type ready struct {
				browser identity.Secret
				params  url.Values
			}
			var both [2]ready
			for i := range both {
				both[i].browser, both[i].params = h.MustBegin(t, "")
			}
			users := make(chan identity.UserID, len(both))
			gate := make(chan struct{})
			var running sync.WaitGroup
			for _, r := range both {
				running.Go(func() {
					<-gate
					in, err := h.SignInWithProvider(t.Context(), signin.SignInWithProvider{
						Provider: "acme", BrowserSecret: r.browser, Params: r.params, Device: fixture.Laptop,
					})
					if err != nil {
						t.Errorf("round %d: %v", round, err)
					}
					users <- in.Session.User
				})
			}
			close(gate)
			running.Wait()
			one, other := <-users, <-users
			linked, err := h.Deps.Reads.IdentitiesOf(t.Context(), one)
			if err != nil {
				t.Fatal(err)
			}
			if one != other || len(linked) != 1 || len(h.Ledger.Published("identity.user_registered.v1")) != round+1 {
				t.Fatalf("round %d: %s and %s, %d identities, %d accounts", round, one, other, len(linked), len(h.Ledger.Published("identity.user_registered.v1")))
			}
		}
	})
}
