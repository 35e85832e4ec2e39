package integration_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestNothingOfAnErasedPersonIsLeft has somebody use every part of the program,
// delete their account, and looks for them in every column of every table.
func TestNothingOfAnErasedPersonIsLeft(t *testing.T) {
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
	c := correspondent{t, p.SignedIn(t, email), p.URL}
	var me struct {
		ID            string
		Organizations []string
	}
	c.json("GET", "/api/v1/me", "", 200, &me)

	// They are somebody, with a picture and opinions; they write, buy, and take a copy.
	c.json("PATCH", "/api/v1/me", `{"name":"`+name+`"}`, 200, nil)
	c.send("PUT", "/api/v1/me/avatar", "application/octet-stream", string(dot(t, 64)), 200)
	c.json("PUT", "/api/v1/me/consents", `{"items":[{"kind":"news","given":true},{"kind":"terms","given":true}]}`, 200, nil)
	c.json("POST", "/api/v1/posts", `{"title":"By `+name+`","body_markdown":"Written by `+name+` <`+email+`>","visibility":"public"}`, 201, nil)
	buyPro(c)
	var none struct{ Items []struct{ State string } }
	c.json("GET", "/api/v1/me/export", "", 404, nil)
	if c.json("GET", "/api/v1/me/exports", "", 200, &none); len(none.Items) != 0 {
		t.Fatal("to look for an export begins one")
	}
	c.json("POST", "/api/v1/me/exports", "", 202, nil)
	c.eventually("the export is ready", func() bool {
		var all struct{ Items []struct{ State string } }
		c.json("GET", "/api/v1/me/exports", "", 200, &all)
		return len(all.Items) == 1 && all.Items[0].State == "ready"
	})
	db := lookInto(t, database)
	if found := db.find(me.ID, email, name); len(found) < 8 {
		t.Fatalf("the person is hardly there to begin with: %v", found)
	}

	c.json("DELETE", "/api/v1/me", "", 202, nil)
	c.json("POST", "/dev/clock", fmt.Sprintf(`{"advance":%q}`, identity.DeletionGrace+time.Hour), 200, nil)
	var left []string
	c.eventually("nothing is left", func() bool {
		left = db.find(me.ID, email, name)
		return len(left) == 0
	}, func() { t.Errorf("still there:\n  %s", strings.Join(left, "\n  ")) })
}

// TestMovingTheClockDoesWhatIsDue has somebody delete their account and go on to the
// end of the grace period, and far beyond.
func TestMovingTheClockDoesWhatIsDue(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db") },
		"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{DatabaseURL: url(t)})
			c := correspondent{t, p.SignedIn(t, "cleo@neoforge.test"), p.URL}
			id := c.id()
			c.json("DELETE", "/api/v1/me", "", 202, nil)
			c.json("POST", "/dev/clock", `{"advance":"24h"}`, 200, nil)
			ada := correspondent{t, p.SignedIn(t, "ada@neoforge.test"), p.URL}
			ada.json("GET", "/api/v1/admin/users/"+id, "", 200, nil) // a day is within the grace period
			c.json("POST", "/dev/clock", `{"advance":"720h"}`, 200, nil)
			ada.http = p.SignedIn(t, "ada@neoforge.test")
			c.eventually("the person is gone", func() bool {
				var found struct{ Items []struct{ ID string } }
				ada.json("GET", "/api/v1/admin/users?q=cleo", "", 200, &found)
				return len(found.Items) == 0
			})
			ada.json("GET", "/api/v1/admin/users/"+id, "", 404, nil)
		})
	}
}

// buyPro pays for the plan with everything, at the sandbox.
func buyPro(c correspondent) {
	c.t.Helper()
	var plans struct {
		Items []struct {
			Code   string
			Prices []struct{ ID string }
		}
	}
	c.json("GET", "/api/v1/billing/plans", "", 200, &plans)
	for _, p := range plans.Items {
		if p.Code != "pro" {
			continue
		}
		var checkout struct {
			URL string `json:"checkout_url"`
		}
		c.json("POST", "/api/v1/billing/checkout", `{"price_id":"`+p.Prices[0].ID+`"}`, 201, &checkout, "Idempotency-Key", "erase-me")
		u, err := url.Parse(checkout.URL)
		if err != nil {
			c.t.Fatal(err)
		}
		c.send("POST", u.RequestURI(), "application/json", `{"outcome":"paid"}`, 0)
	}
}

// correspondent is one person at the site.
type correspondent struct {
	t    *testing.T
	http *http.Client
	site string
}

// send answers the body; a status of 0 means any below 400.
func (c correspondent) send(method, path, contentType, body string, status int, headers ...string) []byte {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.site+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	out, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if answer.StatusCode != status && (status != 0 || answer.StatusCode >= 400) {
		c.t.Fatalf("%s %s: %d, want %d: %.400s", method, path, answer.StatusCode, status, out)
	}
	return out
}

