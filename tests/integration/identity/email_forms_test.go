package identity_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestListPeople_FindsAnAddressAsItIsRead has an administrator type a domain in the
// mails that people know it by.
func TestListPeople_FindsAnAddressAsItIsRead(t *testing.T) {
	t.Parallel()
	for database, open := range fixture.Databases {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			cleo := h.MustCreate(t, "cleo@xn--mnchen-3ya.test", identityport.RoleMember, true)
			h.MustCreate(t, "dan@neoforge.test", identityport.RoleMember, true)
			ada := h.MustAdministrator(t, "ada@neoforge.test")
			for _, search := range []string{"cleo@münchen.test", "@MÜNCHEN.test", "cleo@mu\u0308nchen.test", "cleo@xn--mnchen-3ya.test", "cleo", "münchen", "MÜNCHEN", "mu\u0308nchen.test"} {
				found, err := h.ListPeople(t.Context(), ada, administration.ListPeople{Search: search})
				if err != nil || len(found.Items) != 1 || found.Items[0].ID != cleo.ID {
					t.Errorf("%q finds %+v, %v", search, found.Items, err)
				}
			}
		})
	}
}

// TestEmails_AreShownInTheLettersOfTheirDomain: pages say a domain as people know it, and
// what programs get and what is kept stays as it is. A domain that passes for another one
// is said as it is kept.
func TestEmails_AreShownInTheLettersOfTheirDomain(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{DatabaseURL: database(t), Environ: []string{"RATE_LIMIT=off"}})
			form := "application/x-www-form-urlencoded"
			cleo := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "cleo@neoforge.test"), Site: p.URL}
			ada := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ada@neoforge.test"), Site: p.URL}
			says := func(c fixture.Correspondent, path, shown, kept string) {
				t.Helper()
				page := fixture.ShownText(t, string(c.Send("GET", path, "", "", 200)))
				if !strings.Contains(page, shown) || strings.Contains(page, kept) {
					t.Errorf("%s shows %q: %t, %q: %t", path, shown, strings.Contains(page, shown), kept, strings.Contains(page, kept))
				}
			}
			cleo.Send("POST", "/account/email", form, url.Values{"email": {"cleo@M\u00dcNCHEN.test"}}.Encode(), 0)
			says(cleo, "/account/email", "cleo@m\u00fcnchen.test", "xn--mnchen")

			var founded struct{ ID string }
			ada.JSON("POST", "/api/v1/organizations", `{"name":"Forge of domains"}`, 0, &founded)
			at := "/organizations/" + founded.ID
			for typed, row := range map[string]struct{ shown, not, kept string }{
				"dan@m\u00fcnchen.test":                   {"dan@m\u00fcnchen.test", "dan@xn--mnchen", "dan@xn--mnchen-3ya.test"},
				"eve@\u0430\u0440\u0440\u04cf\u0435.test": {"eve@xn--80ak6aa92e.test", "eve@\u0430", "eve@xn--80ak6aa92e.test"},
			} {
				ada.Send("POST", at+"/invitations", form, url.Values{"email": {typed}, "role": {"staff"}}.Encode(), 0)
				says(ada, at, row.shown, row.not)
				if list := string(ada.Send("GET", "/api/v1"+at+"/invitations", "", "", 200)); !strings.Contains(list, `"`+row.kept+`"`) {
					t.Errorf("a program gets %s", list)
				}
			}
			ada.JSON("POST", "/api/v1/auth/register", `{"email":"fay@m\u00fcnchen.test","password":"a long sentence that nobody guesses","name":"Fay"}`, 0, nil)
			says(ada, "/admin/people?q="+url.QueryEscape("fay@m\u00fcnchen.test"), "fay@m\u00fcnchen.test", "xn--mnchen")
		})
	}
}
