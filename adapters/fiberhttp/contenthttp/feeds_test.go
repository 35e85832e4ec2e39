package contenthttp_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/modules/content"
)

// A feed as a reader of feeds understands it, whichever its format.
type readFeed struct {
	title, self, page string
	updated           time.Time
	items             []readItem
}

type readItem struct {
	id, title, link, summary, html, author string
	published, updated                     time.Time
}

// rules are what the W3C's feed validator, and the specification of JSON Feed 1.1, hold every
// feed to, as far as it applies: each takes a feed and its bytes, and says what is wrong.
var rules = map[string]func(f readFeed, raw string) error{
	"is UTF-8, without characters that XML does not have": func(_ readFeed, raw string) error {
		if at := strings.IndexFunc(raw, func(r rune) bool {
			return r == utf8.RuneError || r < ' ' && r != '\n' && r != '\t' || r == '\uFFFE' || r == '\uFFFF'
		}); at >= 0 || !utf8.ValidString(raw) {
			return fmt.Errorf("%q at %d", raw[at:min(at+20, len(raw))], at)
		}
		return nil
	},
	"has a title and leads to itself and to its page": func(f readFeed, _ string) error {
		if f.title == "" || !absolute(f.self) || !absolute(f.page) || f.self == f.page {
			return fmt.Errorf("%q, %q, %q", f.title, f.self, f.page)
		}
		return nil
	},
	"names each item by an id that is a URN, once": func(f readFeed, _ string) error {
		seen := map[string]bool{}
		for _, i := range f.items {
			if seen[i.id] || !regexp.MustCompile(`^urn:uuid:[0-9a-f-]{36}$`).MatchString(i.id) {
				return fmt.Errorf("%q", i.id)
			}
			seen[i.id] = true
		}
		return nil
	},
	"gives each item a title, an absolute link and an author": func(f readFeed, _ string) error {
		for _, i := range f.items {
			if i.title == "" || !absolute(i.link) || i.author == "" {
				return fmt.Errorf("%q, %q, %q", i.title, i.link, i.author)
			}
		}
		return nil
	},
	"dates are no earlier than what they change, and the feed's is the latest": func(f readFeed, _ string) error {
		for _, i := range f.items {
			if i.published.IsZero() || i.updated.Before(i.published) || f.updated.Before(i.updated) {
				return fmt.Errorf("published %v, updated %v, the feed %v", i.published, i.updated, f.updated)
			}
		}
		return nil
	},
	"has no relative address in a text": func(f readFeed, _ string) error {
		for _, i := range f.items {
			for _, m := range regexp.MustCompile(` ([a-z]+)="([^"]*)"`).FindAllStringSubmatch(i.html, -1) {
				if !slices.Contains([]string{"href", "src", "srcset", "poster"}, m[1]) {
					continue
				}
				for candidate := range strings.SplitSeq(m[2], ",") {
					address, _, _ := strings.Cut(strings.TrimSpace(candidate), " ")
					if !absolute(html.UnescapeString(address)) {
						return fmt.Errorf("%q", address)
					}
				}
			}
		}
		return nil
	},
	"has no script, style, comment or event in a text": func(f readFeed, _ string) error {
		for _, i := range f.items {
			if m := regexp.MustCompile(`(?i)<(script|style|!--)|\son\w+=`).FindString(i.html); m != "" {
				return fmt.Errorf("%q", m)
			}
		}
		return nil
	},
	"has teasers alone": func(_ readFeed, raw string) error {
		if strings.Contains(raw, secret) {
			return fmt.Errorf("the rest of the post is in it")
		}
		return nil
	},
}

func absolute(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" || strings.HasPrefix(address, "mailto:")
}

