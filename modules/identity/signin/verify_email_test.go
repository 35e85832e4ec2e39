package signin_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestVerifyEmail_GivesTheAccountToWhoProvesItsAddress(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustSignUp(t, "cleo@neoforge.test", fixture.Password, "Mallory")
	early := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/verify-email")
	squatter := h.MustSquat(t, "cleo@neoforge.test")
	h.MustRefuse(t, "before the proof", squatter)
	insertIdentity(t, h, "cleo@neoforge.test", "mallory")

	h.MustSignUpIn(t, "cleo@neoforge.test", fixture.OtherPassword, "Cleo", "the owner's browser")
	m := h.MustMail(t, "cleo@neoforge.test")
	if !bytes.Contains([]byte(m.Text), []byte("Hello Cleo,")) {
		t.Errorf("the mail greets somebody else:\n%s", m.Text)
	}
	if err := h.ProveEmailIn(t, fixture.MustLink(t, m, "/verify-email"), "the owner's browser", ""); err != nil {
		t.Fatal(err)
	}
	if u := h.MustPerson(t, "cleo@neoforge.test"); !u.EmailVerified || u.Name != "Cleo" {
		t.Fatalf("proven: %+v", u)
	}
	h.MustRefuse(t, "the squatter", squatter)
	if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.Password); !errors.Is(err, identity.ErrInvalidCredentials) {
		t.Errorf("the squatter's password: %v", err)
	}
	if ids, err := h.Deps.Reads.IdentitiesOf(t.Context(), h.MustPerson(t, "cleo@neoforge.test").ID); err != nil || len(ids) != 0 {
		t.Errorf("the squatter's identities: %+v, %v", ids, err)
	}
	if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.OtherPassword); err != nil {
		t.Errorf("the owner's password: %v", err)
	}
	if err := h.ProveEmail(t, early); !errors.Is(err, identity.ErrInvalidLink) {
		t.Errorf("the squatter's link: %v", err)
	}
}

// TestVerifyEmail_ElsewhereTakesAPasswordChosenThere has the owner open the link of somebody else's registration.
func TestVerifyEmail_ElsewhereTakesAPasswordChosenThere(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustSignUpIn(t, "cleo@neoforge.test", fixture.Password, "Mallory", "a stranger's browser")
	token := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/verify-email")
	for _, browser := range []identity.Secret{"", "the owner's browser"} {
		err := h.ProveEmailIn(t, token, browser, "")
		if f := fault.As(err); !errors.Is(err, identity.ErrPasswordNeeded) || len(f.Fields) != 1 || f.Fields[0].Name != "password" {
			t.Errorf("by %q: %v", browser, err)
		}
	}
	if err := h.ProveEmailIn(t, token, "", "cleo"); !errors.Is(err, identity.ErrWeakPassword) {
		t.Errorf("a weak one: %v", err)
	}
	if err := h.ProveEmailIn(t, token, "the owner's browser", fixture.OtherPassword); err != nil {
		t.Fatal(err)
	}
	if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.Password); !errors.Is(err, identity.ErrInvalidCredentials) {
		t.Errorf("the stranger's password: %v", err)
	}
	if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.OtherPassword); err != nil {
		t.Errorf("the owner's password: %v", err)
	}
	if len(h.Ledger.Did("identity.email_verified")) != 1 {
		t.Error("the proof is not in the trail")
	}
}

// TestVerifyEmail_ByAProgramTakesNoPasswordOfTwoRegistrations has a stranger register just after the owner: by a program's
// proof neither password counts.
func TestVerifyEmail_ByAProgramTakesNoPasswordOfTwoRegistrations(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustSignUp(t, "cleo@neoforge.test", fixture.Password, "Cleo")
	own := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/verify-email")
	h.MustSignUp(t, "cleo@neoforge.test", fixture.OtherPassword, "Mallory")
	late := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/verify-email")
	if err := h.ProveEmail(t, late); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{fixture.Password, fixture.OtherPassword} {
		if _, err := h.TryPassword(t, "cleo@neoforge.test", p); !errors.Is(err, identity.ErrInvalidCredentials) {
			t.Errorf("%s: %v", p, err)
		}
	}
	if err := h.ProveEmail(t, own); !errors.Is(err, identity.ErrInvalidLink) {
		t.Errorf("the other link: %v", err)
	}
	h.MustForgetPassword(t, "cleo@neoforge.test")
	if err := h.SetForgottenPassword(t, fixture.MustLink(t, h.MustMailWithLink(t, "cleo@neoforge.test", "/reset"), "/reset"), fixture.Password); err != nil {
		t.Fatal(err)
	}
	h.MustEnter(t, "cleo@neoforge.test")
}

// insertIdentity gives a person an identity, as the provider's callback does.
func insertIdentity(t *testing.T, h *fixture.Room, email, subject string) {
	t.Helper()
	id := h.MustPerson(t, email).ID
	err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
		return s.Identities.Insert(ctx, identity.ExternalIdentity{
			ID: h.Deps.IDs.New(), User: id, Provider: "acme", Subject: subject, CreatedAt: h.Clock.Now(),
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}
