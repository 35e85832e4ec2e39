package content_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/contenthttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func (p *testApp) titles(t *testing.T, who identityport.Actor, text string) []string {
	t.Helper()
	r, err := p.app.SearchPosts(t.Context(), who, contentapp.SearchPosts{Query: text, Limit: 100})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	titles := make([]string, len(r.Hits))
	for i, h := range r.Hits {
		titles[i] = h.Summary.Title
	}
	slices.Sort(titles)
	return titles
}

// What is written as Markdown, published, and looked for by three readers.
func TestSearchPosts_FindsWhatEachReaderMayRead(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTestApp(t, open(t))
			ben := newAuthor("Ben")
			const p1, p2, p3, p4 = "Straße in Köln", "Der Fluss", "Members", "Hindi"
			p.publish(t, ben, contentapp.WritePost{Title: p1, Markdown: "naïve **Mü**ller"})
			p.publish(t, ben, contentapp.WritePost{Title: p2, Markdown: "Das Ufer\n\n<!--more-->\n\nGeheimwort hinter dem Gatter", Visibility: content.Paid})
			p.publish(t, ben, contentapp.WritePost{Title: p3, Markdown: "A teaser.\n\n黒猫がいる", Visibility: content.Members})
			p.publish(t, ben, contentapp.WritePost{Title: p4, Markdown: "हिन्दी में"})
			p.write(t, ben, contentapp.WritePost{Title: "A draft", Markdown: "Geheimwort"})
			member, paying := fixture.NewActor("Cleo"), fixture.NewActor("Dan")
			paying.Organizations = []identityport.OrganizationID{"o-dan"}
			p.paying.set(nil, "o-dan")
			for text, want := range map[string][3][]string{
				"strasse":           {{p1}, {p1}, {p1}},
				"muller":            {{p1}, {p1}, {p1}},
				"Geheimwort":        {{}, {}, {p2}},
				"fluss Geheimwort":  {{}, {}, {p2}},
				"fluss -Geheimwort": {{p2}, {p2}, {}},
				`"Ufer Geheimwort"`: {},
				"Geh":               {{}, {}, {p2}},
				"猫":                 {{}, {p3}, {p3}},
				"黒猫":                {{}, {p3}, {p3}},
				"हिन्दी":            {{p4}, {p4}, {p4}},
				"हद":                {},
				"NEAR(":             {}, "paid:geheim": {}, "*": {}, `"`: {}, "": {},
			} {
				for i, who := range []identityport.Actor{{}, member, paying} {
					if have := p.titles(t, who, text); !slices.Equal(have, want[i]) && len(have)+len(want[i]) > 0 {
						t.Errorf("%q finds %q for reader %d, want %q", text, have, i, want[i])
					}
				}
			}
			for _, who := range []identityport.Actor{{}, member, paying} {
				r, err := p.app.SearchPosts(t.Context(), who, contentapp.SearchPosts{Query: "Geheimwert"})
				if err != nil || r.DidYouMean != "" || len(r.Hits) > 0 {
					t.Errorf("%q is offered, %v", r.DidYouMean, err)
				}
				r, err = p.app.SearchPosts(t.Context(), who, contentapp.SearchPosts{Query: "flus strase"})
				if err != nil || r.DidYouMean != "" {
					t.Errorf("%q is offered and finds nothing, %v", r.DidYouMean, err)
				}
				r, err = p.app.SearchPosts(t.Context(), who, contentapp.SearchPosts{Query: "strase muler"})
				if err != nil || r.DidYouMean != "straße müller" {
					t.Errorf("%q is offered, %v", r.DidYouMean, err)
				}
			}
			// Who is erased is found no more.
			erased, err := events.New("0198c3f0-7d2a-7c31-9a44-3f6b1d2e4c21", p.clock.Now(), identityport.UserErased{UserID: ben.UserID})
			if err != nil {
				t.Fatal(err)
			}
			if err := fixture.Deliver(t, p.app.Subscribers(), erased); err != nil {
				t.Fatal(err)
			}
			if have := p.titles(t, paying, "fluss"); len(have) > 0 {
				t.Errorf("%q is found of who is erased", have)
			}
		})
	}
}

// counted makes the same ids in every site.
type counted struct {
	mu sync.Mutex
	n  int
}

func (c *counted) New() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return fmt.Sprintf("0198c3f0-0000-7000-8000-%012d", c.n)
}

