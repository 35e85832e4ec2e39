package stories_test

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestErasure_LeavesNothingOfThePerson has somebody use every part of the program,
// delete their account, and looks for them in every column of every table.
func TestErasure_LeavesNothingOfThePerson(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db") },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := url(t)
			erasedEverywhere(t, database, program.Start(t, program.Options{DatabaseURL: database}))
		})
	}
}

func erasedEverywhere(t *testing.T, database string, p *program.Program) {
	const email, name = "ben@neoforge.test", "Ignatius Quillfeather"
	c := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, email), Site: p.URL}
	var me struct {
		ID            string
		Organizations []string
	}
	c.JSON("GET", "/api/v1/me", "", 200, &me)

	// They are somebody, with a picture and opinions; they write, buy, and take a copy.
	c.JSON("PATCH", "/api/v1/me", `{"name":"`+name+`"}`, 200, nil)
	c.Send("PUT", "/api/v1/me/avatar", "application/octet-stream", string(fixture.PNG(t, 64)), 200)
	c.JSON("PUT", "/api/v1/me/consents", `{"items":[{"kind":"news","given":true},{"kind":"terms","given":true}]}`, 200, nil)
	c.JSON("POST", "/api/v1/posts", `{"title":"By `+name+`","body_markdown":"Written by `+name+` <`+email+`>","visibility":"public"}`, 201, nil)
	buyPro(c)
	var none struct{ Items []struct{ State string } }
	c.JSON("GET", "/api/v1/me/export", "", 404, nil)
	if c.JSON("GET", "/api/v1/me/exports", "", 200, &none); len(none.Items) != 0 {
		t.Fatal("to look for an export begins one")
	}
	c.JSON("POST", "/api/v1/me/exports", "", 202, nil)
	c.Eventually("the export is ready", func() bool {
		var all struct{ Items []struct{ State string } }
		c.JSON("GET", "/api/v1/me/exports", "", 200, &all)
		return len(all.Items) == 1 && all.Items[0].State == "ready"
	})
	db := lookInto(t, database)
	if found := db.Find(me.ID, email, name); len(found) < 8 {
		t.Fatalf("the person is hardly there to begin with: %v", found)
	}

	c.JSON("DELETE", "/api/v1/me", "", 202, nil)
	c.JSON("POST", "/dev/clock", fmt.Sprintf(`{"advance":%q}`, identity.DeletionGrace+time.Hour), 200, nil)
	var left []string
	c.Eventually("nothing is left", func() bool {
		left = db.Find(me.ID, email, name)
		return len(left) == 0
	}, func() { t.Errorf("still there:\n  %s", strings.Join(left, "\n  ")) })
}

// TestClock_MovedDoesWhatIsDue has somebody delete their account and go on to the
// end of the grace period, and far beyond.
func TestClock_MovedDoesWhatIsDue(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db") },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{DatabaseURL: url(t)})
			c := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "cleo@neoforge.test"), Site: p.URL}
			id := c.ID()
			c.JSON("DELETE", "/api/v1/me", "", 202, nil)
			c.JSON("POST", "/dev/clock", `{"advance":"24h"}`, 200, nil)
			ada := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "ada@neoforge.test"), Site: p.URL}
			ada.JSON("GET", "/api/v1/admin/users/"+id, "", 200, nil) // a day is within the grace period
			c.JSON("POST", "/dev/clock", `{"advance":"720h"}`, 200, nil)
			ada.HTTP = p.SignedIn(t, "ada@neoforge.test")
			c.Eventually("the person is gone", func() bool {
				var found struct{ Items []struct{ ID string } }
				ada.JSON("GET", "/api/v1/admin/users?q=cleo", "", 200, &found)
				return len(found.Items) == 0
			})
			ada.JSON("GET", "/api/v1/admin/users/"+id, "", 404, nil)
		})
	}
}

// buyPro pays for the plan with everything, at the sandbox.
func buyPro(c fixture.Correspondent) {
	c.T.Helper()
	var plans struct {
		Items []struct {
			Code   string
			Prices []struct{ ID string }
		}
	}
	c.JSON("GET", "/api/v1/billing/plans", "", 200, &plans)
	for _, p := range plans.Items {
		if p.Code != "pro" {
			continue
		}
		var checkout struct {
			URL string `json:"checkout_url"`
		}
		c.JSON("POST", "/api/v1/billing/checkout", `{"price_id":"`+p.Prices[0].ID+`"}`, 201, &checkout, "Idempotency-Key", "erase-me")
		u, err := url.Parse(checkout.URL)
		if err != nil {
			c.T.Fatal(err)
		}
		c.Send("POST", u.RequestURI(), "application/json", `{"outcome":"paid"}`, 0)
	}
}

func lookInto(t *testing.T, database string) fixture.Kept {
	t.Helper()
	db, err := entstore.Open(t.Context(), database, entstore.Options{MaxOpen: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return fixture.Kept{T: t, DB: db}
}

// TestExport_IsMadeOnOneReplicaAndFetchedOnAnother has two replicas, asked in turn.
func TestExport_IsMadeOnOneReplicaAndFetchedOnAnother(t *testing.T) {
	t.Parallel()
	replicas := program.StartReplicas(t, 2, program.Options{DatabaseURL: harness.Database(t, nil), RedisURL: harness.Redis(t)})
	c := fixture.Correspondent{T: t, HTTP: replicas.SignedIn(t, "cleo@neoforge.test"), Site: replicas.URL}
	c.JSON("POST", "/api/v1/me/exports", "", 202, nil)
	for _, p := range replicas.All {
		at := fixture.Correspondent{T: t, HTTP: p.SignedIn(t, "dan@neoforge.test"), Site: p.URL}
		var none struct{ Items []any }
		at.JSON("GET", "/api/v1/me/exports", "", 200, &none)
		if len(none.Items) != 0 {
			t.Errorf("somebody else sees %v", none.Items)
		}
	}
	var all struct {
		Items []struct{ ID, State string }
	}
	c.Eventually("the export is ready", func() bool {
		c.JSON("GET", "/api/v1/me/exports", "", 200, &all)
		return len(all.Items) == 1 && all.Items[0].State == "ready"
	})
	for range 4 { // each replica, twice
		files := fixture.Unzip(t, c.Send("GET", "/account/data/exports/"+all.Items[0].ID, "", "", 200))
		for _, want := range []string{"README.txt", "identity.json", "content.json", "billing.json"} {
			if files[want] == "" {
				t.Errorf("the archive lacks %s", want)
			}
		}
		if !strings.Contains(files["identity.json"], "cleo@neoforge.test") {
			t.Error("the archive is about somebody else")
		}
	}
}
