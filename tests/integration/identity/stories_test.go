package identity_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestAuthenticateToken_HoldsWhatAnotherReplicaDecided has two replicas on one database and one
// Redis: here it is decided, there it is asked at once.
func TestAuthenticateToken_HoldsWhatAnotherReplicaDecided(t *testing.T) {
	t.Parallel()
	stories := map[string]func(t *testing.T, h *fixture.Room, here, there *fixture.Identity){
		"a token of who is suspended opens nothing":           tokenOfSuspended,
		"a token holds no more than its person's role":        tokenAfterRole,
		"a token of who registered another's address is gone": tokenOfEvicted,
		"a link in a mail is not enough beside a factor":      linkBesideFactor,
	}
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for title, story := range stories {
				t.Run(title, func(t *testing.T) {
					t.Parallel()
					h := fixture.NewRoom(t, open(t))
					redis := harness.Redis(t)
					story(t, h, replica(t, h, redis), replica(t, h, redis))
				})
			}
		})
	}
}

// accepts fails unless every replica knows the token.
func accepts(t *testing.T, secret identity.Secret, apps ...*fixture.Identity) identity.Actor {
	t.Helper()
	var a identity.Actor
	for _, app := range apps {
		var err error
		if a, err = app.AuthenticatePersonalToken(t.Context(), secret, "198.51.100.9"); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func tokenOfSuspended(t *testing.T, h *fixture.Room, here, there *fixture.Identity) {
	ada := h.MustAdministrator(t, "ada@neoforge.test")
	cleo := h.MustMember(t, "cleo@neoforge.test")
	_, secret := h.MustIssueToken(t, cleo, 0, identity.ScopeRead)
	accepts(t, secret, here, there, here, there)
	if err := here.SuspendUser(t.Context(), ada, cleo.UserID, "Reads too much."); err != nil {
		t.Fatal(err)
	}
	fixture.MustRefuseToken(t, there, "there", secret)
	fixture.MustRefuseToken(t, here, "here", secret)
}

func tokenAfterRole(t *testing.T, h *fixture.Room, here, there *fixture.Identity) {
	ada, ctx := h.MustManager(t, "ada"), t.Context()
	ben := h.MustArrive(t, "ben", identityport.RoleMember)
	role, err := here.CreateRole(ctx, ada, "Steward", []identity.Permission{identity.PermissionManageUsers})
	if err != nil {
		t.Fatal(err)
	}
	assign := func(to identity.Role) {
		t.Helper()
		if err := here.AssignRole(ctx, ada, ben.UserID, to); err != nil {
			t.Fatal(err)
		}
	}
	assign(identity.Role(role.Name))
	steward, err := here.AuthenticateSession(ctx, h.MustEnter(t, "ben@neoforge.test").Secret)
	if err != nil {
		t.Fatal(err)
	}
	_, secret := h.MustIssueToken(t, steward, 0, identity.ScopeWrite, identity.Scope(identity.PermissionManageUsers))
	may := func() bool {
		t.Helper()
		return accepts(t, secret, here, there).May(identity.PermissionManageUsers)
	}
	if !may() {
		t.Fatal("the token holds nothing")
	}
	assign(identityport.RoleMember)
	if may() {
		t.Error("the token holds what its person lost with their role")
	}
	assign(identity.Role(role.Name))
	if !may() {
		t.Error("the token does not follow its person back")
	}
	none := []identity.Permission{}
	if _, err := here.ChangeRole(ctx, ada, role.Name, organizations.RoleChange{Permissions: &none}); err != nil {
		t.Fatal(err)
	}
	if may() {
		t.Error("the token holds what the role lost")
	}
}

func tokenOfEvicted(t *testing.T, h *fixture.Room, here, there *fixture.Identity) {
	h.MustSignUp(t, "cleo@neoforge.test", fixture.Password, "Mallory")
	squatter := h.MustSquat(t, "cleo@neoforge.test")
	secret, mallory := identity.NewPersonalSecret(), h.MustPerson(t, "cleo@neoforge.test").ID
	err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
		return s.Tokens.Insert(ctx, fixture.GrantedToken(mallory, identity.ScopeRead, secret, h.Clock.Now()), h.Clock.Now(), 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	fixture.MustRefuseToken(t, here, "before the proof", secret)
	h.Provider.Answers(fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	browser, params := h.MustBegin(t, "")
	_, err = here.SignInWithProvider(t.Context(), signin.SignInWithProvider{Provider: "acme", BrowserSecret: browser, Params: params, Device: fixture.Laptop})
	if err != nil {
		t.Fatal(err)
	}
	fixture.MustRefuseToken(t, there, "there", secret)
	fixture.MustRefuseToken(t, here, "here", secret)
	for what, app := range map[string]*fixture.Identity{"here": here, "there": there} {
		if _, err := app.AuthenticateSession(t.Context(), squatter); !errors.Is(err, identity.ErrNotSignedIn) {
			t.Errorf("the session %s: %v", what, err)
		}
		if _, err := enter(t, app, "cleo@neoforge.test"); !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Errorf("the password %s: %v", what, err)
		}
	}
}

// linkBesideFactor: who reads somebody's mails has one factor, and needs the other.
func linkBesideFactor(t *testing.T, h *fixture.Room, here, there *fixture.Identity) {
	cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
	secret, codes := h.MustAddTOTP(t, cleo)
	open := func() int {
		t.Helper()
		all, err := h.Deps.Reads.SessionsOf(t.Context(), cleo.UserID)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	before := open()
	follow := func() (identity.Secret, signin.SignedIn) {
		t.Helper()
		h.Clock.Advance(time.Hour) // the limits on mails are not what is tested
		h.MustDeliver(t)           // what else there was to tell
		h.MustAskLink(t, "cleo@neoforge.test")
		token := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/auth/magic")
		in, err := here.SignInWithLink(t.Context(), signin.SignInWithLink{Token: token, Device: fixture.Laptop})
		if err != nil {
			t.Fatal(err)
		}
		return token, in
	}
	finish := func(challenge identity.Secret, code string) (signin.SignedIn, error) {
		return there.FinishSignIn(t.Context(), signin.FinishSignIn{Challenge: challenge, Proof: identity.FactorProof{Code: code}, Device: fixture.Laptop})
	}

	token, half := follow()
	if half.Secret != "" || half.SecondFactor == "" || half.Session.ID != "" {
		t.Fatalf("the link alone gave %+v", half)
	}
	for what, s := range map[string]identity.Secret{"the link": token, "the challenge": half.SecondFactor} {
		if _, err := there.AuthenticateSession(t.Context(), s); !errors.Is(err, identity.ErrNotSignedIn) {
			t.Errorf("%s as a cookie: %v", what, err)
		}
	}
	if _, err := there.SignInWithLink(t.Context(), signin.SignInWithLink{Token: token, Device: fixture.Laptop}); !errors.Is(err, identity.ErrInvalidLink) {
		t.Errorf("the link once more: %v", err)
	}
	if _, err := finish(half.SecondFactor, "000000"); !errors.Is(err, identity.ErrCodeWrong) {
		t.Errorf("a wrong code: %v", err)
	}
	if n := open(); n != before {
		t.Errorf("%d sessions of a sign-in that is not finished", n-before)
	}
	in, err := finish(half.SecondFactor, h.MustCode(t, secret))
	if err != nil || in.Secret == "" {
		t.Fatalf("both factors: %+v, %v", in, err)
	}
	if a, err := here.AuthenticateSession(t.Context(), in.Secret); err != nil || a.UserID != cleo.UserID {
		t.Errorf("signed in: %+v, %v", a, err)
	}
	if _, err := finish(half.SecondFactor, string(codes[0])); !errors.Is(err, identity.ErrChallengeUnknown) {
		t.Errorf("the challenge once more: %v", err)
	}

	_, half = follow() // a recovery code does it too, once
	if _, err := finish(half.SecondFactor, string(codes[0])); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	_, half = follow()
	h.Clock.Advance(identity.ChallengeTTL)
	if _, err := finish(half.SecondFactor, h.MustCode(t, secret)); !errors.Is(err, identity.ErrChallengeUnknown) {
		t.Errorf("too late: %v", err)
	}
}
