package stories_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/adapters/signing"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestAuditPage_SaysHowTheSealsStand has an administrator see that the trail was sealed and
// verified, and that it is not as it was sealed any more.
func TestAuditPage_SaysHowTheSealsStand(t *testing.T) {
	t.Parallel()
	address := "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db")
	p := program.Start(t, program.Options{DatabaseURL: address, Environ: []string{"RATE_LIMIT=off", "SECRET_KEY=" + config.SampleKey}})
	cfg, err := config.Load([]string{"SECRET_KEY=" + config.SampleKey})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := signing.New(cfg.Secrets.Keys)
	if err != nil {
		t.Fatal(err)
	}
	db, err := entstore.Open(t.Context(), address, entstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	outbox := entstoretest.MustOutbox(t, db)
	seals := outbox.AuditSeals(signer, eventstore.AuditOptions{})
	ada := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ada@neoforge.test"), Site: p.URL}
	err = db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
		return outbox.Audit(tx).Append(ctx, audit.Entry{Actor: "system", Action: "test.done", Resource: "thing:1"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := seals.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	look := func() string {
		t.Helper()
		if err := seals.VerifyHandler(func(context.Context, eventstore.AuditVerified, eventstore.AuditFaults) {}).Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		return string(ada.Send("GET", "/admin/audit", "", "", 200))
	}
	if page := look(); !strings.Contains(page, "Sealed up to seal") || !strings.Contains(page, "All was as sealed when it was last verified") {
		t.Errorf("the page says %.3000s", page)
	}
	fixture.Exec(t, db, "UPDATE platform_audit SET actor = 'somebody' WHERE seal > 0")
	if page := look(); !strings.Contains(page, "This trail is not as it was sealed") || !strings.Contains(page, "was changed") || strings.Contains(page, "All was as sealed") {
		t.Errorf("the page says %.3000s", page)
	}
}
