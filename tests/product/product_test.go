package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

func TestMain(m *testing.M) {
	// The packages of the page are those of this checkout, in the same versions. A
	// product elsewhere has them installed by npm.
	if err := os.Symlink("../../../web/node_modules", "web/node_modules"); err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
		panic(err)
	}
	os.Exit(harness.Main(m))
}

// databases are empty ones.
var databases = map[string]func(t *testing.T) string{
	"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "board.db") },
	"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
}

// The fourth context works as the three that come with NeoForge do, in development, on
// either database.
func TestNotices_ArePostedReadMailedAndExported(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{DatabaseURL: database(t), Name: product().Name, Modules: product().Modules})
			page := read(t, http.DefaultClient, p.URL+"/notices")
			for _, want := range []string{
				"The forge is open.",               // the sample data
				"<nf-notices-board ", "shadowroot", // the island, rendered on the server
				`href="/assets/styles/notices/main.css`,
				`href="/notices" aria-current="page"`,
				"<title>Notices · Notice Board</title>",
				"those who have Pro", // what billing offers
			} {
				if !strings.Contains(page, want) {
					t.Errorf("the page lacks %s:\n%s", want, page)
				}
			}
			if page := read(t, http.DefaultClient, p.URL+"/docs/notices"); !strings.Contains(page, "says how long one stays") || !strings.Contains(page, "The board") {
				t.Errorf("the documentation is\n%s", page)
			}
			for _, path := range []string{"/assets/islands/notices/board.js", "/assets/styles/notices/main.css"} {
				read(t, http.DefaultClient, p.URL+path)
			}

			tools := read(t, http.DefaultClient, p.URL+"/dev")
			for _, want := range []string{`href="/notices">Notice board</a>`, "nora@noticeboard.test", "keeper of the board"} {
				if !strings.Contains(tools, want) {
					t.Errorf("the tools of development lack %s:\n%s", want, tools)
				}
			}
			if login := read(t, http.DefaultClient, p.URL+"/login"); !strings.Contains(login, "nora@noticeboard.test, keeper of the board") {
				t.Errorf("nobody is told of Nora:\n%s", login)
			}
			if form := read(t, p.SignedIn(t, "nora@noticeboard.test"), p.URL+"/notices/new"); !strings.Contains(form, `<textarea`) {
				t.Errorf("Nora may not post:\n%s", form)
			}
			var seeded strings.Builder
			if err := p.App.Seed(t.Context(), &seeded); err != nil || seeded.String() != "The sample people, plans, notices and posts are in place.\n" {
				t.Errorf("seeding again says %q, %v", seeded.String(), err)
			}

			cleo := p.SignedIn(t, "cleo@neoforge.test")
			if res, err := cleo.Get(p.URL + "/notices/new"); err != nil || res.Body.Close() != nil || res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusNotFound {
				t.Errorf("a member may post: %v, %v", res.Status, err)
			}
			ben := p.SignedIn(t, "ben@neoforge.test")
			if form := read(t, ben, p.URL+"/notices/new"); !strings.Contains(form, `<textarea`) {
				t.Errorf("the form is\n%s", form)
			}
			if refused := send(t, ben, p.URL+"/notices", " "); !strings.Contains(refused, "write 1 to 280 characters") {
				t.Errorf("an empty notice is answered\n%s", refused)
			}
			if posted := send(t, ben, p.URL+"/notices", "Coffee is ready"); !strings.Contains(posted, "Your notice is up.") || !strings.Contains(posted, "Coffee is ready") {
				t.Errorf("after the form comes\n%s", posted)
			}
			var list struct {
				Items []struct{ Text, Byline string }
			}
			if err := json.Unmarshal([]byte(read(t, http.DefaultClient, p.URL+"/api/v1/notices")), &list); err != nil || len(list.Items) != 2 || list.Items[0].Text != "Coffee is ready" || list.Items[0].Byline != "Ben" {
				t.Errorf("the API lists %+v, %v", list, err)
			}
			eventually(t, "the mail to the author", func() bool {
				box := read(t, http.DefaultClient, p.URL+"/dev/mailbox.json")
				return strings.Contains(box, "Your notice is up at Notice Board") && strings.Contains(box, p.URL+"/notices") && strings.Contains(box, "Sent by Notice Board, because")
			})
			var who struct{ ID string }
			if err := json.Unmarshal([]byte(read(t, ben, p.URL+"/api/v1/me")), &who); err != nil || who.ID == "" {
				t.Fatalf("who Ben is: %+v, %v", who, err)
			}
			var export strings.Builder
			if err := p.App.Export(t.Context(), &export, identityport.Subject{User: identityport.UserID(who.ID)}); err != nil || !strings.Contains(export.String(), "Coffee is ready") {
				t.Errorf("the export is %s, %v", export.String(), err)
			}
		})
	}
}

