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
	const at = "/studio/share"
	what := url.Values{
		"title": {"  A  found\nthing " + strings.Repeat("x", 300)}, "text": {"Worth <b>reading</b>"}, "url": {"https://example.org/a?b=c&d=e"},
	}
	// As a device sends it: no page has begun it.
	share := func(session string, form url.Values) (int, string) {
		headers := []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "none", "Origin", "null"}
		if session != "" {
			headers = append(headers, "Cookie", "session="+session)
		}
		a := c.Do(http.MethodPost, at, form.Encode(), headers...)
		return a.StatusCode, a.Body
	}
	if status, body := share("", what); status != http.StatusUnauthorized || !strings.Contains(body, `action="/studio/share"`) || !strings.Contains(body, "Worth &lt;b&gt;reading") {
		t.Errorf("a visitor's page (%d) does not keep what was shared:\n%s", status, body)
	}
	if status, body := share("cleo", what); status != http.StatusForbidden || !strings.Contains(body, "Sharing is for authors") || !strings.Contains(body, "Nothing was sent or saved") {
		t.Errorf("a member: %d\n%s", status, body)
	}
	status, body := share("ben", what)
	for _, want := range []string{`value="A found thing xxx`, "Worth &lt;b&gt;reading&lt;/b&gt;\n\n&lt;https://example.org/a?b=c&amp;d=e&gt;", `action="/studio/posts"`, `&#34;unsaved&#34;:true`, `&#34;shared&#34;:`} {
		if !strings.Contains(body, want) {
			t.Errorf("an author's page (%d) lacks %s:\n%s", status, want, body)
		}
	}
	if strings.Contains(body, strings.Repeat("x", 201)) {
		t.Error("the title is longer than a post's may be")
	}
	// The address is often a part of the text already, and only addresses of the web become links.
	for form, want := range map[string]string{
		"text=See+https://example.org/a&url=https://example.org/a": ">See https://example.org/a</textarea>",
		"text=x&url=javascript:alert(1)":                           ">x</textarea>",
		"":                                                         "></textarea>",
	} {
		values, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		if status, body := share("ben", values); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d lacks %s", form, status, want)
		}
	}
	if a := c.Do(http.MethodPost, at, what.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site", "Cookie", "session=ben"); a.StatusCode != http.StatusForbidden {
		t.Errorf("another site fills the form: %d", a.StatusCode)
	}
	if len(f.written) > 0 {
		t.Error("sharing saved something")
	}
}

// The offline worker keeps what was shared and goes on to the page, which takes it in the browser.
func TestShareTarget_TakesNoTextFromAnAddress(t *testing.T) {
	t.Parallel()
	_, c, _ := site(t)
	const kept = "0b9c1f9e-5a53-4c6f-8f0e-0d8a1f6f7a11"
	at := "/studio/share?kept=" + kept
	if a := c.Get(at, ""); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/login?return_to="+url.QueryEscape(at) {
		t.Errorf("a visitor: %d %s", a.StatusCode, a.Header.Get("Location"))
	}
	if a := c.Get(at, "cleo"); a.StatusCode != http.StatusForbidden || !strings.Contains(a.Body, "Sharing is for authors") {
		t.Errorf("a member: %d\n%s", a.StatusCode, a.Body)
	}
	a := c.Get(at+"&title=Planted&text=Planted", "ben")
	if a.StatusCode != http.StatusOK || !strings.Contains(a.Body, `&#34;shared&#34;:&#34;`+kept) || !strings.Contains(a.Body, `&#34;unsaved&#34;:false`) || strings.Contains(a.Body, "Planted") {
		t.Errorf("an author: %d\n%s", a.StatusCode, a.Body)
	}
	for _, odd := range []string{"", "?kept=", "?kept=a:b", "?kept=" + strings.Repeat("a", 99)} {
		a := c.Get("/studio/share"+odd, "ben")
		if a.StatusCode != http.StatusOK || !strings.Contains(a.Body, `&#34;shared&#34;:&#34;`) || strings.Contains(a.Body, `&#34;shared&#34;:&#34;a`) {
			t.Errorf("%s: %d names no draft of its own", odd, a.StatusCode)
		}
	}
}
