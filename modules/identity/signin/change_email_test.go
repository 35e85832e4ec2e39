package signin_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestChangeEmail_TakesEffectWhenItIsConfirmedThere(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.MustEnter(t, "cleo@neoforge.test")
	a := h.MustActor(t, in.Secret)
	ask := func(email string) error { return h.AskEmailChange(t.Context(), a, email) }
	for email, want := range map[string]error{"nonsense": identity.ErrInvalidEmail, " CLEO@neoforge.test": identity.ErrEmailSame} {
		if err := ask(email); !errors.Is(err, want) || len(fault.As(err).Fields) != 1 {
			t.Errorf("%q: %v", email, err)
		}
	}
	h.MustForgetPassword(t, "cleo@neoforge.test")
	toOld := fixture.MustLink(t, h.MustMail(t, "cleo@neoforge.test"), "/reset")
	if err := ask("Cleo@elsewhere.test"); err != nil {
		t.Fatal(err)
	}
	sent := h.MustDeliver(t)
	if len(sent) != 2 || sent[0].To != "cleo@elsewhere.test" || sent[1].To != "cleo@neoforge.test" ||
		!bytes.Contains([]byte(sent[1].Text), []byte("cleo@elsewhere.test")) {
		t.Fatalf("sent %+v", sent)
	}
	h.MustEnter(t, "cleo@neoforge.test") // until it is confirmed
	token := fixture.MustLink(t, sent[0], "/change-email")
	if err := h.ConfirmEmailChange(t.Context(), token, fixture.Laptop.IP); err != nil {
		t.Fatal(err)
	}
	if m := h.MustMail(t, "cleo@neoforge.test"); m.Subject != "Your address at NeoForge was changed" {
		t.Errorf("to the old address: %s", m.Subject)
	}
	if h.MustActor(t, in.Secret).Email != "cleo@elsewhere.test" {
		t.Error("the next request does not know the new address")
	}
	if _, err := h.TryPassword(t, "cleo@neoforge.test", fixture.Password); !errors.Is(err, identity.ErrInvalidCredentials) {
		t.Errorf("by the old address: %v", err)
	}
	h.MustEnter(t, "cleo@elsewhere.test")
	if err := h.SetForgottenPassword(t, toOld, fixture.OtherPassword); !errors.Is(err, identity.ErrInvalidLink) {
		t.Errorf("a link sent to the old address: %v", err)
	}
	if err := h.ConfirmEmailChange(t.Context(), token, fixture.Laptop.IP); !errors.Is(err, identity.ErrInvalidLink) {
		t.Errorf("the link once more: %v", err)
	}
}

func TestChangeEmail_AnswersAlikeForATakenAddress(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
	in := h.MustEnter(t, "cleo@neoforge.test")
	if err := h.AskEmailChange(t.Context(), h.MustActor(t, in.Secret), "ben@neoforge.test"); err != nil {
		t.Fatal(err)
	}
	sent := h.MustDeliver(t)
	if len(sent) != 2 || sent[0].To != "ben@neoforge.test" || fixture.LinkInMail.MatchString(sent[0].Text) || sent[1].To != "cleo@neoforge.test" {
		t.Fatalf("sent %+v", sent)
	}

	if err := h.AskEmailChange(t.Context(), h.MustActor(t, in.Secret), "late@neoforge.test"); err != nil {
		t.Fatal(err)
	}
	token := fixture.MustLink(t, h.MustDeliver(t)[0], "/change-email")
	h.MustCreate(t, "late@neoforge.test", identityport.RoleMember, true)
	if err := h.ConfirmEmailChange(t.Context(), token, fixture.Laptop.IP); !errors.Is(err, identity.ErrEmailTaken) {
		t.Errorf("taken meanwhile: %v", err)
	}
	if h.MustActor(t, in.Secret).Email != "cleo@neoforge.test" {
		t.Error("the address changed")
	}
}

// TestChangeEmail_EndsWithWhatIsSaidToStopIt has somebody at another person's open
// session ask for another address; each act that the owner is told to do ends the
// wish, whether its mail was written before or is written after.
func TestChangeEmail_EndsWithWhatIsSaidToStopIt(t *testing.T) {
	t.Parallel()
	acts := map[string]func(t *testing.T, h *fixture.Room, a identity.Actor) error{
		"a reset by mail": func(t *testing.T, h *fixture.Room, _ identity.Actor) error {
			h.MustForgetPassword(t, "cleo@neoforge.test")
			return h.SetForgottenPassword(t, fixture.MustLink(t, h.MustMailWithLink(t, "cleo@neoforge.test", "/reset"), "/reset"), fixture.OtherPassword)
		},
		"another password": func(t *testing.T, h *fixture.Room, a identity.Actor) error {
			return h.SetPassword(t, a, fixture.Password, fixture.OtherPassword)
		},
		"signing out everywhere else": func(t *testing.T, h *fixture.Room, a identity.Actor) error {
			_, err := h.RevokeOtherSessions(t.Context(), a)
			return err
		},
		"another wish": func(t *testing.T, h *fixture.Room, a identity.Actor) error {
			return h.AskEmailChange(t.Context(), a, "really-wanted@neoforge.test")
		},
		"taking it back": func(t *testing.T, h *fixture.Room, a identity.Actor) error {
			return h.CancelEmailChange(t.Context(), a)
		},
		"an administrator who signs them out": func(t *testing.T, h *fixture.Room, a identity.Actor) error {
			root := h.MustCreate(t, "root@neoforge.test", identityport.RoleAdministrator, true)
			return h.SignOutUser(t.Context(), identity.Actor{
				UserID: root.ID, SessionID: "s", Permissions: []identity.Permission{identity.PermissionManageUsers},
			}, a.UserID)
		},
	}
	for name, act := range acts {
		for _, written := range []string{"before", "after"} {
			t.Run(name+", the mail written "+written, func(t *testing.T) {
				t.Parallel()
				h := fixture.OpenRoom(t)
				h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
				a := h.MustActor(t, h.MustEnter(t, "cleo@neoforge.test").Secret)
				if err := h.AskEmailChange(t.Context(), a, "mallory@elsewhere.test"); err != nil {
					t.Fatal(err)
				}
				asked := h.Ledger.Queued("identity.send_mail")
				var token identity.Secret
				if written == "before" {
					token = fixture.MustLink(t, h.MustDeliver(t)[0], "/change-email")
				}
				if err := act(t, h, a); err != nil {
					t.Fatal(err)
				}
				if written == "after" {
					sent := len(h.Outbox.Sent)
					for _, job := range asked {
						if err := h.Run(t, job.Kind, job.Payload); err != nil {
							t.Fatal(err)
						}
					}
					for _, m := range h.Outbox.Sent[sent:] {
						if m.To == "mallory@elsewhere.test" {
							t.Errorf("a mail was written for a wish that had ended: %s", m.Text)
						}
					}
					return
				}
				if err := h.ConfirmEmailChange(t.Context(), token, fixture.Laptop.IP); !errors.Is(err, identity.ErrInvalidLink) {
					t.Errorf("the link still works: %v", err)
				}
				if now := h.MustPerson(t, "cleo@neoforge.test"); now.ID != a.UserID {
					t.Error("the address changed")
				}
			})
		}
	}
}
