package contenthttp_test

import (
	"context"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/contenthttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/adapters/markdown"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/cards"
)

// countedDrawer writes the words of a card, and counts how often.
type countedDrawer struct{ drawn atomic.Int64 }

func (*countedDrawer) Edition() string { return "1" }

func (d *countedDrawer) Draw(_ context.Context, c content.Card) ([]byte, error) {
	d.drawn.Add(1)
	return []byte(strings.Join([]string{c.Title, c.SiteName, c.AuthorName, c.Day()}, "|")), nil
}

func siteWithCards(t *testing.T) (*fakeContent, *countedDrawer, fiberhttptest.Client) {
	t.Helper()
	f, d, settings := newFakeContent(), &countedDrawer{}, fiberhttptest.Settings(t)
	settings.CacheTags = true
	app, err := cards.New(cards.Deps{Drawer: d, Cache: settings.Cache, SiteName: "NeoForge"})
	if err != nil {
		t.Fatal(err)
	}
	s := fiberhttptest.MustNew(t, settings)
	if err := contenthttp.Register(s, contenthttp.Deps{Content: f, Offers: offers{}, People: people{}, Markdown: markdown.FromHTML, Cards: app}); err != nil {
		t.Fatal(err)
	}
	return f, d, fiberhttptest.Serve(t, s)
}

var cardAddress = regexp.MustCompile(`<meta property="og:image" content="[a-z]+://[^/"]+(/posts/inside/card\.png\?v=[\w-]{16})"`)

// cardOfPage is the address that a page names; it is read by an editor, whose page is made anew.
func cardOfPage(t *testing.T, c fiberhttptest.Client) string {
	t.Helper()
	m := cardAddress.FindStringSubmatch(c.Get("/posts/inside", "ben").Body)
	if m == nil {
		t.Fatal("the page names no card")
	}
	return m[1]
}