// parseFeed reads a feed strictly: what it does not expect is an error.
func parseFeed(t *testing.T, a fiberhttptest.Answer) readFeed {
	t.Helper()
	media, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	rfc3339 := func(s string) time.Time {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Error(err)
		}
		return at
	}
	rfc822 := func(s string) time.Time {
		at, err := time.Parse("Mon, 02 Jan 2006 15:04:05 MST", s)
		if err != nil || at.Format("Mon") != s[:3] || !strings.HasSuffix(s, " GMT") {
			t.Errorf("%q is no date of RSS: %v", s, err)
		}
		return at
	}
	var out readFeed
	switch media {
	case "application/atom+xml":
		var f struct {
			XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
			ID      string   `xml:"id"`
			Title   string   `xml:"title"`
			Updated string   `xml:"updated"`
			Author  string   `xml:"author>name"`
			Links   []struct {
				Rel  string `xml:"rel,attr"`
				Href string `xml:"href,attr"`
			} `xml:"link"`
			Entries []struct {
				ID        string   `xml:"id"`
				Title     string   `xml:"title"`
				Published string   `xml:"published"`
				Updated   string   `xml:"updated"`
				Author    []string `xml:"author>name"`
				Link      []struct {
					Href string `xml:"href,attr"`
				} `xml:"link"`
				Summary string `xml:"summary"`
				Content struct {
					Type string `xml:"type,attr"`
					Text string `xml:",chardata"`
				} `xml:"content"`
			} `xml:"entry"`
		}
		if err := xml.Unmarshal([]byte(a.Body), &f); err != nil {
			t.Fatal(err)
		}
		if f.ID == "" || f.Author == "" || len(f.Links) != 2 || f.Links[0].Rel != "self" || f.Links[1].Rel != "alternate" {
			t.Fatalf("%+v", f)
		}
		out = readFeed{title: f.Title, self: f.Links[0].Href, page: f.Links[1].Href, updated: rfc3339(f.Updated)}
		for _, e := range f.Entries {
			if len(e.Link) != 1 || e.Content.Type != "html" {
				t.Fatalf("%+v", e)
			}
			author := strings.Join(append(e.Author, f.Author)[:1], "")
			out.items = append(out.items, readItem{e.ID, e.Title, e.Link[0].Href, e.Summary, e.Content.Text, author, rfc3339(e.Published), rfc3339(e.Updated)})
		}
	case "application/rss+xml":
		var f struct {
			XMLName xml.Name `xml:"rss"`
			Version string   `xml:"version,attr"`
			Channel struct {
				Title       string `xml:"title"`
				Description string `xml:"description"`
				Links       []struct {
					XMLName xml.Name
					Rel     string `xml:"rel,attr"`
					Type    string `xml:"type,attr"`
					Href    string `xml:"href,attr"`
					Text    string `xml:",chardata"`
				} `xml:"link"`
				Built string `xml:"lastBuildDate"`
				Items []struct {
					Title string `xml:"title"`
					Link  string `xml:"link"`
					GUID  struct {
						Permalink string `xml:"isPermaLink,attr"`
						ID        string `xml:",chardata"`
					} `xml:"guid"`
					Published   string `xml:"pubDate"`
					Updated     string `xml:"http://www.w3.org/2005/Atom updated"`
					Creator     string `xml:"http://purl.org/dc/elements/1.1/ creator"`
					Description string `xml:"description"`
					Content     string `xml:"http://purl.org/rss/1.0/modules/content/ encoded"`
				} `xml:"item"`
			} `xml:"channel"`
		}
		if err := xml.Unmarshal([]byte(a.Body), &f); err != nil {
			t.Fatal(err)
		}
		c := f.Channel
		if f.Version != "2.0" || c.Description == "" || len(c.Links) != 2 || c.Links[0].XMLName.Space != "" ||
			c.Links[1].XMLName.Space != "http://www.w3.org/2005/Atom" || c.Links[1].Rel != "self" || c.Links[1].Type != media {
			t.Fatalf("%+v", f)
		}
		out = readFeed{title: c.Title, self: c.Links[1].Href, page: c.Links[0].Text, updated: rfc822(c.Built)}
		for _, i := range c.Items {
			if i.GUID.Permalink != "false" {
				t.Errorf("%+v is no address", i.GUID)
			}
			out.items = append(out.items, readItem{i.GUID.ID, i.Title, i.Link, html.UnescapeString(i.Description), i.Content, i.Creator, rfc822(i.Published), rfc3339(i.Updated)})
		}
	case "application/feed+json":
		var f struct {
			Version string `json:"version"`
			Title   string `json:"title"`
			Home    string `json:"home_page_url"`
			Self    string `json:"feed_url"`
			Items   []struct {
				ID        *string `json:"id"`
				URL       string  `json:"url"`
				Title     string  `json:"title"`
				HTML      *string `json:"content_html"`
				Summary   string  `json:"summary"`
				Published string  `json:"date_published"`
				Modified  string  `json:"date_modified"`
				Authors   []struct {
					Name string `json:"name"`
				} `json:"authors"`
			} `json:"items"`
		}
		if err := json.Unmarshal([]byte(a.Body), &f); err != nil {
			t.Fatal(err)
		}
		if f.Version != "https://jsonfeed.org/version/1.1" || f.Items == nil {
			t.Fatalf("%+v", f)
		}
		out = readFeed{title: f.Title, self: f.Self, page: f.Home, updated: time.Now().AddDate(100, 0, 0)}
		for _, i := range f.Items {
			if i.ID == nil || i.HTML == nil || len(i.Authors) != 1 {
				t.Fatalf("%+v", i)
			}
			out.items = append(out.items, readItem{*i.ID, i.Title, i.URL, i.Summary, *i.HTML, i.Authors[0].Name, rfc3339(i.Published), rfc3339(i.Modified)})
		}
	default:
		t.Fatalf("%d %s %.200s", a.StatusCode, a.Header.Get("Content-Type"), a.Body)
	}
	return out
}

