package contenthttp_test

import (
	"encoding/json"
	"encoding/xml"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/content"
)

func TestMarkdown_IsAPostUnderItsGate(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	f.post.Rendered.Teaser = `<p>The <em>teaser</em>, with <a href="/about">a link</a>.</p>`
	f.post.Rendered.Body = f.post.Rendered.Teaser + `<h2 id="more">More</h2><ul><li>` + secret + `</li></ul><pre class="chroma"><code class="language-go"><span class="kd">func</span> a() {}
</code></pre><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>`
	for range 2 {
		for session, whole := range map[string]bool{"": false, "cleo": true, "ben": true} {
			for path, accept := range map[string]string{"/posts/inside.md": "", "/posts/inside": "text/markdown"} {
				a := c.Get(path, session, "Accept", accept)
				if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/markdown; charset=utf-8" || strings.Contains(a.Body, secret) != whole {
					t.Errorf("%s as %q: %d %s\n%s", path, session, a.StatusCode, a.Header.Get("Content-Type"), a.Body)
				}
				if cached := strings.HasPrefix(a.Header.Get("Cache-Control"), "public"); cached != (session == "" && accept == "") {
					t.Errorf("%s as %q: %s", path, session, a.Header.Get("Cache-Control"))
				}
			}
		}
	}
	want := `---
title: "Inside \u003cthe\u003e \"forge\""
author: "Ben"
date: "2026-03-01T09:00:00Z"
updated: "2026-03-01T09:00:00Z"
tags: ["steel","größe"]
excerpt: "An excerpt"
canonical: "http://forge.test/posts/inside"
visibility: "paid"
complete: false
---

The *teaser*, with [a link](http://forge.test/about).

*The rest is for subscribers: [see how to read on](http://forge.test/posts/inside).*
`
	if a := c.Get("/posts/inside.md", ""); a.Body != want {
		t.Errorf("%s\nwant\n%s", a.Body, want)
	}
	for _, part := range []string{"\n## More\n", "\n- " + secret + "\n", "```go\nfunc a() {}\n```", "| a "} {
		if a := c.Get("/posts/inside.md", "cleo"); !strings.Contains(a.Body, part) {
			t.Errorf("%q is not in\n%s", part, a.Body)
		}
	}
	for _, path := range []string{"/posts/nothing.md", "/posts/.md", "/posts/inside.md.md"} {
		if a := c.Get(path, ""); a.StatusCode != 404 {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	if content.IsSlug("inside.md") {
		t.Error("a post may be at an address that ends in .md")
	}
}

func TestLLMs_NamesPostsAndNothingBehindTheirGates(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	f.post.Text.Title, f.post.Text.Excerpt = "A [title] *with* `signs`", "One\nline"
	a := c.Get("/llms.txt", "")
	name, _, _ := strings.Cut(strings.TrimPrefix(a.Body, "# "), "\n")
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "text/plain; charset=utf-8" || !strings.HasPrefix(a.Body, "# "+name+"\n\n> ") || strings.Contains(a.Body, secret) {
		t.Fatalf("%d\n%s", a.StatusCode, a.Body)
	}
	for _, part := range []string{
		"\n## Newest posts\n\n- [A \\[title\\] \\*with\\* \\`signs\\`](http://forge.test/posts/inside.md): One line (The rest is for subscribers.)\n",
		"\n## Optional\n\n- [All posts](http://forge.test/posts)\n", "(http://forge.test/pricing)\n",
	} {
		if !strings.Contains(a.Body, part) {
			t.Errorf("%q is not in\n%s", part, a.Body)
		}
	}
}

func TestLLMs_LeavesOutWhatIsNotToBeIndexed(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	f.noIndex = true
	if a := c.Get("/llms.txt", ""); a.StatusCode != 200 || strings.Contains(a.Body, "inside") || strings.Contains(a.Body, "Newest posts") {
		t.Errorf("%d\n%s", a.StatusCode, a.Body)
	}
}

func TestSitemap_HasPartsOfBoundedSize(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	f.inMonth = 12_000
	var index struct {
		XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
		Parts   []string `xml:"sitemap>loc"`
	}
	if err := xml.Unmarshal([]byte(c.Get("/sitemap.xml", "").Body), &index); err != nil {
		t.Fatal(err)
	}
	const base = "http://forge.test/sitemaps/"
	want := []string{"pages.xml", "posts-2026-03-1.xml", "posts-2026-03-2.xml", "posts-2026-03-3.xml", "tags-1.xml", "authors-1.xml"}
	if have := strings.Join(index.Parts, " "); have != base+strings.Join(want, " "+base) {
		t.Fatalf("it names %s", have)
	}
	named := map[string]bool{}
	for _, part := range index.Parts {
		var m struct {
			XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
			URLs    []struct {
				Location string `xml:"loc"`
				Modified string `xml:"lastmod"`
			} `xml:"url"`
		}
		a := c.Get(strings.TrimPrefix(part, "http://forge.test"), "")
		if err := xml.Unmarshal([]byte(a.Body), &m); err != nil || len(m.URLs) == 0 || !strings.HasPrefix(a.Header.Get("Cache-Control"), "public") {
			t.Fatalf("%s: %v %d", part, err, a.StatusCode)
		}
		for _, u := range m.URLs {
			named[u.Location] = true
			if u.Modified != "" {
				if _, err := time.Parse(time.RFC3339, u.Modified); err != nil {
					t.Error(err)
				}
			}
		}
	}
	for _, path := range []string{"/", "/posts", "/pricing", "/posts/inside", "/tags/steel", "/tags/gr%C3%B6%C3%9Fe", "/authors/ben"} {
		if !named["http://forge.test"+path] {
			t.Errorf("%s is not named: %v", path, named)
		}
	}
	for _, part := range []string{"posts-2026-03-4.xml", "posts-2026-04-1.xml", "posts-2026-13-1.xml", "posts-2026-03-0.xml", "posts-2026-03-999.xml", "tags-2.xml", "tags-999.xml", "authors-2.xml", "x.xml", "pages"} {
		if a := c.Get("/sitemaps/"+part, ""); a.StatusCode != 404 {
			t.Errorf("%s: %d", part, a.StatusCode)
		}
	}
}

// TestSitemap_NamesNoPartThatNamesNothing, which validators refuse, and says when pages changed.
func TestSitemap_NamesNoPartThatNamesNothing(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	f.noIndex = true
	if index := c.Get("/sitemap.xml", "").Body; strings.Contains(index, "posts-") || strings.Contains(index, "pages-") || !strings.Contains(index, "/sitemaps/pages.xml") {
		t.Errorf("of a month with nothing to index: %s", index)
	}
	if a := c.Get("/sitemaps/posts-2026-03-1.xml", ""); a.StatusCode != 404 {
		t.Errorf("a part of it: %d", a.StatusCode)
	}
	f, c, _ = site(t)
	for i := range 5_001 {
		f.mapped = append(f.mapped, content.SitemapPost{Slug: "p", UpdatedAt: published.Add(time.Duration(i%5_000) * time.Second)})
	}
	const base = "http://forge.test/sitemaps/pages-"
	index := c.Get("/sitemap.xml", "").Body
	for _, part := range []string{base + "1.xml</loc><lastmod>2026-03-01T10:23:19Z<", base + "2.xml</loc><lastmod>2026-03-01T09:00:00Z<"} {
		if !strings.Contains(index, part) {
			t.Errorf("%s is not in %s", part, index)
		}
	}
}

// What search engines are told is not free to read stands on the page, for whoever reads it.
func TestStructuredArticle_NamesAPartOfThePage(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	for visibility, free := range map[content.Visibility]bool{content.Public: true, content.Members: false, content.Paid: false} {
		for _, session := range []string{"", "cleo"} {
			f.post.Text.Visibility = visibility
			f.post.Text.Slug = "inside"
			page := c.Get("/posts/inside?"+string(visibility), "cleo").Body
			if session == "" {
				fresh, visitor, _ := site(t)
				fresh.post.Text.Visibility = visibility
				page = visitor.Get("/posts/inside", "").Body
			}
			found := regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`).FindStringSubmatch(page)
			if found == nil {
				t.Fatalf("%s as %q: no JSON-LD", visibility, session)
			}
			var article struct {
				Free  bool `json:"isAccessibleForFree"`
				Parts []struct {
					Free     bool   `json:"isAccessibleForFree"`
					Selector string `json:"cssSelector"`
				} `json:"hasPart"`
			}
			if err := json.Unmarshal([]byte(found[1]), &article); err != nil {
				t.Fatal(err)
			}
			if article.Free != free || (len(article.Parts) == 1) == free {
				t.Fatalf("%s as %q: %+v", visibility, session, article)
			}
			for _, p := range article.Parts {
				class, ok := strings.CutPrefix(p.Selector, ".")
				if !ok || p.Free || !regexp.MustCompile(`class="[^"]*\b`+regexp.QuoteMeta(class)+`[" ]`).MatchString(page) {
					t.Errorf("%s as %q: %+v is not on the page", visibility, session, p)
				}
			}
		}
	}
}
