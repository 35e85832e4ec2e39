package e2e_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// hostile are texts that would set a variable in a page that took one of them for markup,
// for a script, or for a template.
var hostile = []string{
	`<script>owned=1</script>`,
	`"><img src=x onerror=owned=1>`,
	`' onmouseover=owned=1 autofocus onfocus=owned=1 x='`,
	`javascript:owned=1`,
	`</title></textarea></template><script>owned=1</script>`,
	`</script><script>owned=1</script>`,
	`<!--<script>owned=1</script>-->`,
	`]]><script xmlns="http://www.w3.org/1999/xhtml">owned=1</script>`,
	`&lt;img src=x onerror=owned=1&gt;`,
	`<svg/onload=owned=1>`,
	`<template shadowrootmode=open><script>owned=1</script></template>`,
	"${owned=1} {{owned=1}} <%= owned=1 %>",
	"\u202e<b onclick=owned=1>turned\u2028round\u2029",
	`\";owned=1;//`,
	`<meta http-equiv=refresh content="0;url=javascript:owned=1">`,
}

// TestBrowser_TakesHostileTextsForWordsOnEveryPage names posts, people, tags and views like
// attacks, and opens every page that shows them as a visitor and as an administrator: nothing
// of them runs, the policy has nothing to refuse, and what programs read stays well-formed.
func TestBrowser_TakesHostileTextsForWordsOnEveryPage(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	ada := p.SignedIn(t, "ada@neoforge.test")
	send := func(method, path string, body any, into any, headers ...string) {
		t.Helper()
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), method, p.URL+path, strings.NewReader(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		answer, err := ada.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		out, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode >= http.StatusBadRequest {
			t.Fatalf("%s %s: %d, %v, %s", method, path, answer.StatusCode, err, out)
		}
		if into != nil {
			if err := json.Unmarshal(out, into); err != nil {
				t.Fatal(err)
			}
		}
	}
	corpus, err := os.ReadFile("../../adapters/markdown/testdata/hostile.md")
	if err != nil {
		t.Fatal(err)
	}
	type post struct{ ID, Slug, Title string }
	var posts []post
	for i, text := range hostile {
		var made post
		send("POST", "/api/v1/posts", map[string]any{
			"title": text, "excerpt": text, "tags": []string{"hostile"}, "visibility": []string{"public", "members", "paid"}[i%3],
			"body_markdown": text + "\n\n## " + text + "\n\n| " + text + " |\n| --- |\n| " + text + " |\n\n<!--more-->\n\n" + string(corpus),
		}, &made)
		send("PUT", "/api/v1/posts/"+made.ID+"/details", map[string]any{"seo_title": text, "seo_description": text, "social_title": text, "social_description": text}, nil, "If-Match", "*")
		send("POST", "/api/v1/posts/"+made.ID+"/publish", nil, nil)
		posts = append(posts, made)
	}
	send("PATCH", "/api/v1/me", map[string]any{"name": hostile[0]}, nil)
	send("PATCH", "/api/v1/studio/tags/hostile", map[string]any{"title": hostile[1], "description": hostile[5]}, nil, "If-Match", "*")

	b := open(t, p.URL)
	b.expects("status of 404") // pictures that there are none of
	inert := func(path string) {
		t.Helper()
		b.visit(path)
		b.until(path+" is complete", `document.readyState === 'complete'`)
		if owned := read(b, chromedp.Evaluate[string](`JSON.stringify([performance.getEntriesByType('navigation')[0].responseStatus, typeof owned, document.querySelectorAll('[onload], [onerror], [onclick], [onfocus], [onmouseover], a[href^="javascript:" i]').length,
			[...document.querySelectorAll('script[type="application/ld+json"]')].map(({textContent}) => JSON.parse(textContent).headline ?? '')])`)); !strings.HasPrefix(owned, `[200,"undefined",0,`) {
			t.Errorf("%s: %s", path, owned)
		}
	}
	public := []string{"/", "/posts", "/posts?tag=hostile", "/tags/hostile", "/authors/ada", "/archive", "/search?q=hostile", "/search?q=" + "%3Cscript%3Eowned%3D1%3C%2Fscript%3E"}
	for _, path := range public {
		inert(path)
	}
	for _, q := range posts {
		inert("/posts/" + q.Slug)
	}
	signIn(b, "ada@neoforge.test", "/account")
	for _, path := range append(public, "/studio", "/studio/tags", "/studio/tags/hostile", "/studio/media", "/account/data", "/admin/people?q=owned", "/admin/audit", "/admin/errors") {
		inert(path)
	}
	for _, q := range posts {
		inert("/posts/" + q.Slug)
		for _, page := range []string{"", "/details", "/revisions", "/revisions/1", "/sharing"} {
			inert("/studio/posts/" + q.ID + page)
		}
	}

	for _, path := range []string{"/feed.xml", "/rss.xml", "/tags/hostile/feed.xml", "/authors/ada/rss.xml", "/sitemap.xml"} {
		d := xml.NewDecoder(strings.NewReader(get(t, p.URL+path)))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", path, err)
				break
			}
		}
	}
	var feed struct {
		Items []struct{ Title string }
	}
	if err := json.Unmarshal([]byte(get(t, p.URL+"/tags/hostile/feed.json")), &feed); err != nil {
		t.Error(err)
	}
	titles := fmt.Sprint(feed.Items)
	for _, q := range posts {
		if !strings.Contains(titles, q.Title) {
			t.Errorf("the feed has no post called %q in %s", q.Title, titles)
		}
	}
}
