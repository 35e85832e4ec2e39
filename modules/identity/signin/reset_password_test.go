package signin_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestResetPassword_ChoosesAForgottenOneAnew(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.MustEnter(t, "cleo@neoforge.test")
	h.MustForgetPassword(t, "nobody@neoforge.test")
	if sent := h.MustDeliver(t); len(sent) != 0 {
		t.Fatalf("to nobody: %+v", sent)
	}
	h.MustForgetPassword(t, "Cleo@neoforge.test")
	unused := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset")
	h.MustForgetPassword(t, "cleo@neoforge.test")
	token := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset")
	if err := h.SetForgottenPassword(t, token, fixture.OtherPassword); err != nil {
		t.Fatal(err)
	}
	if m := h.MustMail(t, "cleo@neoforge.test"); m.Subject != "Your password at NeoForge was changed" {
		t.Errorf("the notice: %s", m.Subject)
	}
	h.MustRefuse(t, "the session from before", in.Secret)
	if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.Password); !errors.Is(err, identity.ErrInvalidCredentials) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.OtherPassword); err != nil {
		t.Errorf("the new password: %v", err)
	}
	for what, token := range map[string]identity.Secret{"used": token, "another": unused, "made up": identity.NewSecret(), "empty": ""} {
		if err := h.SetForgottenPassword(t, token, fixture.OtherPassword); !errors.Is(err, identity.ErrInvalidLink) {
			t.Errorf("a link that is %s: %v", what, err)
		}
	}
}

func TestResetPassword_LeavesTheLinkWhenThePasswordIsRefused(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo.berg@neoforge.test", identityport.RoleMember, true)
	h.MustForgetPassword(t, "cleo.berg@neoforge.test")
	token := fixture.MustLink(t, h.MustMail(t, "cleo.berg@neoforge.test"), "/reset")
	for _, weak := range []string{"short", "cleo.berg", ""} {
		if err := h.SetForgottenPassword(t, token, weak); !errors.Is(err, identity.ErrWeakPassword) {
			t.Errorf("%q: %v", weak, err)
		}
	}
	if err := h.SetForgottenPassword(t, token, fixture.OtherPassword); err != nil {
		t.Fatalf("the link after a password that was refused: %v", err)
	}
}

func TestResetPassword_ProvesTheAddressAndEvictsWhoNeverDid(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustSignUp(t, "cleo@neoforge.test", fixture.Password, "Mallory")
	verifying := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/verify-email")
	squatter := h.MustSquat(t, "cleo@neoforge.test")
	insertIdentity(t, h, "cleo@neoforge.test", "mallory")
	h.MustForgetPassword(t, "cleo@neoforge.test")
	if err := h.SetForgottenPassword(t, fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset"), fixture.OtherPassword); err != nil {
		t.Fatal(err)
	}
	u := h.MustPerson(t, "cleo@neoforge.test")
	if !u.EmailVerified {
		t.Error("the address is not proven")
	}
	h.MustRefuse(t, "the squatter", squatter)
	if ids, err := h.Deps.Reads.IdentitiesOf(t.Context(), u.ID); err != nil || len(ids) != 0 {
		t.Errorf("the squatter's identities: %+v, %v", ids, err)
	}
	if err := h.ProveEmail(t, verifying); !errors.Is(err, identity.ErrInvalidLink) {
		t.Errorf("the squatter's registration: %v", err)
	}
	if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.OtherPassword); err != nil {
		t.Error(err)
	}
}

// TestResetPassword_EndsLinksThatWereAskedForBefore: the reset ends what was asked for and
// is still in the queue.
func TestResetPassword_EndsLinksThatWereAskedForBefore(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.MustForgetPassword(t, "cleo@neoforge.test")
	first := fixture.MustLink(t, h.MustMailWithLink(t, "cleo@neoforge.test", "/reset"), "/reset")
	h.MustForgetPassword(t, "cleo@neoforge.test")
	h.MustAskLink(t, "cleo@neoforge.test")
	waiting := h.Ledger.Queued("identity.send_mail")
	if err := h.SetForgottenPassword(t, first, fixture.OtherPassword); err != nil {
		t.Fatal(err)
	}
	sent := len(h.Outbox.Sent)
	for _, job := range waiting {
		if err := h.Run(t, job.Kind, job.Payload); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range h.Outbox.Sent[sent:] {
		if fixture.LinkInMail.MatchString(m.Text) {
			t.Errorf("a link was made: %s", m.Text)
		}
	}
}
