package contenthttp_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/contenthttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// What a page shows of a post is kept for those who get the same of it: whoever reads first, the
// page of another is the one that they had alone.
func TestPost_ShowsNobodyWhatWasWrittenForAnother(t *testing.T) {
	t.Parallel()
	readers := []string{"", "cleo", "ben", "dan"}
	for name, visibility := range map[string]content.Visibility{"paid": content.Paid, "for members": content.Members, "public": content.Public} {
		read := func(c fiberhttptest.Client, session string) string {
			t.Helper()
			a := c.Get("/posts/inside", session)
			if a.StatusCode != 200 {
				t.Fatalf("%s to %q: %d", name, session, a.StatusCode)
			}
			return a.Body + a.Header.Get("Content-Security-Policy")
		}
		alone := map[string]string{}
		for _, session := range readers {
			f, c, _ := site(t)
			f.post.Text.Visibility = visibility
			alone[session] = read(c, session)
		}
		f, c, _ := site(t)
		f.post.Text.Visibility = visibility
		for _, first := range readers {
			for _, second := range append(slices.Clone(readers), first) {
				for _, session := range []string{first, second} {
					if read(c, session) != alone[session] {
						t.Errorf("%s: %q after %q reads another page than alone", name, session, first)
					}
				}
			}
		}
		entitled := map[content.Visibility][]string{content.Paid: {"cleo", "ben"}, content.Members: {"cleo", "ben", "dan"}, content.Public: readers}[visibility]
		for session, page := range alone {
			if strings.Contains(page, secret) != slices.Contains(entitled, session) {
				t.Errorf("%s: %q reads the text: %t", name, session, !slices.Contains(entitled, session))
			}
			if strings.Contains(page, `href="/studio/posts/`+id+`"`) != (session == "ben") {
				t.Errorf("%s: %q is led, or not, to where it is edited", name, session)
			}
			if strings.Contains(page, `menu__name">Cleo<`) != (session == "cleo") || strings.Contains(page, `menu__name">Dan<`) != (session == "dan") {
				t.Errorf("%s: %q has the menu of another", name, session)
			}
		}
	}
}

// Each part of what a page shows can change by itself: the next reader sees it.
func TestPost_IsWrittenAnewWhenAnythingOfItChanges(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	for name, change := range map[string]func() string{
		"body":        func() string { f.post.Rendered.Body = "<p>another text</p>"; return "another text" },
		"title":       func() string { f.post.Text.Title = "Another title"; return "Another title" },
		"tags":        func() string { f.post.Text.Tags = []string{"bronze"}; return "bronze" },
		"description": func() string { f.details.SEODescription = "For machines"; return "For machines" },
		"related": func() string {
			f.related = []content.Summary{{Slug: "next", Title: "The next one"}}
			return "The next one"
		},
		"date":      func() string { f.post.UpdatedAt = published.AddDate(0, 0, 3); return "4 March 2026" },
		"canonical": func() string { f.details.Canonical = "https://elsewhere.test/a"; return "https://elsewhere.test/a" },
		"search":    func() string { f.details.NoIndex = true; return `content="noindex"` },
	} {
		before := c.Get("/posts/inside", "cleo").Body
		want := change()
		if strings.Contains(before, want) {
			t.Fatalf("%s: the page has %q before", name, want)
		}
		if after := c.Get("/posts/inside", "cleo").Body; !strings.Contains(after, want) {
			t.Errorf("%s: the page lacks %q", name, want)
		}
	}
}

// The policy of a page names the frames of its text, whether or not it was written before.
func TestPost_NamesItsFramesEachTime(t *testing.T) {
	t.Parallel()
	f, s := newFakeContent(), fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	f.post.Rendered.Body = `<figure class="embed"><nf-content-embed provider="films"><a href="https://films.test/1">Film</a></nf-content-embed></figure>`
	if err := contenthttp.Register(s, contenthttp.Deps{
		Content: f, Offers: offers{}, People: people{}, Markdown: markdown.FromHTML, Frames: map[string]string{"films": "https://player.films.test"},
	}); err != nil {
		t.Fatal(err)
	}
	c := fiberhttptest.Serve(t, s)
	for range 3 {
		if policy := c.Get("/posts/inside", "cleo").Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-src https://player.films.test") {
			t.Errorf("who may open the film: %s", policy)
		}
		if policy := c.Get("/posts/inside", "dan").Header.Get("Content-Security-Policy"); strings.Contains(policy, "films") {
			t.Errorf("who may not: %s", policy)
		}
	}
}

// BenchmarkPost_SignedIn is the page of a long post for somebody who is signed in, without the
// store and without sockets.
func BenchmarkPost_SignedIn(b *testing.B) {
	f, s := newFakeContent(), fiberhttptest.MustNew(b, fiberhttptest.Settings(b))
	var body strings.Builder
	for i := range 20 {
		body.WriteString(`<h2 id="h-` + strconv.Itoa(i) + `">Part ` + strconv.Itoa(i) + `</h2>` + strings.Repeat("<p>Steel is <em>hardened</em> &amp; tempered, and then it is tempered once more.</p>", 7))
	}
	f.post.Rendered.Body = body.String()
	for i := range content.RelatedPosts {
		f.related = append(f.related, content.Summary{Slug: "r" + strconv.Itoa(i), Title: "Related", Excerpt: "An excerpt", AuthorName: "Ben", PublishedAt: published, Visibility: content.Public})
	}
	if err := contenthttp.Register(s, contenthttp.Deps{Content: f, Offers: offers{}, People: people{}, Markdown: markdown.FromHTML}); err != nil {
		b.Fatal(err)
	}
	h, err := s.Handler()
	if err != nil {
		b.Fatal(err)
	}
	var ctx fasthttp.RequestCtx
	ctx.Init(&fasthttp.Request{}, nil, nil)
	b.ReportAllocs()
	for b.Loop() {
		ctx.Request.Reset()
		ctx.Response.Reset()
		ctx.Request.SetRequestURI("/posts/inside")
		ctx.Request.Header.SetHost("forge.test")
		ctx.Request.Header.SetCookie("session", "cleo")
		h(&ctx)
	}
	if ctx.Response.StatusCode() != 200 || !strings.Contains(string(ctx.Response.Body()), `action="/logout"`) {
		b.Fatalf("%d, %d bytes", ctx.Response.StatusCode(), len(ctx.Response.Body()))
	}
}
