package content_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// databaseURLs are empty databases for a whole program. The program may be started
// on one more than once.
var databaseURLs = map[string]func(t *testing.T) string{
	"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db") },
	"postgres": func(t *testing.T) string { return harness.Database(t, nil) },
}

// asOlderReleases leaves posts as an older renderer and a migration do whose release cuts
// teasers otherwise: gated ones without one until that has rendered them anew.
func asOlderReleases(t *testing.T, db *entstore.DB) {
	t.Helper()
	fixture.Exec(t, db, "UPDATE content_posts SET body = '', renderer_version = 1")
	fixture.Exec(t, db, "UPDATE content_posts SET teaser = '', rendered_version = 0 WHERE visibility <> 'public'")
}

// TestRenderPosts_RendersAnewWhatOlderReleasesDid upgrades a site whose gated posts are open.
func TestRenderPosts_RendersAnewWhatOlderReleasesDid(t *testing.T) {
	t.Parallel()
	for database, url := range databaseURLs {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			const secret, open = "only-behind-the-gate", "open-to-everybody"
			o := program.Options{DatabaseURL: url(t), Environ: []string{"RATE_LIMIT=off"}}
			var before []writtenPost
			if !t.Run("the older release", func(t *testing.T) {
				p := program.Start(t, o)
				ben := p.SignedIn(t, "ben@neoforge.test")
				before = []writtenPost{
					publishPost(t, p, ben, "One paragraph", secret+" alone.", "paid"),
					publishPost(t, p, ben, "Carriage returns", open+".\r\r"+secret+".", "members"),
					publishPost(t, p, ben, "Two paragraphs", open+".\n\n"+secret+".", "paid"),
					publishPost(t, p, ben, "For everybody", open+".", "public"),
				}
			}) {
				return
			}
			db, err := entstore.Open(t.Context(), o.DatabaseURL, entstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			asOlderReleases(t, db)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}

			p := program.Start(t, o)
			surfaces := []string{"/", "/posts", "/feed.xml", "/authors/ben", "/api/v1/posts"}
			for _, post := range before {
				surfaces = append(surfaces, "/posts/"+post.Slug, "/api/v1/posts/"+post.Slug)
			}
			everywhere := func() (texts []string) {
				for _, path := range surfaces {
					text := get(t, http.DefaultClient, p.URL+path)
					if strings.Contains(text, secret) {
						t.Fatalf("%s is open: %s", path, text)
					}
					texts = append(texts, text)
				}
				return texts
			}
			// The older release may have run the job in these ten minutes.
			res, err := http.Post(p.URL+"/dev/clock", "application/json", strings.NewReader(`{"advance":"10m"}`))
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Fatalf("the clock answers %d", res.StatusCode)
			}
			fixture.Correspondent{T: t}.Eventually("the teasers are back", func() bool {
				texts := everywhere()
				return strings.Count(texts[2], open) >= 3 && strings.Contains(texts[len(texts)-1], open)
			})
			everywhere()
			ben := p.SignedIn(t, "ben@neoforge.test")
			for _, post := range before {
				if now := readPost(t, p, ben, post.Slug); now.Version != post.Version || now.UpdatedAt != post.UpdatedAt || !strings.Contains(*now.BodyHTML, secret) && post.Slug != "for-everybody" {
					t.Errorf("%s: %+v was %+v", post.Slug, now, post)
				}
			}
		})
	}
}

// TestRenderPosts_FindsWhatAnOlderReplicaSaves has posts saved without the column
// that this release keeps, in a cache of each of two replicas, and the job broken off.
func TestRenderPosts_FindsWhatAnOlderReplicaSaves(t *testing.T) {
	t.Parallel()
	for database, open := range fixture.Databases {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			p, other := newTestApp(t, db), newTestApp(t, db)
			ben := newAuthor("Ben")
			const secret = "only-behind-the-gate"
			write := func(title, markdown string, v content.Visibility) content.PostState {
				return p.publish(t, ben, contentapp.WritePost{Title: title, Markdown: markdown, Visibility: v})
			}
			posts := []content.PostState{
				write("One", secret, content.Paid), write("Two", "Open.\n\n"+secret, content.Members), write("Three", secret, content.Public),
			}
			draft := p.write(t, ben, contentapp.WritePost{Title: "Draft", Markdown: "Open.\n\n" + secret, Visibility: content.Paid})
			fixture.Exec(t, db, "UPDATE content_posts SET teaser = body, version = version + 1")

			teasers := func(p *testApp) (all []string) {
				t.Helper()
				for _, post := range posts {
					r, err := p.app.ReadPost(t.Context(), fixture.NewActor("Cleo"), post.Text.Slug)
					if err != nil {
						t.Fatal(err)
					}
					all = append(all, r.Article.Post.Rendered.Teaser)
				}
				feed, err := p.app.Feed(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range feed {
					all = append(all, s.Slug+" "+s.Teaser)
				}
				return all
			}
			for _, replica := range []*testApp{p, other} { // both keep what is open
				if n := strings.Count(strings.Join(teasers(replica), "\n"), secret); n != 6 {
					t.Fatalf("%d are open before", n)
				}
			}
			// Who publishes such a post once more, or takes it back, does not make it one of this release.
			if _, err := p.app.PublishPost(t.Context(), ben, draft.ID); err != nil {
				t.Fatal(err)
			}
			run := p.app.JobHandlers()[0].Run
			broken, stop := context.WithCancel(t.Context())
			stop()
			if err := run(broken, nil); !errors.Is(err, context.Canceled) {
				t.Fatalf("broken off: %v", err)
			}
			published := len(p.ledger.Published(content.PostChanged{}.EventName()))
			late, over := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
			defer over()
			if err := run(late, nil); err != nil {
				t.Fatalf("no time left: %v", err)
			}
			for range 2 {
				if err := run(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
			}
			announced := p.ledger.Published(content.PostChanged{}.EventName())[published:]
			if len(announced) != 4 {
				t.Errorf("%d posts are announced, want each that is published once", len(announced))
			}
			if left, err := p.app.OutdatedPosts(t.Context()); err != nil || left != 0 {
				t.Errorf("%d posts are outdated, %v", left, err)
			}
			for _, e := range announced {
				if _, err := events.Decode[content.PostChanged](e); err != nil {
					t.Error(err)
				}
			}
			other.cache.ReadNotes(t)
			for name, replica := range map[string]*testApp{"here": p, "on the other replica": other} {
				all := teasers(replica)
				if all[0] != "" || all[1] != "<p>Open.</p>\n" || !strings.Contains(all[2], secret) {
					t.Errorf("%s: the teasers are %q", name, all)
				}
				if feed := strings.Join(all[3:], "\n"); strings.Count(feed, secret) != 1 || !strings.Contains(feed, "draft <p>Open.</p>") {
					t.Errorf("%s: the feed has %s", name, feed)
				}
			}
			for _, post := range posts {
				now, err := p.app.OpenPost(t.Context(), ben, post.ID)
				if have := now.Post; err != nil || have.Version != post.Version+1 || !have.UpdatedAt.Equal(post.UpdatedAt) {
					t.Errorf("%s is version %d of %s, %v", post.Text.Slug, have.Version, have.UpdatedAt, err)
				}
			}
		})
	}
}

func get(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	res, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v: %.300s", url, res.StatusCode, err, text)
	}
	return string(text)
}
