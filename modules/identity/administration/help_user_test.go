package administration_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestHelpUser_IsToldWhatIsInOrder(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, ctx := h.MustAdministrator(t, "ada@neoforge.test"), t.Context()
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.MustEnter(t, "cleo@neoforge.test")
	pair := h.MustSignInProgram(t, "cleo@neoforge.test")
	cleo := h.MustActor(t, in.Secret)
	h.MustDeliver(t)
	h.MustUnprove(t, cleo.UserID)

	if err := h.SendUserVerification(ctx, ada, cleo.UserID); err != nil {
		t.Fatal(err)
	}
	if err := h.ProveEmail(t, fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/verify-email")); err != nil {
		t.Errorf("the link of that mail: %v", err)
	}
	fixture.FailsWith(t, "proven already", h.SendUserVerification(ctx, ada, cleo.UserID), identity.ErrEmailVerified)
	h.MustDeliver(t)
	if err := h.SendPasswordReset(ctx, ada, cleo.UserID); err != nil {
		t.Fatal(err)
	}
	if err := h.SetForgottenPassword(t, fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset"), fixture.OtherPassword); err != nil {
		t.Errorf("the link of that mail: %v", err)
	}
	fixture.FailsWith(t, "no name", h.RenameUser(ctx, ada, cleo.UserID, " "), identity.ErrInvalidName)
	if err := h.RenameUser(ctx, ada, cleo.UserID, "  Cleo of the Forge "); err != nil {
		t.Fatal(err)
	}
	if u := h.MustPerson(t, "cleo@neoforge.test"); u.Name != "Cleo of the Forge" {
		t.Errorf("named %q", u.Name)
	}

	in, err := h.TryPassword(t, "cleo@neoforge.test", fixture.OtherPassword)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.SignOutUser(ctx, ada, cleo.UserID); err != nil {
		t.Fatal(err)
	}
	h.MustRefuse(t, "signed out by an administrator", in.Secret)
	fixture.FailsWith(t, "and their program", fixture.Second(h.RefreshTokens(ctx, pair.RefreshToken)), identity.ErrInvalidToken)
	if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.OtherPassword); err != nil {
		t.Errorf("comes back: %v", err)
	}

	cleo.Permissions = nil
	for what, act := range map[string]func(by identity.Actor, id identity.UserID) error{
		"sign out":     func(by identity.Actor, id identity.UserID) error { return h.SignOutUser(ctx, by, id) },
		"rename":       func(by identity.Actor, id identity.UserID) error { return h.RenameUser(ctx, by, id, "x") },
		"reset":        func(by identity.Actor, id identity.UserID) error { return h.SendPasswordReset(ctx, by, id) },
		"verification": func(by identity.Actor, id identity.UserID) error { return h.SendUserVerification(ctx, by, id) },
	} {
		fixture.FailsWith(t, what+" by a member", act(cleo, ada.UserID), identity.ErrForbidden)
		fixture.FailsWith(t, what+" of oneself", act(ada, ada.UserID), identity.ErrOwnAccount)
		fixture.FailsWith(t, what+" of nobody", act(ada, fixture.GoldenUser), identity.ErrUserNotFound)
	}
}