var everyFeed = func() (paths []string) {
	for _, of := range []string{"", "/tags/steel", "/authors/ben"} {
		for _, file := range []string{"feed.xml", "rss.xml", "feed.json"} {
			paths = append(paths, of+"/"+file)
		}
	}
	return paths
}()

func TestFeeds_KeepTheRulesOfTheirFormatsWhateverAPostIsCalled(t *testing.T) {
	t.Parallel()
	for name, title := range map[string]string{
		"plain":               "On tempering",
		"tags and ampersands": `Inside <the> "forge" & <script>alert(1)</script> &amp; &#8;`,
		"the end of CDATA":    "A ]]> in <![CDATA[ a title",
		"right to left":       "\u202eعلى التقسية\u202c and שלום",
		"emoji":               "🔥👩🏽‍🏭 in the forge 🇩🇪",
		"long words":          strings.Repeat("Donaudampfschifffahrt", 9),
		"control characters":  "A\u0008 bell\u0007 and \ufffe a \uffff nothing\u0000",
	} {
		f, c, _ := site(t)
		f.post.Text.Title, f.post.Text.Excerpt = title, title
		f.post.UpdatedAt = published.Add(time.Hour)
		f.post.Rendered.Teaser = `<p><a href="/about?a=1&amp;b=2">us</a> <img alt="x href=" src="a.png" srcset="a.png 1x, /b.png 2x"> <a href="#fn:1">1</a></p>` + html.EscapeString(title)
		for _, path := range everyFeed {
			a := c.Get(path, "")
			feed := parseFeed(t, a)
			for rule, check := range rules {
				if err := check(feed, a.Body); err != nil {
					t.Errorf("%s, of a title with %s: not so that it %s: %v", path, name, rule, err)
				}
			}
			want := strings.Map(func(r rune) rune {
				if r < ' ' || r == '\ufffe' || r == '\uffff' {
					return -1
				}
				return r
			}, title)
			if len(feed.items) != 1 || feed.items[0].title != want || feed.items[0].summary != want || feed.items[0].link != "http://forge.test/posts/inside" {
				t.Errorf("%s, of a title with %s: %+v", path, name, feed.items)
			}
			if feed.self != "http://forge.test"+path {
				t.Errorf("%s says that it is at %s", path, feed.self)
			}
		}
	}
}

