package billingport_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/ports/billingport"
	"github.com/neoforge-dev/neoforge/ports/events"
)

const (
	subscription = "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c11"
	organization = "0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c02"
)

// TestEvents_KeepTheirForm holds what is written and what is read to the same JSON.
// A published version never changes: a difference here means a new version.
func TestEvents_KeepTheirForm(t *testing.T) {
	t.Parallel()
	holdTo(t, billingport.SubscriptionActivated{
		SubscriptionID: subscription, OrganizationID: organization, PlanCode: "pro", PlanName: "Pro",
		Entitlements: []billingport.Entitlement{billingport.ContentPaid}, Amount: 1200, Currency: "EUR",
		PeriodEnd: time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC),
	})
	holdTo(t, billingport.SubscriptionEnded{
		SubscriptionID: subscription, OrganizationID: organization, PlanCode: "pro",
		Entitlements: []billingport.Entitlement{billingport.ContentPaid},
	})
}

func holdTo[T events.Payload](t *testing.T, p T) {
	t.Helper()
	t.Run(p.EventName(), func(t *testing.T) {
		t.Parallel()
		file := strings.TrimPrefix(p.EventName(), "billing.") + ".golden.json"
		golden, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		e, err := events.New("0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c09", time.Now(), p)
		if err != nil {
			t.Fatal(err)
		}
		var have bytes.Buffer
		if err := json.Indent(&have, e.Payload, "", "  "); err != nil {
			t.Fatal(err)
		}
		have.WriteByte('\n')
		if !bytes.Equal(have.Bytes(), golden) {
			t.Errorf("written:\n%s\nwant:\n%s", &have, golden)
		}
		back, err := events.Decode[T](events.Event{Name: p.EventName(), Payload: golden})
		if err != nil || !reflect.DeepEqual(back, p) {
			t.Errorf("read: %+v, %v, want %+v", back, err, p)
		}
	})
}
