package wire_test

import (
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/app/wire"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
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
			if _, page := get(t, visitor, p.URL+"/"); strings.Contains(html.UnescapeString(page), `"path":"/billing"`) != has(c.modules, "billing") {
				t.Error("the menu offers billing, or withholds it, against the list")
			}

			clickThrough(t, visitor, p.URL, "/dev")
			_, tools := get(t, visitor, p.URL+"/dev")
			_, routes := get(t, visitor, p.URL+"/dev/routes")
			if !strings.Contains(tools, `href="/auth/dev"`) || !strings.Contains(tools, "ada@neoforge.test") {
				t.Errorf("identity's tools are not at /dev:\n%s", tools)
			}
			if strings.Contains(tools, "dan@neoforge.test") != has(c.modules, "billing") || strings.Contains(routes, "/dev/sandbox/checkout/") != has(c.modules, "billing") {
				t.Error("/dev has billing's tools, or lacks them, against the list")
			}

			administrator := signIn(t, p.URL, p.App.People()[0])
			clickThrough(t, administrator, p.URL, append(linked(t, administrator, p.URL+"/docs", "/docs/"),
				"/", "/account", "/account/security", "/account/data", "/account/organizations", "/admin", "/admin/people", "/docs", "/nothing-here")...)
			clickThrough(t, signIn(t, p.URL, p.App.People()[2]), p.URL, "/", "/account", "/account/security")

			followMails(t, visitor, p.URL, p.App.People()[0].Email)
			if has(c.modules, "billing") {
				buy(t, p.URL, p.App.People()[2])
				followMails(t, visitor, p.URL, p.App.People()[2].Email, "Welcome", "receipt")
			}
		})
	}
}

// A program is ready when its modules are: a check of one of them that fails takes the
// replica out, and /readyz names it without its reason.
func TestHealth_AsksTheModulesToo(t *testing.T) {
	t.Parallel()
	var away atomic.Bool
	printer := wire.Module{Name: "printer", Build: wire.Build0(func(*wire.Platform) (wire.Parts, error) {
		return wire.Parts{Health: []wire.HealthCheck{{Name: "printer.tray", Check: func(context.Context) error {
			if away.Load() {
				return errors.New("the tray of printer-7.internal is empty")
			}
			return nil
		}}}}, nil
	})}
	p := program.Start(t, program.Options{Modules: []wire.Module{wire.Identity, printer}})
	ready := func() (int, string) { return get(t, http.DefaultClient, p.URL+"/readyz") }
	if code, answer := ready(); code != http.StatusOK {
		t.Fatalf("at first: %d %s", code, answer)
	}
	await := func(want int) (answer string) {
		fixture.Correspondent{T: t}.Eventually("the answer changes", func() bool {
			var code int
			code, answer = ready()
			return code == want
		}, func() { t.Error(answer) })
		return answer
	}
	away.Store(true)
	if answer := await(http.StatusServiceUnavailable); !strings.Contains(answer, `"not_ready":["printer.tray"]`) || strings.Contains(answer, "printer-7") {
		t.Errorf("have %s", answer)
	}
	away.Store(false)
	await(http.StatusOK)
}

// A product is called by its name everywhere but in NeoForge's documentation.
func TestProduct_IsCalledByItsName(t *testing.T) {
	t.Parallel()
	p := program.Start(t, program.Options{Name: "Press", Modules: []wire.Module{wire.Identity, wire.Billing}})
	who := signIn(t, p.URL, p.App.People()[0])
	for _, path := range []string{
		"/", "/pricing", "/login", "/register", "/forgot", "/offline", "/nothing-here", "/account", "/account/security", "/account/data", "/billing", "/admin/people",
		"/dev", "/dev/mailbox", "/manifest.webmanifest", "/sitemap.xml", "/robots.txt", "/api/openapi.json",
	} {
		for _, c := range []*http.Client{{}, who} {
			_, page := get(t, c, p.URL+path)
			if i := strings.Index(page, "NeoForge"); i >= 0 {
				t.Errorf("%s names NeoForge: …%s…", path, page[max(0, i-60):min(len(page), i+60)])
			}
		}
	}
	if _, page := get(t, who, p.URL+"/account"); !strings.Contains(page, "<title>Profile · Press</title>") {
		t.Error("the title does not name the site")
	}
	var mails []struct{ Subject, Text string }
	reader := fixture.Correspondent{T: t, HTTP: who, Site: p.URL}
	reader.Eventually("a mail comes", func() bool {
		reader.JSON("GET", "/dev/mailbox.json?to="+url.QueryEscape(p.App.People()[0].Email), "", 200, &mails)
		return len(mails) > 0
	})
	if !strings.Contains(mails[0].Subject, "Press") || strings.Contains(mails[0].Subject+mails[0].Text, "NeoForge") {
		t.Errorf("the mail says %q\n%s", mails[0].Subject, mails[0].Text)
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

// linked are the links of a page that lead to somewhere under a path.
func linked(t *testing.T, c *http.Client, page, under string) []string {
	t.Helper()
	_, body := get(t, c, page)
	var out []string
	for _, link := range hrefs.FindAllStringSubmatch(body, -1) {
		if strings.HasPrefix(link[1], under) && !slices.Contains(out, link[1]) {
			out = append(out, link[1])
		}
	}
	if len(out) < 3 {
		t.Errorf("%s links to %v", page, out)
	}
	return out
}

// followMails waits for somebody's mails by their subjects, and opens every link in them.
func followMails(t *testing.T, c *http.Client, base, to string, subjects ...string) {
	t.Helper()
	if len(subjects) == 0 {
		subjects = []string{"Welcome"}
	}
	here := regexp.MustCompile(regexp.QuoteMeta(base) + `(/[^\s.]*)`)
	reader := fixture.Correspondent{T: t, HTTP: c, Site: base}
	for _, subject := range subjects {
		reader.Eventually("a mail comes to "+to+" about "+subject, func() bool {
			var mails []struct{ Subject, Text string }
			reader.JSON("GET", "/dev/mailbox.json?to="+url.QueryEscape(to), "", 200, &mails)
			for _, m := range mails {
				if !strings.Contains(m.Subject, subject) {
					continue
				}
				links := here.FindAllStringSubmatch(m.Text, -1)
				if len(links) == 0 {
					t.Errorf("the mail %q leads nowhere:\n%s", m.Subject, m.Text)
				}
				for _, link := range links {
					if code, _ := get(t, c, base+link[1]); code >= 400 {
						t.Errorf("the mail %q leads to %s: %d", m.Subject, link[1], code)
					}
				}
				return true
			}
			return false
		})
	}
}

// buy pays for a plan in the sandbox.
func buy(t *testing.T, base string, who wire.SamplePerson) {
	t.Helper()
	buyer := fixture.Correspondent{T: t, HTTP: signIn(t, base, who), Site: base}
	var plans struct {
		Items []struct {
			Prices []struct {
				ID     string
				Amount int64
			}
		}
	}
	buyer.JSON("GET", "/api/v1/billing/plans", "", 200, &plans)
	for _, plan := range plans.Items {
		for _, price := range plan.Prices {
			if price.Amount == 0 {
				continue
			}
			var checkout struct {
				URL string `json:"checkout_url"`
			}
			buyer.JSON("POST", "/api/v1/billing/checkout", `{"price_id":"`+price.ID+`"}`, 201, &checkout, "Idempotency-Key", "once", "Origin", base)
			buyer.Send("POST", strings.TrimPrefix(checkout.URL, base), "application/json", `{"outcome":"paid"}`, 0, "Origin", base)
			return
		}
	}
	t.Fatal("no plan costs anything")
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
