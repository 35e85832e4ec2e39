package account_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestChangePassword_LeavesWhoChangesItSignedInAlone(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	here, there := h.MustEnter(t, "cleo@neoforge.test"), h.MustEnter(t, "cleo@neoforge.test")
	h.MustForgetPassword(t, "cleo@neoforge.test")
	pending := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset")
	a := h.MustActor(t, here.Secret)
	change := func(a identity.Actor, current, next string) (identity.Secret, error) {
		return h.ChangePassword(t.Context(), a, account.ChangePassword{Current: current, Password: next})
	}
	if _, err := change(identity.Actor{}, fixture.Password, fixture.OtherPassword); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}
	stale := a
	stale.AuthenticatedAt = h.Clock.Now().Add(-identityport.RecentAuthentication)
	impersonated := a
	impersonated.Impersonator = "somebody"
	for what, actor := range map[string]identity.Actor{"long ago": stale, "impersonated": impersonated} {
		if _, err := change(actor, fixture.Password, fixture.OtherPassword); !errors.Is(err, identity.ErrNotRecent) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := change(a, "wrong", fixture.OtherPassword); !errors.Is(err, identity.ErrInvalidCredentials) {
		t.Errorf("a wrong current one: %v", err)
	}
	if _, err := change(a, fixture.Password, "short"); !errors.Is(err, identity.ErrWeakPassword) {
		t.Errorf("a weak one: %v", err)
	}
	next, err := change(a, fixture.Password, fixture.OtherPassword)
	if err != nil || next == "" {
		t.Fatal(err)
	}
	h.MustRefuse(t, "the old cookie", here.Secret)
	h.MustRefuse(t, "another device", there.Secret)
	if h.MustActor(t, next).SessionID != here.Session.ID {
		t.Error("another session")
	}
	if m := h.MustMail(t, "cleo@neoforge.test"); m.Subject != "Your password at NeoForge was changed" {
		t.Errorf("the notice: %s", m.Subject)
	}
	if err := h.SetForgottenPassword(t, pending, fixture.Password); !errors.Is(err, identity.ErrInvalidLink) {
		t.Errorf("a link from before: %v", err)
	}
	pair, err := h.TryProgram(t, "cleo@neoforge.test", fixture.OtherPassword)
	if err != nil {
		t.Fatal(err)
	}
	program, err := h.AuthenticateToken(t.Context(), pair.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if secret, err := change(program, "", fixture.Password); err != nil || secret != "" {
		t.Fatalf("a program: %v", err)
	}
	if _, err := h.RefreshTokens(t.Context(), pair.RefreshToken); err != nil {
		t.Errorf("the program's own session: %v", err)
	}
	h.MustRefuse(t, "the browser, after the program", next)
}

func TestChangePassword_SetsAFirstOneForWhoHasAProviderOnly(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	in := h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
	if _, err := h.ChangePassword(t.Context(), h.MustActor(t, in.Secret), account.ChangePassword{Password: fixture.Password}); err != nil {
		t.Fatal(err)
	}
	h.MustEnter(t, "cleo@neoforge.test")
}
