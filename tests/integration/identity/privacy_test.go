package identity_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/privacy"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestRequestExport_AsksEveryContextAndIsItsPersonsAlone(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		cleo, _ := h.MustCleo(t)
		if _, err := h.SetAvatar(t.Context(), cleo, fixture.PNG(t, 20)); err != nil {
			t.Fatal(err)
		}
		var asked []identityport.OrganizationID
		h.Exporters = []identity.Exporter{
			{Name: "identity", Export: func(ctx context.Context, who identityport.Subject) (any, error) {
				asked = who.Organizations
				return h.ExportUser(ctx, who)
			}},
			fixture.ExporterOf("shop", map[string]string{"bought": "an anvil"}),
		}
		e, err := h.RequestExport(t.Context(), cleo)
		if err != nil || e.Total != 2 {
			t.Fatalf("%+v, %v", e, err)
		}
		if _, _, err := h.ExportArchive(t.Context(), cleo, e.ID); !errors.Is(err, identity.ErrExportNotReady) {
			t.Errorf("too early: %v", err)
		}
		h.MustDeliver(t)
		for range 2 { // the second run finds it done
			if err := h.RunExport(t); err != nil {
				t.Fatal(err)
			}
		}
		if sent := h.MustDeliver(t); len(sent) != 1 || sent[0].To != "cleo@neoforge.test" || !strings.Contains(sent[0].Text, "/account/data") {
			t.Errorf("mails: %+v", sent)
		}
		done, archive, err := h.ExportArchive(t.Context(), cleo, e.ID)
		if err != nil || done.Done != 2 || done.State != identity.ExportReady || done.Size != int64(len(archive)) {
			t.Fatalf("%+v, %v", done, err)
		}
		if len(asked) != 1 || asked[0] != cleo.PersonalOrganization() {
			t.Errorf("asked for the organizations %v", asked)
		}
		files := fixture.Unzip(t, archive)
		if len(files) != 4 || !strings.Contains(files["identity.json"], "cleo@neoforge.test") || !strings.Contains(files["shop.json"], "an anvil") ||
			!strings.Contains(files["README.txt"], "shop.json") || len(files["picture.jpg"]) < 100 {
			t.Errorf("the archive holds %v", files)
		}
		if !json.Valid([]byte(files["identity.json"])) {
			t.Error("identity.json is no JSON")
		}

		h.MustCreate(t, "dan@neoforge.test", identityport.RoleAdministrator, true)
		dan := h.MustActor(t, h.MustEnter(t, "dan@neoforge.test").Secret)
		if _, err := h.DataExport(t.Context(), dan, e.ID); !errors.Is(err, identity.ErrExportAbsent) {
			t.Errorf("another person sees it: %v", err)
		}
		if _, _, err := h.ExportArchive(t.Context(), dan, e.ID); !errors.Is(err, identity.ErrExportAbsent) {
			t.Errorf("another person fetches it: %v", err)
		}
		if all, err := h.Exports(t.Context(), dan); err != nil || len(all) != 0 {
			t.Errorf("another person's list: %v, %v", all, err)
		}
		if acts := h.Ledger.Did("identity.export_fetched"); len(acts) != 1 {
			t.Errorf("trail: %+v", acts)
		}
	})
}

func TestRequestExport_IsTriedAgainWhenItFails(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		cleo, _ := h.MustCleo(t)
		away := errors.New("the shop is closed")
		h.Exporters = []identity.Exporter{fixture.ExporterOf("first", 1), {Name: "shop", Export: func(context.Context, identityport.Subject) (any, error) {
			return nil, away
		}}}
		e, err := h.RequestExport(t.Context(), cleo)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.RunExport(t); !errors.Is(err, away) {
			t.Fatalf("a context is away: %v", err)
		}
		if have, err := h.DataExport(t.Context(), cleo, e.ID); err != nil || have.State != identity.ExportRunning || have.Done != 1 {
			t.Errorf("%+v, %v", have, err)
		}
		h.Clock.Advance(identity.ExportTimeout)
		cleo.AuthenticatedAt = h.Clock.Now()
		if have, err := h.DataExport(t.Context(), cleo, e.ID); err != nil || have.State != identity.ExportFailed {
			t.Errorf("%+v, %v", have, err)
		}
		if err := h.RunExport(t); err != nil {
			t.Errorf("what has failed is not begun again: %v", err)
		}
	})
}

