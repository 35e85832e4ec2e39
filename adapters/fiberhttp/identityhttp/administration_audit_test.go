package identityhttp_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/audit"
)

func (f *recorded) ExportAudit(_ context.Context, _ identity.Actor, _ administration.AuditQuery, write func([]audit.Entry) error) (bool, error) {
	return f.trail(write)
}

// reading lets everybody read the trail.
type reading struct{ fiberhttp.Authenticator }

func (r reading) AuthenticateSession(ctx context.Context, s identity.Secret) (identity.Actor, error) {
	a, err := r.Authenticator.AuthenticateSession(ctx, s)
	a.Permissions = append(a.Permissions, identity.PermissionReadAudit)
	return a, err
}

// exporting is a site whose trail is written by a function.
func exporting(t *testing.T, trail func(write func([]audit.Entry) error) (bool, error)) fiberhttptest.Client {
	t.Helper()
	settings := fiberhttptest.Settings(t)
	settings.Sessions = reading{settings.Sessions}
	s := fiberhttptest.MustNew(t, settings)
	if err := identityhttp.Register(s, depsOf(&recorded{trail: trail})); err != nil {
		t.Fatal(err)
	}
	return fiberhttptest.Serve(t, s)
}

func entryWith(text string) audit.Entry {
	return audit.Entry{
		ID: "e-1", Actor: text, Impersonator: text, Action: text, Resource: text, IP: text, Detail: text,
		At: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC),
	}
}

// What somebody typed as their name or their reason is text in every spreadsheet.
func TestAuditExport_HasNoCellThatIsAFormula(t *testing.T) {
	t.Parallel()
	formulas := []string{
		`=HYPERLINK("https://evil.test","x")`, "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1",
		" =1+1", "\u00a0=1+1", "\u3000=1+1", "＝1+1", "＋1", "－1", "＠SUM(1)", `"=1+1`, "'=1+1", "a,=1+1", "a\n=1+1", "", "plain", "Größe", "a=b",
	}
	c := exporting(t, func(write func([]audit.Entry) error) (bool, error) {
		for _, text := range formulas {
			if err := write([]audit.Entry{entryWith(text)}); err != nil {
				return false, err
			}
		}
		return false, nil
	})
	a := c.Get("/admin/audit/export?format=csv", "cleo")
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/csv; charset=utf-8" || a.Header.Get("Content-Disposition") != `attachment; filename="audit-trail.csv"` ||
		a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("Cache-Control") != "private, no-store" {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
	if err != nil || len(rows) != len(formulas)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, text := range formulas {
		row := rows[i+1]
		for column, cell := range row[1:7] {
			first := []rune(strings.TrimSpace(cell) + " ")[0]
			if strings.ContainsRune("=+-@＝＋－＠", first) || strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") || strings.HasPrefix(cell, "\n") {
				t.Errorf("%q is a formula in column %d: %q", text, column+1, cell)
			}
			if cell != text && cell != "'"+text {
				t.Errorf("%q became %q", text, cell)
			}
		}
		if row[0] != "2026-11-22T09:30:00Z" || row[7] != "e-1" {
			t.Errorf("%q: %v", text, row)
		}
	}
	for i, text := range formulas {
		harmless := strings.HasPrefix(text, "a") || strings.HasPrefix(text, "p") || strings.HasPrefix(text, "G") || text == ""
		if harmless && rows[i+1][1] != text {
			t.Errorf("%q is no formula and became %q", text, rows[i+1][1])
		}
	}
}

func TestAuditExport_AsJSONLinesIsWhatWasWritten(t *testing.T) {
	t.Parallel()
	c := exporting(t, func(write func([]audit.Entry) error) (bool, error) {
		return false, write([]audit.Entry{entryWith("=1+1"), entryWith("a\nb</script>")})
	})
	a := c.Get("/admin/audit/export?format=jsonl", "cleo")
	if a.Header.Get("Content-Type") != "application/jsonl; charset=utf-8" || a.Header.Get("Content-Disposition") != `attachment; filename="audit-trail.jsonl"` {
		t.Errorf("%v", a.Header)
	}
	var details []string
	for lines := bufio.NewScanner(strings.NewReader(a.Body)); lines.Scan(); {
		var e struct{ Detail string }
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		details = append(details, e.Detail)
	}
	if len(details) != 2 || details[0] != "=1+1" || details[1] != "a\nb</script>" {
		t.Errorf("%q", details)
	}
}

// The status is sent before the end is known, so the document says how it ended.
func TestAuditExport_ThatDoesNotReachTheEndSaysSo(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]struct {
		cut  bool
		err  error
		says string
	}{
		"cut":    {true, nil, "These are the newest 100000 entries. Narrow the dates for the others."},
		"broken": {false, errors.New("the database is away"), "The export broke off here. Start it again."},
		"whole":  {false, nil, ""},
	} {
		c := exporting(t, func(write func([]audit.Entry) error) (bool, error) {
			return end.cut, errors.Join(write([]audit.Entry{entryWith("kept")}), end.err)
		})
		for _, format := range []string{"csv", "jsonl"} {
			a := c.Get("/admin/audit/export?format="+format, "cleo")
			if a.StatusCode != 200 || !strings.Contains(a.Body, "kept") || !strings.Contains(a.Body, end.says) || strings.Contains(a.Body, "the database is away") {
				t.Errorf("%s as %s: %d\n%s", name, format, a.StatusCode, a.Body)
			}
			if lines := strings.Count(strings.TrimSpace(a.Body), "\n"); end.says == "" && format == "jsonl" && lines != 0 {
				t.Errorf("%s: %d lines more", name, lines)
			}
		}
	}
}

func TestAuditExport_IsForWhoReadsTheTrail(t *testing.T) {
	t.Parallel()
	_, c := site(t)
	for session, status := range map[string]int{"": 303, "cleo": 403, "ben": 403} {
		if a := c.Get("/admin/audit/export", session); a.StatusCode != status {
			t.Errorf("%q: %d", session, a.StatusCode)
		}
	}
	c = exporting(t, func(func([]audit.Entry) error) (bool, error) { return false, nil })
	for _, query := range []string{"from=yesterday", "to=2026-13-01", "from=2026-11-22T25:00:00Z"} {
		if a := c.Get("/admin/audit/export?"+query, "cleo"); a.StatusCode != 422 {
			t.Errorf("%s: %d", query, a.StatusCode)
		}
	}
}
