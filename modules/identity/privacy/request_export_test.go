package privacy_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestRequestExport_AsksEveryContextAndIsItsPersonsAlone(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}

func TestRequestExport_IsTriedAgainWhenItFails(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}

func TestRequestExport_IsForOneAtATimeAndExpires(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}