func TestBuildExport_GivesUpOneThatIsTooLarge(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		cleo, _ := h.MustCleo(t)
		// Noise does not compress.
		noise := make([]byte, identity.ExportBytes)
		seed := uint32(1)
		for i := range noise {
			seed = seed*1664525 + 1013904223
			noise[i] = byte(seed >> 24)
		}
		h.Exporters = []identity.Exporter{fixture.ExporterOf("noise", noise)}
		e, err := h.RequestExport(t.Context(), cleo)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.RunExport(t); err != nil {
			t.Fatal(err)
		}
		if have, err := h.DataExport(t.Context(), cleo, e.ID); err != nil || have.State != identity.ExportFailed {
			t.Errorf("%+v, %v", have, err)
		}
		if sent := h.MustDeliver(t); len(sent) != 1 || !strings.Contains(sent[0].Subject, "could not be collected") {
			t.Errorf("mails: %+v", sent)
		}
	})
}

func TestRequestExport_IsForOneAtATimeAndExpires(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		cleo, _ := h.MustCleo(t)
		h.Exporters = []identity.Exporter{fixture.ExporterOf("one", 1)}
		again := func() error {
			cleo.AuthenticatedAt = h.Clock.Now()
			_, err := h.RequestExport(t.Context(), cleo)
			return err
		}
		for i := range identity.ExportsPerDay {
			if err := again(); err != nil {
				t.Fatalf("%d: %v", i, err)
			}
			if err := again(); !errors.Is(err, identity.ErrExportUnderWay) {
				t.Errorf("beside one that runs: %v", err)
			}
			if err := h.RunExport(t); err != nil {
				t.Fatal(err)
			}
		}
		if err := again(); !errors.Is(err, identity.ErrTooManyExports) || fault.As(err).RetryAfter <= 0 {
			t.Errorf("the fourth: %v", err)
		}
		all, err := h.Exports(t.Context(), cleo)
		if err != nil || len(all) != identity.ExportsPerDay {
			t.Fatalf("%d, %v", len(all), err)
		}
		h.Clock.Advance(identity.ExportTTL + time.Minute)
		cleo.AuthenticatedAt = h.Clock.Now()
		if _, _, err := h.ExportArchive(t.Context(), cleo, all[0].ID); !errors.Is(err, identity.ErrExportAbsent) {
			t.Errorf("expired: %v", err)
		}
		if err := h.Run(t, "identity.purge_ended", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Deps.Reads.DataExport(t.Context(), all[0].ID); !errors.Is(err, identity.ErrExportAbsent) {
			t.Errorf("purged: %v", err)
		}
	})
}

func TestEraseLeaving_EndsAnAccountAfterItsGracePeriod(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
	})
}

func TestErasePerson_TakesThemOutOfTheLogOfWhatHasHappened(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		cleo, _ := h.MustCleo(t)
		registered := h.Ledger.Published("identity.user_registered.v1")
		if err := h.EraseUser(t.Context(), cleo, cleo.UserID); err != nil {
			t.Fatal(err)
		}
		// What a subscriber is handed that comes late holds nothing to act on.
		redacted := identityport.UserRegistered{UserID: cleo.UserID}
		err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
			return s.Log.Redact(ctx, registered[0].OccurredAt, "cleo@neoforge.test", redacted)
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// erasureWaits: the other owner of the organization is gone since cleo asked.
func TestEraseLeaving_TellsOfAnErasureThatWaits(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
		if people, err := h.ListPeople(t.Context(), root, administration.ListPeople{State: string(identity.PersonOverdue)}); err != nil || len(people.Items) != 1 || people.Items[0].ID != cleo.UserID {
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
	})
}
