package privacy_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/privacy"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestEraseLeaving_EndsAnAccountAfterItsGracePeriod(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, cookie := h.MustCleo(t)
	pair := h.MustSignInProgram(t, "cleo@neoforge.test")
	if _, err := h.DeleteAccount(t.Context(), privacy.DeleteAccount{Actor: cleo, Email: "dan@neoforge.test"}); !errors.Is(err, identity.ErrAddressMismatch) {
		t.Errorf("another address: %v", err)
	}
	h.MustDeliver(t)
	u, err := h.DeleteAccount(t.Context(), privacy.DeleteAccount{Actor: cleo, Email: " Cleo@NeoForge.test"})
	if err != nil {
		t.Fatal(err)
	}
	h.MustRefuse(t, "the account is being deleted", cookie)
	if _, err := h.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("a program: %v", err)
	}
	if sent := h.MustDeliver(t); len(sent) != 1 || !strings.Contains(sent[0].Text, u.EraseAt.UTC().Format("2 January 2006")) {
		t.Errorf("mails: %+v", sent)
	}
	leave := func() {
		t.Helper()
		if err := h.Run(t, "identity.erase_leaving", nil); err != nil {
			t.Fatal(err)
		}
	}
	leave()
	if sent := h.MustDeliver(t); len(sent) != 0 {
		t.Errorf("too early: %+v", sent)
	}
	h.Clock.Advance(identity.DeletionGrace - 20*time.Hour)
	leave()
	leave()
	if sent := h.MustDeliver(t); len(sent) != 1 || !strings.Contains(sent[0].Subject, "tomorrow") {
		t.Errorf("the day before: %+v", sent)
	}
	if _, err := h.Person(t.Context(), cleo.UserID); err != nil {
		t.Fatalf("erased too early: %v", err)
	}
	h.Clock.Advance(20 * time.Hour)
	h.Outbox.Mu.Lock()
	before := len(h.Outbox.Sent)
	h.Outbox.Mu.Unlock()
	leave()
	leave()
	for _, j := range h.Ledger.Queued("identity.send_erased_mail") {
		if err := h.Run(t, j.Kind, j.Payload); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Person(t.Context(), cleo.UserID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("still there: %v", err)
	}
	if sent := h.Outbox.Sent[before:]; len(sent) != 1 || sent[0].To != "cleo@neoforge.test" || !strings.Contains(sent[0].Subject, "is deleted") {
		t.Errorf("the last mail: %+v", sent)
	}
	if n := len(h.Ledger.Published("identity.user_erased.v1")); n != 1 {
		t.Errorf("%d events", n)
	}
	if acts := h.Ledger.Did("identity.account_erased"); len(acts) != 1 || acts[0].Actor != "system" {
		t.Errorf("trail: %+v", acts)
	}
}

// TestEraseLeaving_TellsOfAnErasureThatWaits: the other owner of the organization is gone since cleo asked.
func TestEraseLeaving_TellsOfAnErasureThatWaits(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, ben := h.MustArrive(t, "cleo", identityport.RoleMember), h.MustArrive(t, "ben", identityport.RoleMember)
	o := h.MustFound(t, cleo)
	h.MustAdmit(t, cleo, ben, o, identity.Reader)
	err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
		u, err := s.Users.ByID(ctx, cleo.UserID)
		if err != nil {
			return err
		}
		u.EraseAt = h.Clock.Now().Add(-time.Hour)
		return s.Users.Update(ctx, u)
	})
	if err != nil {
		t.Fatal(err)
	}
	h.MustDeliver(t)
	passed := func() []mail.Message {
		t.Helper()
		if err := h.Run(t, "identity.erase_leaving", nil); err != nil {
			t.Fatal(err)
		}
		return h.MustDeliver(t)
	}
	for run := range 3 {
		sent := passed()
		if run == 0 && (len(sent) != 1 || sent[0].To != "cleo@neoforge.test" || !strings.Contains(sent[0].Text, "The Forge") || !strings.Contains(sent[0].Text, "/account/data/delete")) {
			t.Errorf("cleo is told %+v", sent)
		}
		if run > 0 && len(sent) != 0 {
			t.Errorf("and again: %+v", sent)
		}
	}
	if len(h.Delayed) != 3 || !errors.Is(h.Delayed[2], identity.ErrOwnsOrganizations) {
		t.Errorf("the operator is told %v", h.Delayed)
	}
	if n, err := h.Overdue(t.Context()); err != nil || n != 1 {
		t.Errorf("%d overdue: %v", n, err)
	}
	if acts := h.Ledger.Did("identity.deletion_delayed"); len(acts) != 1 || acts[0].Resource != "user:"+string(cleo.UserID) {
		t.Errorf("trail: %+v", acts)
	}
	root := identity.Actor{UserID: ben.UserID, SessionID: "s", Permissions: []identity.Permission{identity.PermissionManageUsers}}
	if people, err := h.People(t, root, identity.PersonOverdue); err != nil || len(people) != 1 || people[0].ID != cleo.UserID {
		t.Errorf("listed: %+v, %v", people, err)
	}
	if left, err := h.DeletionBlockers(t.Context(), cleo); err != nil || len(left.Organizations) != 1 || left.Organizations[0].ID != o {
		t.Errorf("who depends on cleo: %+v, %v", left, err)
	}
	if _, all, err := h.FindPerson(t.Context(), "cleo@neoforge.test"); err != nil || len(all) != 2 || all[1] != o {
		t.Errorf("an operator exports of %v, %v", all, err)
	}
	h.Clock.Advance(7 * 24 * time.Hour)
	if sent := passed(); len(sent) != 1 {
		t.Errorf("after a week: %+v", sent)
	}
	if err := h.RemoveMember(t.Context(), cleo, o, ben.UserID); err != nil {
		t.Fatal(err)
	}
	passed()
	if n, err := h.Overdue(t.Context()); err != nil || n != 0 || len(h.Ledger.Did("identity.account_erased")) != 1 {
		t.Errorf("nobody depends on cleo any more: %d overdue, %v", n, err)
	}
}