func TestCard_IsNamedByThePageOfAPostWithoutACover(t *testing.T) {
	t.Parallel()
	_, d, c := siteWithCards(t)
	page := c.Get("/posts/inside", "").Body
	if !cardAddress.MatchString(page) {
		t.Fatalf("no card: %.3000s", page)
	}
	path := cardOfPage(t, c)
	for _, want := range []string{
		`<meta property="og:image:type" content="image/png"`, `<meta property="og:image:width" content="1200"`, `<meta property="og:image:height" content="630"`,
		`<meta property="og:image:alt" content="Inside &lt;the&gt; &#34;forge&#34;"`, `<meta name="twitter:card" content="summary_large_image"`, path + `","datePublished"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	for _, other := range []string{"/", "/posts", "/tags/steel", "/posts/inside.md", "/feed.xml", "/api/v1/posts/inside"} {
		if strings.Contains(c.Get(other, "").Body, "card.png") {
			t.Errorf("%s names it", other)
		}
	}
	if d.drawn.Load() > 0 {
		t.Error("drawn for a page")
	}
}

func TestCard_TellsEverybodyTheSameAndNothingOfTheText(t *testing.T) {
	t.Parallel()
	_, d, c := siteWithCards(t)
	path := cardOfPage(t, c)
	for _, session := range []string{"", "cleo", "ben", "nobody"} {
		for _, headers := range [][]string{nil, {"Authorization", "Bearer x"}, {"Cookie", "flash=post-saved"}} {
			if session != "" && len(headers) > 0 && headers[0] == "Cookie" {
				continue
			}
			a := c.Get(path, session, headers...)
			if a.StatusCode != 200 || a.Body != `Inside <the> "forge"|NeoForge|Ben|1 March 2026` || a.Header.Get("Content-Type") != "image/png" {
				t.Errorf("%q gets %d %q, a %s", session, a.StatusCode, a.Body, a.Header.Get("Content-Type"))
			}
			for name, want := range map[string]string{
				"Cache-Control": "public, max-age=604800, immutable", "Cross-Origin-Resource-Policy": "cross-origin", "X-Content-Type-Options": "nosniff",
				"Cache-Tag": "content.post%3ainside,content.bylines", "Set-Cookie": "",
			} {
				if have := a.Header.Get(name); have != want && !(name == "Set-Cookie" && session == "nobody") {
					t.Errorf("%q gets %s %q, want %q", session, name, have, want)
				}
			}
		}
	}
	if n := d.drawn.Load(); n != 1 {
		t.Errorf("drawn %d times", n)
	}
}

func TestCard_AnswersWhoHasItAndHead(t *testing.T) {
	t.Parallel()
	_, d, c := siteWithCards(t)
	path := cardOfPage(t, c)
	tag := `"` + path[strings.Index(path, "=")+1:] + `"`
	for _, known := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		if a := c.Get(path, "", "If-None-Match", known); a.StatusCode != 304 || a.Body != "" || a.Header.Get("ETag") != tag || a.Header.Get("Cache-Control") != "public, max-age=604800, immutable" {
			t.Errorf("who has %s gets %d %q, %v", known, a.StatusCode, a.Body, a.Header)
		}
	}
	if d.drawn.Load() > 0 {
		t.Error("drawn for somebody who has it")
	}
	whole := c.Get(path, "", "If-None-Match", `"x"`)
	head := c.Do("HEAD", path, "")
	if head.StatusCode != 200 || head.Body != "" || head.Header.Get("ETag") != tag || whole.Header.Get("ETag") != tag || head.Header.Get("Content-Length") != whole.Header.Get("Content-Length") {
		t.Errorf("HEAD: %d %v", head.StatusCode, head.Header)
	}
}

func TestCard_DrawsTheVersionOfThePostAlone(t *testing.T) {
	t.Parallel()
	f, d, c := siteWithCards(t)
	path := cardOfPage(t, c)
	for _, query := range []string{
		"", "?v=", "?v=x", "?v=%00", "?v=" + strings.Repeat("a", 3000), "?v=x&v=" + path[strings.Index(path, "=")+1:], "?V=" + path[strings.Index(path, "=")+1:], path[strings.Index(path, "?"):] + "%20",
	} {
		a := c.Get("/posts/inside/card.png"+query, "")
		if a.StatusCode == 400 && query == "?v=%00" {
			continue // no such byte gets here
		}
		if a.StatusCode != 302 || a.Header.Get("Location") != path || a.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%.50q: %d to %q, %q", query, a.StatusCode, a.Header.Get("Location"), a.Header.Get("Cache-Control"))
		}
	}
	if n := d.drawn.Load(); n != 0 {
		t.Errorf("drawn %d times for addresses that nobody was told", n)
	}
	f.post.Text.Title, f.details.NoIndex = "Outside", true
	now := cardOfPage(t, c)
	if a := c.Get(path, ""); now == path || a.StatusCode != 302 || a.Header.Get("Location") != now {
		t.Errorf("with another title, its address is %s and %s answers %d to %q", now, path, a.StatusCode, a.Header.Get("Location"))
	}
	if a := c.Get(now, ""); !strings.HasPrefix(a.Body, "Outside|") || a.Header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("%q, to search engines %q", a.Body, a.Header.Get("X-Robots-Tag"))
	}
	for _, none := range []string{"/posts/outside/card.png", "/posts/inside/card.jpg", "/posts/inside/card.png/", "/posts/in%2Fside/card.png"} {
		if a := c.Get(none, ""); a.StatusCode != 404 && a.StatusCode != 308 {
			t.Errorf("%s: %d", none, a.StatusCode)
		}
	}
}

func TestCard_IsOfNoSiteWithoutADrawer(t *testing.T) {
	t.Parallel()
	_, c, _ := site(t)
	if page := c.Get("/posts/inside", "").Body; strings.Contains(page, "og:image") || !strings.Contains(page, `<meta name="twitter:card" content="summary"`) {
		t.Error("the page names a card that nobody draws")
	}
	if a := c.Get("/posts/inside/card.png", ""); a.StatusCode != 404 {
		t.Errorf("%d", a.StatusCode)
	}
}