// TestSearch_GivesVisitorsTheSameBytesWhateverIsPaid builds the site twice, with other texts
// behind its gates, of other lengths, and compares what a visitor is answered.
func TestSearch_GivesVisitorsTheSameBytesWhateverIsPaid(t *testing.T) {
	t.Parallel()
	queries := []string{
		"iron", "ash", "coal", "iron ash", "iron -hidden", "ash -secret", `"coal secret"`, "se", "sec", "secret", "hidden", "secrt", "hiden", "stel", "iorn", "ste", "st", "post",
		"-secret", "secret -iron", "nothing", "\"", "iron*", "paid:secret", "geheim", "", "coals", "ahs -secret",
	}
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := func(hidden func(i int) string) (all []string) {
				p := newTestApp(t, open(t))
				ids := &counted{}
				p.deps.IDs, p.deps.Clock = ids, clock.NewAdjustable(clock.At(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)))
				var err error
				if p.app, err = contentapp.New(p.deps); err != nil {
					t.Fatal(err)
				}
				ben := newAuthor("Ben")
				ben.UserID = "0198c3f0-0000-7000-8000-00000000000b"
				for i := range 24 {
					c := contentapp.WritePost{Title: fmt.Sprintf("Post %d of steel", i), Markdown: "Iron and coal " + strings.Repeat("ash ", i%5) + "\n\nThe rest " + strings.Repeat("ash ", i%3), Visibility: content.Public}
					if i%3 > 0 {
						c.Visibility = []content.Visibility{content.Members, content.Paid}[i%2]
						c.Markdown = "Iron " + strings.Repeat("ash ", i%4) + "\n\n" + hidden(i)
					}
					p.publish(t, ben, c)
				}
				s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
				if err := contenthttp.Register(s, contenthttp.Deps{Content: p.app, Offers: noOffers{}, People: p.people, Markdown: markdown.FromHTML}); err != nil {
					t.Fatal(err)
				}
				c := fiberhttptest.Serve(t, s)
				for _, q := range queries {
					for _, path := range []string{"/search?q=", "/api/v1/search?limit=5&q="} {
						path += url.QueryEscape(q)
						for range 4 { // and the pages after it
							a := c.Get(path, "")
							all = append(all, fmt.Sprint(path, " ", a.StatusCode, " ", a.Header.Get("Cache-Control"), " ", a.Body))
							_, next, found := strings.Cut(a.Body, `"next_cursor":"`)
							if !found {
								break
							}
							next, _, _ = strings.Cut(next, `"`)
							path, _, _ = strings.Cut(path, "&cursor=")
							path += "&cursor=" + next
						}
					}
				}
				return all
			}
			short := answers(func(int) string { return "Nothing." })
			long := answers(func(i int) string {
				return "secret hidden iron " + strings.Repeat("coal ash steel iron geheim secret ", 40*i) + "\n\n# Post of steel\n\n" + strings.Repeat("iorn hiden ", i)
			})
			if len(short) < 60 || !strings.Contains(strings.Join(short, ""), "<mark>") {
				t.Fatalf("%d answers", len(short))
			}
			if len(short) != len(long) {
				t.Fatalf("%d and %d answers", len(short), len(long))
			}
			for i := range short {
				if short[i] != long[i] {
					t.Errorf("the answers differ:\n%s\n\n%s", short[i], long[i])
				}
			}
		})
	}
}

// wholeTable is how the databases say that they read all of a table.
var wholeTable = regexp.MustCompile(`Seq Scan on content_|SCAN (p|e|content_\w+)\b`)

