package layout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/web/pages/layout"
)

func TestMoney_IsWrittenAsPeopleDo(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]layout.Money{
		"€12":             {Amount: 1200, Currency: "EUR"},
		"€12.50":          {Amount: 1250, Currency: "EUR"},
		"€0":              {Currency: "EUR"},
		"$0.05":           {Amount: 5, Currency: "USD"},
		"$1,234,567":      {Amount: 123456700, Currency: "USD"},
		"−$9.99":          {Amount: -999, Currency: "USD"},
		"¥1,200":          {Amount: 1200, Currency: "JPY"},
		"KWD\u00a01.250":  {Amount: 1250, Currency: "KWD"},
		"CHF\u00a0100.01": {Amount: 10001, Currency: "CHF"},
	} {
		if got := m.String(); got != want {
			t.Errorf("%+v: %q, want %q", m, got, want)
		}
	}
}

func TestDates_AreWrittenInUTC(t *testing.T) {
	t.Parallel()
	late := time.Date(2026, 11, 3, 1, 30, 0, 0, time.FixedZone("CET", 3*3600))
	if got := layout.FormatDate(late); got != "2 November 2026" {
		t.Errorf("date %q", got)
	}
	if got := layout.FormatMoment(late); got != "2 November 2026, 22:30 UTC" {
		t.Errorf("moment %q", got)
	}
}

func TestInitials_OfNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ada": "A", "ada lovelace": "AL", "Ben van der Berg": "BB", "Élodie Ångström": "ÉÅ", "": "?", "…": "?", "山田 太郎": "山太",
	} {
		if got := layout.Initials(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestStructuredData_CannotEndItsElement(t *testing.T) {
	t.Parallel()
	got, err := layout.StructuredData(map[string]string{"name": "</script>"})
	if err != nil || strings.Contains(got, "</") {
		t.Errorf("%q, %v", got, err)
	}
}

func TestFirstError_IsFoundInOrder(t *testing.T) {
	t.Parallel()
	e := layout.FieldErrors{"b": "wrong", "c": "wrong"}
	if got := e.First("a", "b", "c"); got != "b" {
		t.Errorf("first %q", got)
	}
	if got := (layout.FieldErrors)(nil).First("a"); got != "" {
		t.Errorf("first of none %q", got)
	}
}
