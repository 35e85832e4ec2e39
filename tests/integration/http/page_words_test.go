package http_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

var calledAPost = regexp.MustCompile(`(?i)\b(the|this|your|1) post\b`)

// words are what somebody reads of a page, and what a screen reader says of it.
func words(t *testing.T, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for n := range root.Descendants() {
		switch {
		case n.Type == html.TextNode && slices.Contains(n.Parent.Attr, html.Attribute{Key: "data-kind", Val: "post"}): // hidden: a page is chosen
		case n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" && n.Parent.Data != "template":
			out.WriteString(n.Data)
		case n.Type == html.ElementNode:
			out.WriteByte('\n')
			for _, a := range n.Attr {
				if slices.Contains([]string{"title", "alt", "placeholder", "aria-label"}, a.Key) {
					out.WriteString(a.Val + "\n")
				}
			}
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// TestStudio_CallsAPageAPage follows every link from where a page is edited to what stands
// beside it, whatever its status, and reads what is said of it once something is done or refused.
func TestStudio_CallsAPageAPage(t *testing.T) {
	t.Parallel()
	for name, open := range sites {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site, signedIn := open(t)
			ben := fixture.Correspondent{T: t, HTTP: signedIn("ben@neoforge.test"), Site: site}
			const form = "application/x-www-form-urlencoded"
			var p struct {
				ID      string
				Version int
			}
			ben.JSON("POST", "/api/v1/posts", `{"kind":"page","title":"Imprint","body_markdown":"One.","visibility":"members"}`, 201, &p, sameOrigin()...)
			api, studio := "/api/v1/posts/"+p.ID, "/studio/posts/"+p.ID
			read := func(of, page string) {
				t.Helper()
				text := words(t, page)
				for _, at := range calledAPost.FindAllStringIndex(text, -1) {
					t.Errorf("%s: …%s…", of, text[max(at[0]-60, 0):min(at[1]+60, len(text))])
				}
			}
			href := regexp.MustCompile(`href="(` + studio + `[^"#]*)"`)
			follow := func(status string) []string {
				t.Helper()
				found := []string{studio}
				for i := 0; i < len(found); i++ {
					page := string(ben.Send("GET", found[i], "", "", 200))
					read(status+" "+found[i], page)
					for _, link := range href.FindAllStringSubmatch(page, -1) {
						if to := html.UnescapeString(link[1]); !slices.Contains(found, to) {
							found = append(found, to)
						}
					}
				}
				return found
			}
			do := func(at, typed string, status int) {
				t.Helper()
				read("after "+at+" "+typed, string(ben.Send("POST", at, form, typed, status, sameOrigin()...)))
			}

			followed := follow("draft")
			for _, side := range []string{"/previews", "/revisions", "/revisions/1", "/details", "/cover", "/authors", "/sharing"} {
				if !slices.Contains(followed, studio+side) {
					t.Errorf("nothing leads to %s: %v", side, followed)
				}
			}
			do(studio+"/review", "note=", 200)
			do(studio+"/approve", "seen=1", 412)
			do(studio+"/previews", "days=0", 422)
			do(studio+"/previews", "days=7", 200)
			do(studio+"/sharing", "email=cleo%40neoforge.test&share=nothing", 422)
			do(studio+"/sharing", "email=cleo%40neoforge.test&share=edit", 200)
			do(studio+"/authors", "do=add&handle=nobody&author=ben&version=1", 422)
			do(studio+"/authors", "do=add&handle=", 422)
			do(studio+"/details", "seo_title=One&version=9", 412)
			do(studio+"/details", "seo_title=One&version=0", 200)
			do(studio+"/cover", "media=none&version=1", 200)
			ben.Send("PATCH", api, "application/json", `{"body_markdown":"Two."}`, 200, append(sameOrigin(), "If-Match", "*")...)
			do(studio+"/revisions/1/restore", "version=9&copy=0", 412)
			do(studio, "intent=save&kind=page&title=&version=1&visibility=public&body_markdown=One", 412)
			do(studio, "intent=save&kind=page&title=&version=2&visibility=public&body_markdown=One", 422)
			do("/studio/bulk", "action=add_tag&scope=chosen&post="+p.ID+".0", 200)
			do("/studio/bulk", "action=add_tag&value=law&confirmed=true&scope=chosen&post="+p.ID+".9", 200)
			do("/studio/bulk", "action=add_tag&value=law&confirmed=true&scope=chosen&post="+p.ID+".0", 200)
			ben.Send("POST", api+"/publish", "", "", 200, sameOrigin()...)
			follow("published")
			do(studio+"/archive", "", 200)
			follow("archived")
			do(studio+"/archive", "", 409)
			do(studio+"/authors", "do=add&handle=cleo&author=ben&version=1", 422)
			do(studio+"/trash", "", 200)
			follow("trashed")
			do(studio+"/archive", "", 409)
			do(studio+"/restore", "", 200)
		})
	}
}