func (c correspondent) json(method, path, body string, status int, into any, headers ...string) {
	c.t.Helper()
	out := c.send(method, path, "application/json", body, status, headers...)
	if into == nil {
		return
	}
	if err := json.Unmarshal(out, into); err != nil {
		c.t.Fatalf("%s %s: %v in %.400s", method, path, err, out)
	}
}

// eventually asks again until the answer is yes; otherwise explain what is wrong.
func (c correspondent) eventually(what string, yes func() bool, explain ...func()) {
	c.t.Helper()
	deadline := time.After(30 * time.Second)
	for !yes() {
		select {
		case <-deadline:
			for _, e := range explain {
				e()
			}
			c.t.Fatalf("%s: not in time", what)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// kept is a database under a magnifying glass.
type kept struct {
	t  *testing.T
	db *entstore.DB
}

func lookInto(t *testing.T, database string) kept {
	t.Helper()
	db, err := entstore.Open(t.Context(), database, entstore.Options{MaxOpen: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return kept{t, db}
}

// allowed are the columns in which an id, and nothing but the id, may stay: the
// audit trail says what somebody did, without saying who they were, and the log of
// events that they were erased. What the job queue remembers of work that is done,
// it forgets within a day by itself.
func allowed(table, column, id, text string) bool {
	switch {
	case strings.HasPrefix(table, "river_"):
		return true
	case table == "platform_audit", table == "platform_events":
		return text == id
	}
	return false
}

// find lists the places in which the texts stand.
func (k kept) find(texts ...string) []string {
	k.t.Helper()
	var found []string
	for _, table := range k.tables() {
		rows, err := k.db.SQL().QueryContext(k.t.Context(), `SELECT * FROM "`+table+`"`)
		if err != nil {
			k.t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			k.t.Fatal(err)
		}
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				k.t.Fatal(err)
			}
			for i, v := range values {
				for _, text := range texts {
					if mentions(v, text) && !allowed(table, columns[i], texts[0], text) {
						found = append(found, fmt.Sprintf("%s.%s has %q", table, columns[i], text))
					}
				}
			}
		}
		if err := rows.Err(); err != nil {
			k.t.Fatal(err)
		}
		_ = rows.Close()
	}
	return found
}

// mentions looks for a text in a value: as it is, or as the sixteen bytes of an id.
func mentions(value any, text string) bool {
	switch v := value.(type) {
	case string:
		return strings.Contains(strings.ToLower(v), strings.ToLower(text))
	case []byte:
		raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
		return err == nil && len(raw) == 16 && bytes.Equal(v, raw) || bytes.Contains(bytes.ToLower(v), bytes.ToLower([]byte(text)))
	case [16]byte:
		return mentions(v[:], text)
	case nil:
		return false
	}
	return strings.Contains(fmt.Sprint(value), text)
}

func (k kept) tables() []string {
	k.t.Helper()
	query := `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`
	if k.db.Dialect() == entstore.SQLite {
		query = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	}
	rows, err := k.db.SQL().QueryContext(context.WithoutCancel(k.t.Context()), query)
	if err != nil {
		k.t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			k.t.Fatal(err)
		}
		all = append(all, name)
	}
	if err := rows.Err(); err != nil || len(all) < 20 {
		k.t.Fatalf("%d tables, %v", len(all), err)
	}
	return all
}

// TestAnExportIsMadeOnOneReplicaAndFetchedOnAnother has two replicas, asked in turn.
func TestAnExportIsMadeOnOneReplicaAndFetchedOnAnother(t *testing.T) {
	t.Parallel()
	replicas := program.StartReplicas(t, 2, program.Options{DatabaseURL: harness.Database(t, nil), RedisURL: harness.Redis(t)})
	c := correspondent{t, replicas.SignedIn(t, "cleo@neoforge.test"), replicas.URL}
	c.json("POST", "/api/v1/me/exports", "", 202, nil)
	for _, p := range replicas.All {
		at := correspondent{t, p.SignedIn(t, "dan@neoforge.test"), p.URL}
		var none struct{ Items []any }
		at.json("GET", "/api/v1/me/exports", "", 200, &none)
		if len(none.Items) != 0 {
			t.Errorf("somebody else sees %v", none.Items)
		}
	}
	var all struct {
		Items []struct{ ID, State string }
	}
	c.eventually("the export is ready", func() bool {
		c.json("GET", "/api/v1/me/exports", "", 200, &all)
		return len(all.Items) == 1 && all.Items[0].State == "ready"
	})
	for range 4 { // each replica, twice
		files := unzip(t, c.send("GET", "/account/data/exports/"+all.Items[0].ID, "", "", 200))
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
