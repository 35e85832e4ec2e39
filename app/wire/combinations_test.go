package wire_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// hrefs are the links of a page to this site.
var hrefs = regexp.MustCompile(`<a [^>]*href="(/[^"#]*)"`)

// Every list of modules that can be a program starts, and no link on its main pages
// leads nowhere, for a visitor and for somebody who is signed in.
func TestCombinations_ServeTheirPagesWithoutDeadLinks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		modules []wire.Module
		missing []string
	}{
		"identity alone":       {[]wire.Module{wire.Identity}, []string{"/posts", "/pricing", "/terms"}},
		"identity and billing": {[]wire.Module{wire.Identity, wire.Billing}, []string{"/posts", "/feed.xml"}},
		"identity and content": {[]wire.Module{wire.Identity, wire.Content}, []string{"/pricing", "/billing"}},
		"all":                  {[]wire.Module{wire.Identity, wire.Billing, wire.Content}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{Modules: c.modules})
			visitor := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			for _, path := range c.missing {
				if code, _ := get(t, visitor, p.URL+path); code != http.StatusNotFound {
					t.Errorf("%s: %d", path, code)
				}
			}
			for _, path := range []string{"/sitemap.xml", "/robots.txt", "/readyz", "/api/openapi.json"} {
				if code, _ := get(t, visitor, p.URL+path); code != http.StatusOK {
					t.Errorf("%s: %d", path, code)
				}
			}
			clickThrough(t, visitor, p.URL, "/", "/docs", "/login", "/register", "/offline", "/nothing-here")
			if _, page := get(t, visitor, p.URL+"/"); strings.Contains(page, "&#34;path&#34;:&#34;/billing&#34;") != has(c.modules, "billing") {
				t.Error("the menu offers billing, or withholds it, against the list")
			}

			member := signIn(t, p.URL, p.App.People()[0])
			clickThrough(t, member, p.URL, "/", "/account", "/account/security", "/account/data", "/account/organizations", "/docs")
		})
	}
}

func has(modules []wire.Module, name string) bool {
	for _, m := range modules {
		if m.Name == name {
			return true
		}
	}
	return false
}

// clickThrough opens pages and every link on them, once.
func clickThrough(t *testing.T, c *http.Client, base string, pages ...string) {
	t.Helper()
	seen := map[string]bool{}
	for _, page := range pages {
		code, body := get(t, c, base+page)
		if code >= 500 || code == http.StatusNotFound && page != "/nothing-here" {
			t.Errorf("%s: %d", page, code)
		}
		for _, link := range hrefs.FindAllStringSubmatch(body, -1) {
			to := strings.ReplaceAll(link[1], "&amp;", "&")
			if seen[to] || strings.HasPrefix(to, "/auth/") {
				continue
			}
			seen[to] = true
			if code, _ := get(t, c, base+to); code >= 400 {
				t.Errorf("%s links to %s: %d", page, to, code)
			}
		}
	}
	if len(seen) == 0 {
		t.Error("no page holds a link")
	}
}

func get(t *testing.T, c *http.Client, address string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	a, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(body)
}

func signIn(t *testing.T, base string, who wire.SamplePerson) *http.Client {
	t.Helper()
	jar := &cookies{}
	c := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	form := url.Values{"email": {who.Email}, "password": {who.Password}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", base)
	a, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s does not get in: %d", who.Email, a.StatusCode)
	}
	return c
}

// cookies sends back what it is given, and drops what is emptied.
type cookies struct{ all []*http.Cookie }

func (j *cookies) SetCookies(_ *url.URL, set []*http.Cookie) {
	for _, c := range set {
		kept := j.all[:0]
		for _, old := range j.all {
			if old.Name != c.Name {
				kept = append(kept, old)
			}
		}
		if j.all = kept; c.Value != "" && c.MaxAge >= 0 {
			j.all = append(j.all, c)
		}
	}
}

func (j *cookies) Cookies(*url.URL) []*http.Cookie { return j.all }
