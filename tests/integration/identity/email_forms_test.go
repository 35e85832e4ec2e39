package identity_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/migrations"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestEmail_OfAnotherMailboxIsNeverLinked has a provider vouch for addresses that
// Unicode's case folding makes into somebody's.
func TestEmail_OfAnotherMailboxIsNeverLinked(t *testing.T) {
	t.Parallel()
	for database, open := range fixture.Databases {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, open(t))
			kate := h.create(t, "kate@neoforge.test", identityport.RoleMember, true)
			ida := h.create(t, "ida@neoforge.test", identityport.RoleAdministrator, true)
			for subject, email := range map[string]string{"1": "\u212Aate@neoforge.test", "2": "\u0130da@neoforge.test", "3": "İda@neoforge.test"} {
				in, err := h.come(t, verified(subject, email))
				if err == nil && (in.Session.User == kate.ID || in.Session.User == ida.ID) {
					t.Errorf("%q signs in as somebody else", email)
				}
			}
			first := h.mustCome(t, verified("4", "cleo@München.test"))
			for subject, email := range map[string]string{"5": "cleo@xn--mnchen-3ya.test", "6": "CLEO@mu\u0308nchen.test"} {
				if in := h.mustCome(t, verified(subject, email)); in.Session.User != first.Session.User {
					t.Errorf("%q is another account than cleo@München.test", email)
				}
			}
		})
	}
}

// TestListPeople_FindsAnAddressAsItIsRead has an administrator type a domain in the
// letters that people know it by.
func TestListPeople_FindsAnAddressAsItIsRead(t *testing.T) {
	t.Parallel()
	for database, open := range fixture.Databases {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, open(t))
			cleo := h.create(t, "cleo@xn--mnchen-3ya.test", identityport.RoleMember, true)
			h.create(t, "dan@neoforge.test", identityport.RoleMember, true)
			ada := h.administrator(t, "ada@neoforge.test")
			for _, search := range []string{"cleo@münchen.test", "@MÜNCHEN.test", "cleo@mu\u0308nchen.test", "cleo@xn--mnchen-3ya.test", "cleo", "münchen", "MÜNCHEN", "mu\u0308nchen.test"} {
				found, err := h.app.ListPeople(t.Context(), ada, administration.ListPeople{Search: search})
				if err != nil || len(found.Items) != 1 || found.Items[0].ID != cleo.ID {
					t.Errorf("%q finds %+v, %v", search, found.Items, err)
				}
			}
		})
	}
}

func TestEmailForms_AreMigratedUnlessTwoPeopleClash(t *testing.T) {
	t.Parallel()
	for database, open := range fixture.Databases {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			h := openHouse(t, db)
			old := h.create(t, "old@neoforge.test", identityport.RoleMember, true)
			same := h.create(t, "same@neoforge.test", identityport.RoleMember, true)
			down := func() {
				t.Helper()
				fixture.MigrateBefore(t, db, "email_forms")
			}
			write := func(id identity.UserID, email string) {
				t.Helper()
				fixture.Exec(t, db, "UPDATE identity_users SET email = $1 WHERE id = $2", email, string(id))
			}
			read := func(id identity.UserID) identity.Email {
				t.Helper()
				return emailOf(t, db, id) // the store asks for columns of later migrations
			}
			down()
			write(old.ID, "old@münchen.test")
			if err := migrations.Up(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			if have := read(old.ID); have != "old@xn--mnchen-3ya.test" {
				t.Errorf("kept as %q", have)
			}
			down()
			write(old.ID, "one@münchen.test")
			write(same.ID, "one@xn--mnchen-3ya.test")
			err := migrations.Up(t.Context(), db)
			if err == nil || !strings.Contains(err.Error(), string(old.ID)) || !strings.Contains(err.Error(), string(same.ID)) || strings.Contains(err.Error(), "@") {
				t.Fatalf("a clash: %v", err)
			}
			if read(old.ID) != "one@münchen.test" {
				t.Error("half of it is done")
			}
			write(same.ID, "another@neoforge.test")
			if err := errors.Join(migrations.Up(t.Context(), db), migrations.Up(t.Context(), db)); err != nil {
				t.Fatal(err)
			}
			if read(old.ID) != "one@xn--mnchen-3ya.test" {
				t.Error("not mended after the clash")
			}
		})
	}
}

// TestEmailForms_LetNobodyUnprovenStopTheMigration has strangers' rows beside those of
// people who proved their address.
func TestEmailForms_LetNobodyUnprovenStopTheMigration(t *testing.T) {
	t.Parallel()
	for database, open := range fixture.Databases {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			h := openHouse(t, db)
			cases := []struct {
				proven    bool
				kept, end string
			}{
				{true, "one@münchen.test", "one@xn--mnchen-3ya.test"},
				{false, "one@xn--mnchen-3ya.test", "one@münchen.test"}, // leaves it to the one who proved it
				{true, "two@xn--mnchen-3ya.test", "two@xn--mnchen-3ya.test"},
				{false, "two@münchen.test", "two@münchen.test"},
				{false, "three@münchen.test", "three@xn--mnchen-3ya.test"},
				{false, "cl\u200beo@neoforge.test", "cl\u200beo@neoforge.test"}, // no address, and nobody's
				{true, "under@neo_forge.test", "under@neo_forge.test"},
			}
			ids := make([]identity.UserID, len(cases))
			for i, c := range cases {
				ids[i] = h.create(t, fmt.Sprintf("person-%d@neoforge.test", i), identityport.RoleMember, c.proven).ID
			}
			fixture.MigrateBefore(t, db, "email_forms")
			for i, c := range cases {
				fixture.Exec(t, db, "UPDATE identity_users SET email = $1 WHERE id = $2", c.kept, string(ids[i]))
			}
			if err := migrations.Up(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			for i, c := range cases {
				if u, err := h.deps.Reads.User(t.Context(), ids[i]); err != nil || string(u.Email) != c.end {
					t.Errorf("%q ended as %q, %v; want %q", c.kept, u.Email, err, c.end)
				}
			}
		})
	}
}

// emailOf reads an address as any schema has it.
func emailOf(t *testing.T, db *entstore.DB, id identity.UserID) (email identity.Email) {
	t.Helper()
	rows, err := db.Query(t.Context(), "SELECT email FROM identity_users WHERE id = $1", string(id))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&email); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return email
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
