package contenthttp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestShareTarget_BeginsAPostForAuthorsAndHelpsOthers(t *testing.T) {
	t.Parallel()
	f, c, _ := site(t)
	at := "/studio/share?" + url.Values{
		"title": {"  A  found\nthing " + strings.Repeat("x", 300)}, "text": {"Worth <b>reading</b>"}, "url": {"https://example.org/a?b=c&d=e"},
	}.Encode()
	if a := c.Get(at, ""); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/login?return_to="+url.QueryEscape(at) {
		t.Errorf("a visitor: %d %s", a.StatusCode, a.Header.Get("Location"))
	}
	if a := c.Get(at, "cleo"); a.StatusCode != http.StatusForbidden || !strings.Contains(a.Body, "Sharing is for authors") || !strings.Contains(a.Body, "Nothing was sent or saved") {
		t.Errorf("a member: %d\n%s", a.StatusCode, a.Body)
	}
	a := c.Get(at, "ben")
	for _, want := range []string{`value="A found thing xxx`, "Worth &lt;b&gt;reading&lt;/b&gt;\n\n&lt;https://example.org/a?b=c&amp;d=e&gt;", `action="/studio/posts"`, `&#34;unsaved&#34;:true`} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("an author's page (%d) lacks %s:\n%s", a.StatusCode, want, a.Body)
		}
	}
	if strings.Contains(a.Body, strings.Repeat("x", 201)) {
		t.Error("the title is longer than a post's may be")
	}
	if len(f.written) > 0 {
		t.Error("sharing saved something")
	}
	// The address is often a part of the text already, and only addresses of the web become links.
	for query, want := range map[string]string{
		"text=See+https://example.org/a&url=https://example.org/a": ">See https://example.org/a</textarea>",
		"text=x&url=javascript:alert(1)":                           ">x</textarea>",
		"":                                                         "></textarea>",
	} {
		if a := c.Get("/studio/share?"+query, "ben"); a.StatusCode != http.StatusOK || !strings.Contains(a.Body, want) {
			t.Errorf("%s: %d lacks %s", query, a.StatusCode, want)
		}
	}
}