// Migrations of all contexts go up at once in many processes, and down by whichever was
// applied last.
func TestMigrations_OfAllContextsGoUpAndDown(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, set := database(t), wire.Migrations(product().Modules...)
			const processes = 4
			var all []*entstore.DB
			done := make(chan error)
			for range processes {
				db, err := entstore.Open(t.Context(), at, entstore.Options{MaxOpen: 2})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = db.Close() })
				all = append(all, db)
			}
			for _, db := range all {
				go func() { done <- set.Up(t.Context(), db) }()
			}
			for range processes {
				if err := <-done; err != nil {
					t.Error(err)
				}
			}
			db := all[0]
			// NeoForge's own contexts alone know nothing of this one, and leave it.
			if n, err := wire.Migrations(wire.Identity, wire.Billing, wire.Content).Pending(t.Context(), db); err != nil || n != 0 {
				t.Errorf("%d are pending without notices, %v", n, err)
			}
			status, err := set.Status(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			first := slices.IndexFunc(status, func(m wire.Migration) bool { return m.Context == "notices" })
			if first < 0 || status[first].Name != "initial" || status[first].AppliedAt.IsZero() {
				t.Fatalf("the status is %+v", status)
			}
			if err := set.Down(t.Context(), db, status[first:]...); err != nil {
				t.Fatal(err)
			}
			if _, err := db.SQL().ExecContext(t.Context(), "SELECT count(*) FROM notices_notices"); err == nil {
				t.Error("the table is still there")
			}
			if err := set.Up(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			if _, err := db.SQL().ExecContext(t.Context(), "SELECT count(*) FROM notices_notices"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSettings_AreReadWithThoseOfTheOthers(t *testing.T) {
	t.Parallel()
	_, err := config.Load([]string{"NOTICES_KEEP=5m", "RETAIN_SESSIONS=1h"}, wire.Sections(product().Modules...)...)
	if err == nil || !strings.Contains(err.Error(), "NOTICES_KEEP is 5m0s: use 1h or more") || !strings.Contains(err.Error(), "RETAIN_SESSIONS") {
		t.Errorf("have %v", err)
	}
}

// Every list that has identity in it is a product: it starts, migrates, seeds, and leads
// to nothing that is not there.
func TestProduct_DoesWithoutOtherModules(t *testing.T) {
	t.Parallel()
	links := regexp.MustCompile(`<a [^>]*href="(/[^"#?]*)`)
	for name, modules := range map[string][]wire.Module{
		"identity alone": {wire.Identity}, "without content": {Notices, wire.Billing, wire.Identity}, "without billing": {Notices, wire.Content, wire.Identity},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{Name: "Notice Board", Modules: modules})
			for _, page := range []string{"/login", "/docs"} {
				for _, link := range links.FindAllStringSubmatch(read(t, http.DefaultClient, p.URL+page), -1) {
					if strings.HasPrefix(link[1], "/auth/") {
						continue
					}
					res, err := http.Get(p.URL + link[1])
					if err != nil || res.Body.Close() != nil || res.StatusCode >= http.StatusBadRequest {
						t.Errorf("%s leads to %s: %v, %v", page, link[1], res.Status, err)
					}
				}
			}
			if slices.ContainsFunc(modules, func(m wire.Module) bool { return m.Name == "notices" }) {
				if page := read(t, http.DefaultClient, p.URL+"/notices"); strings.Contains(page, "those who have") == (name == "without billing") {
					t.Errorf("the page is\n%s", page)
				}
			}
		})
	}
}

func read(t *testing.T, c *http.Client, address string) string {
	t.Helper()
	res, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v\n%s", address, res.Status, err, body)
	}
	return string(body)
}

// send posts a notice by the form, and answers the page that the browser ends on.
func send(t *testing.T, c *http.Client, address, text string) string {
	t.Helper()
	res, err := c.PostForm(address, url.Values{"text": {text}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// eventually asks until it is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s did not come", what)
		}
	}
}