func TestFeeds_HaveTheOpeningOfWhatIsTooLongForThem(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	f.post.Text.Visibility, f.post.Text.Excerpt = content.Public, ""
	f.post.Rendered.Teaser = "<p>The first &lt;words&gt; of it.</p>" + strings.Repeat("<table><tr><td>cell</td></tr></table>", 100_000)
	for _, path := range everyFeed {
		a := c.Get(path, "")
		if a.StatusCode != 200 || len(a.Body) > 10_000 || !strings.Contains(a.Body, "The first") {
			t.Errorf("%s answers %d with %d bytes", path, a.StatusCode, len(a.Body))
		}
	}
}

func TestFeeds_AreKnownByTheirETagsAndCached(t *testing.T) {
	t.Parallel()
	f, c, settings := site(t)
	for _, path := range everyFeed {
		first := c.Get(path, "")
		if first.StatusCode != 200 || !strings.HasPrefix(first.Header.Get("Cache-Control"), "public, s-maxage=60") || first.Header.Get("ETag") == "" {
			t.Errorf("%s: %d %v", path, first.StatusCode, first.Header)
		}
		lists := f.lists
		if a := c.Get(path, "", "If-None-Match", first.Header.Get("ETag")); a.StatusCode != 304 || a.Body != "" {
			t.Errorf("%s again: %d", path, a.StatusCode)
		}
		if a := c.Do("HEAD", path, ""); a.StatusCode != 200 || a.Body != "" || a.Header.Get("ETag") != first.Header.Get("ETag") {
			t.Errorf("HEAD %s: %d %v", path, a.StatusCode, a.Header)
		}
		if f.lists != lists {
			t.Errorf("%s is made each time", path)
		}
	}
	if err := settings.Cache.Invalidate(t.Context(), content.TagPosts); err != nil {
		t.Fatal(err)
	}
	f.post.Text.Title = "Changed"
	for _, path := range everyFeed {
		if a := c.Get(path, ""); !strings.Contains(a.Body, "Changed") {
			t.Errorf("%s is as it was", path)
		}
	}
	for _, path := range []string{"/tags/nothing/rss.xml", "/tags/Steel/feed.xml", "/authors/nobody/feed.json"} {
		if a := c.Get(path, ""); a.StatusCode != 404 {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
}

func TestFeeds_AreNamedInTheHeadOfTheirPages(t *testing.T) {
	t.Parallel()
	_, c, _ := site(t)
	link := regexp.MustCompile(`<link rel="alternate" type="([^"]+)"(?: title="[^"]*")? href="([^"]+)"`)
	for page, want := range map[string][]string{
		"/tags/steel":   {"/tags/steel/feed.xml", "/tags/steel/rss.xml", "/tags/steel/feed.json"},
		"/authors/ben":  {"/authors/ben/feed.xml", "/authors/ben/rss.xml", "/authors/ben/feed.json"},
		"/posts":        nil,
		"/posts/inside": {"/posts/inside.md"},
	} {
		var have []string
		for _, m := range link.FindAllStringSubmatch(c.Get(page, "").Body, -1) {
			have = append(have, m[2])
			if a := c.Get(m[2], ""); !strings.HasPrefix(a.Header.Get("Content-Type"), m[1]) {
				t.Errorf("%s is %s, not %s", m[2], a.Header.Get("Content-Type"), m[1])
			}
		}
		if !slices.Equal(have, want) {
			t.Errorf("%s names %v, want %v", page, have, want)
		}
	}
}

func TestPrivateFeed_IsForItsPersonAndForNoCache(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	if a := c.Submit("/account/feed", "cleo", url.Values{}); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/confirm?") {
		t.Errorf("made by who signed in some time ago: %d, %q", a.StatusCode, a.Header.Get("Location"))
	}
	made := c.Submit("/account/feed", "cleo just now", url.Values{})
	addresses := regexp.MustCompile(`http://forge\.test(/feeds/[^<"]+)`).FindAllStringSubmatch(made.Body, -1)
	if made.StatusCode != 200 || len(addresses) != 3 {
		t.Fatalf("%d, %v", made.StatusCode, addresses)
	}
	if a := c.Get("/account/feed", "cleo"); strings.Contains(a.Body, "HUSH") || !strings.Contains(a.Body, "You have one") {
		t.Error("the address is shown again, or the feed is not")
	}
	for _, address := range addresses {
		for _, paid := range []bool{true, false, true} {
			f.reader.UserID, f.reader.Name = "u-cleo", map[bool]string{true: "Cleo"}[paid]
			a := c.Get(address[1], "")
			feed := parseFeed(t, a)
			for rule, check := range rules {
				if err := check(feed, a.Body); err != nil && (rule != "has teasers alone" || !paid) {
					t.Errorf("%s: not so that it %s: %v", address[1], rule, err)
				}
			}
			if strings.Contains(a.Body, secret) != paid {
				t.Errorf("%s, paid %v: %s", address[1], paid, a.Body)
			}
			for name, want := range map[string]string{"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"} {
				if got := a.Header.Get(name); got != want {
					t.Errorf("%s of %s is %q", name, address[1], got)
				}
			}
			if b := c.Get(address[1], "", "If-None-Match", a.Header.Get("ETag")); b.StatusCode != 304 || b.Body != "" {
				t.Errorf("%s again: %d", address[1], b.StatusCode)
			}
		}
	}
	if a := c.Submit("/account/feed/revoke", "cleo", url.Values{}); a.StatusCode != 303 {
		t.Errorf("take it back: %d", a.StatusCode)
	}
	for _, address := range addresses {
		if a := c.Get(address[1], ""); a.StatusCode != 404 {
			t.Errorf("%s, taken back: %d", address[1], a.StatusCode)
		}
	}
	if a := c.JSON("POST", "/api/v1/me/feed", "cleo just now", ""); a.StatusCode != 201 || !strings.Contains(a.Body, `"rss_url":"http://forge.test/feeds/HUSHHUSH/rss.xml"`) {
		t.Errorf("by the API: %d %s", a.StatusCode, a.Body)
	}
	if a := c.Get("/api/v1/me/feed", "cleo"); a.StatusCode != 200 || strings.Contains(a.Body, "HUSH") {
		t.Errorf("by the API: %d %s", a.StatusCode, a.Body)
	}
	if a := c.JSON("DELETE", "/api/v1/me/feed", "cleo", ""); a.StatusCode != 204 {
		t.Errorf("by the API: %d %s", a.StatusCode, a.Body)
	}
	if a := c.Get("/api/v1/me/feed", "cleo"); a.StatusCode != 404 {
		t.Errorf("by the API: %d %s", a.StatusCode, a.Body)
	}
}

func TestFeed_OfATagIsCalledAsTheTagIs(t *testing.T) {
	t.Parallel()
	for said, want := range map[content.Tag][2]string{
		{}: {"steel · ", "The newest posts of "},
		{Title: "Steel & iron", Description: "What is forged."}: {"Steel &amp; iron · ", "What is forged."},
	} {
		f, c, _ := site(t)
		f.said = said
		for _, path := range []string{"/tags/steel/feed.xml", "/tags/steel/rss.xml"} {
			body := c.Get(path, "").Body
			if !strings.Contains(body, want[0]) || !strings.Contains(body, want[1]) {
				t.Errorf("%s of a tag called %q:\n%.600s", path, said.Title, body)
			}
		}
	}
}