// TestSearch_GoesThroughNoTable looks at what the databases do for a search.
func TestSearch_GoesThroughNoTable(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			var (
				mu    sync.Mutex
				asked = map[string]int{}
			)
			p := newTestApp(t, db)
			for i := range 30 {
				p.publish(t, newAuthor("Ben"), contentapp.WritePost{Title: fmt.Sprintf("Post %d", i), Markdown: "Iron", Visibility: []content.Visibility{content.Public, content.Members, content.Paid}[i%3]})
			}
			if db.Dialect() == entstore.Postgres { // of few rows it would read all
				fixture.Exec(t, db, `WITH made AS (
  INSERT INTO content_posts (id, author_id, slug, title, visibility, status, published_at, created_at, updated_at, version, reading_minutes, tags, excerpt, teaser, body, markdown)
  SELECT gen_random_uuid(), gen_random_uuid(), 'made-' || n, 'Made', 'public', 'published', now(), now(), now(), 1, 1, '[]', '', '', '', '' FROM generate_series(1, 20000) AS n RETURNING id, slug)
INSERT INTO content_search_posts (post_id, published_at, visibility, version, tokens, open, whole)
  SELECT id, now(), CASE WHEN random() < 0.5 THEN 'public' ELSE 'paid' END, 1, 1, to_tsvector('simple', 'made ' || slug), to_tsvector('simple', 'made ' || slug) FROM made`)
				fixture.Exec(t, db, "INSERT INTO content_search_words SELECT 'm', 4 + n % 20, 'made' || n, 'made' FROM generate_series(1, 20000) AS n")
				fixture.Exec(t, db, "VACUUM ANALYZE content_posts, content_search_posts, content_search_words")
			}
			db.Watch(func(_ context.Context, s entstore.Statement) {
				if strings.Contains(s.Text, "content_") {
					mu.Lock()
					defer mu.Unlock()
					asked[s.Text] = len(s.Args)
				}
			})
			paying := fixture.NewActor("Dan")
			paying.Organizations = []identityport.OrganizationID{"o-dan"}
			p.paying.set(nil, "o-dan")
			for _, who := range []identityport.Actor{{}, fixture.NewActor("Cleo"), paying} {
				for _, text := range []string{"iron", "iron -post", "ir", "irno"} {
					if _, err := p.app.SearchPosts(t.Context(), who, contentapp.SearchPosts{Query: text, Limit: 5}); err != nil {
						t.Fatal(err)
					}
				}
			}
			if len(asked) < 4 {
				t.Fatalf("only %d statements", len(asked))
			}
			for text, args := range asked {
				plan, err := db.Explain(t.Context(), text, args)
				if err != nil {
					t.Fatal(err)
				}
				for line := range strings.SplitSeq(plan, "\n") {
					if wholeTable.MatchString(line) && !strings.Contains(line, "VIRTUAL TABLE INDEX") && !strings.Contains(line, "content_authors") {
						t.Errorf("it goes through a table:\n%s\n%s", text, plan)
						break
					}
				}
			}
		})
	}
}

// A replica of an older release saves posts meanwhile, and an index may be lost: the job
// that runs at the start enters what is missing.
func TestIndexPosts_EntersWhatIsMissing(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			p := newTestApp(t, db)
			for i := range 250 { // more than two batches
				p.publish(t, newAuthor("Ben"), contentapp.WritePost{Title: fmt.Sprintf("Post %d", i), Markdown: "Iron"})
			}
			counts := func(wantPublished, wantIndexed int) {
				t.Helper()
				published, indexed, err := p.app.SearchCounts(t.Context())
				if err != nil || published != wantPublished || indexed != wantIndexed {
					t.Errorf("%d of %d are in the index, want %d of %d, %v", indexed, published, wantIndexed, wantPublished, err)
				}
			}
			counts(250, 250)
			fixture.Exec(t, db, "DELETE FROM content_search_posts")
			fixture.Exec(t, db, "DELETE FROM content_search_words")
			counts(250, 0)
			if have := p.titles(t, identityport.Actor{}, "iron"); len(have) > 0 {
				t.Errorf("%q are found in an empty index", have)
			}
			fixture.Exec(t, db, "UPDATE content_posts SET version = version + 1 WHERE slug = 'post-7'")
			run := func(kind string) {
				t.Helper()
				for _, h := range p.app.JobHandlers() {
					if h.Kind == kind {
						if err := h.Run(t.Context(), nil); err != nil {
							t.Fatal(err)
						}
						return
					}
				}
				t.Fatalf("no job %s", kind)
			}
			run("content.index_posts")
			counts(250, 250)
			if have := p.titles(t, identityport.Actor{}, "iron"); len(have) != 100 {
				t.Errorf("%d are found", len(have))
			}
			fixture.Exec(t, db, "UPDATE content_search_posts SET tokens = 0")
			counts(250, 0)
			run("content.index_posts")
			run("content.prune_search_words")
			counts(250, 250)
			if r, err := p.app.SearchPosts(t.Context(), identityport.Actor{}, contentapp.SearchPosts{Query: "irno"}); err != nil || r.DidYouMean != "iron" {
				t.Errorf("%q is offered, %v", r.DidYouMean, err)
			}
		})
	}
}
