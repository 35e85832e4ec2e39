package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// The names that the pages have to bear: as long as may be without a space, and
// from right to left.
const (
	longName = "Wolfeschlegelsteinhausenbergerdorffvoralternwarengewissenhaft"
	leftward = "عبد الرحمن بن محمد الفارسي الأندلسي القرطبي"
)

// Every page of identity, in light and in dark, is without what axe calls a
// violation, and at the width of a phone never scrolls sideways.
func TestAccessibility_OfThePagesOfPeople(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	axe := harness.Axe(t, "../..")
	for name, story := range map[string]func(inspector, *program.Program){
		"of visitors": visitorsPages, "of one's own": ownPages, "of administration": administrationPages,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{}) // a story moves its clock
			story(inspect(t, p.URL, axe), p)
		})
	}
}

// inspect opens a browser with axe in every page.
func inspect(tb testing.TB, site, axe string) inspector {
	tb.Helper()
	b := open(tb, site)
	b.expects("status of 4") // refusals, and forms shown again
	// Axe measures by styles of its own, which the pages' policy rightly refuses.
	if _, err := chromedp.Call(b.ctx, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}); err != nil {
		tb.Fatal(err)
	}
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: axe}); err != nil {
		tb.Fatal(err)
	}
	return inspector{b}
}

// Whatever the editor opens over its text, and whatever it says of where that is kept.
func TestAccessibility_OfTheEditor(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	u, site := startUnreliable(t)
	i := inspect(t, site, harness.Axe(t, "../.."))
	i.expects("Failed to load resource")
	i.agreesToLeave()
	i.visit("/auth/dev?login_hint=ben@neoforge.test")
	i.visit("/studio/posts/new")
	i.editorWakes()
	i.fill("title", "Looked at by everybody")
	i.writes("First.\n\nSecond, with **weight** and a [link](https://example.com/).\n\n- Third.\n\n`Fourth.`")
	i.run(pressSave)
	i.until("it is saved", isSaved)
	i.looks("a text that is saved")
	i.run(editorElement + `._run('find')`)
	i.until("find and replace", written+`.getRootNode().querySelector('.cm-search input[name=search]') !== null`)
	i.run(`(() => {
		const field = ` + written + `.getRootNode().querySelector('.cm-search input[name=search]');
		field.value = 'r';
		field.dispatchEvent(new KeyboardEvent('keyup', {key: 'r'}));
	})()`)
	i.looks("find and replace")
	i.run(editorElement + `._run('shortcuts')`)
	i.until("the sheet", editorElement+`.shadowRoot.querySelector('.sheet').open`)
	i.looks("the shortcuts")
	i.run(editorElement + `.shadowRoot.querySelector('.sheet').close()`)
	i.run(editorElement + `._uploads.add([new File(['no picture'], 'no-picture.png', {type: 'image/png'})])`)
	i.until("an upload", editorElement+`.shadowRoot.querySelector('.upload input') !== null`)
	i.looks("an upload")
	i.run(`document.querySelectorAll('main details').forEach((fold) => { fold.open = true; })`)
	i.looks("every fold of the page, with when it appears")

	u.how.Store("refuses")
	i.savesByItself()
	i.writes(" Begun.")
	i.until("an outage", draftStateIs+`'failing'`)
	i.looks("an outage")
	i.run(editorElement + `.autosavePause = 0`)
	u.how.Store("")
	i.run(pressSave)
	i.until("it is saved", isSaved)

	id := strings.TrimPrefix(i.path(), "/studio/posts/")
	i.do("change it elsewhere", chromedp.Evaluate[chromedp.Void](`fetch('/api/v1/posts/`+id+`', {method: 'PATCH', headers: {'Content-Type': 'application/json', 'If-Match': '*'}, body: '{"title":"By them","body_markdown":"First, by them."}'}).then((r) => { if (!r.ok) throw r.status; })`, chromedp.EvalAwaitPromise))
	i.typed(" Mine.")
	i.run(pressSave)
	i.until("the conflict is told", editorElement+`.shadowRoot.querySelector('[role=alert]')?.textContent.includes('Somebody saved this post')`)
	i.looks("a conflict")
	i.run(editorElement + `.shadowRoot.querySelector('[role=alert] button').click()`)
	i.until("both", editorElement+`.shadowRoot.querySelector('.merging')?.open`)
	i.looks("both texts of a conflict")
	i.run(`[...` + editorElement + `.shadowRoot.querySelectorAll('.merging footer button')].find((b) => b.textContent === 'Theirs everywhere').click()`)
	i.until("decided", editorElement+`.shadowRoot.querySelector('.merging [role=status]').textContent === 'Everything is decided.'`)
	i.looks("both texts of a conflict that is decided")
}

func visitorsPages(i inspector, _ *program.Program) {
	i.visits("/login", "/register", "/forgot", "/login/link", "/mail-sent/forgot", "/reset?token=none", "/reset",
		"/archive", "/archive/"+time.Now().UTC().Format("2006-01"), "/posts/welcome", "/verify-email?token=none", "/verify-email", "/auth/magic?token=none", "/invitations?token=none", "/nothing-here")
	i.visit("/login")
	i.fill("email", "cleo@neoforge.test")
	i.fill("password", "not this one")
	i.press("Sign in")
	i.looks("a refused sign-in")
	i.visit("/register")
	i.fill("name", "Somebody")
	i.fill("email", "somebody@neoforge.test")
	i.fill("password", "password")
	i.press("Register")
	i.looks("a refused registration")
}

func ownPages(i inspector, p *program.Program) {
	t := i.tb
	t.Helper()
	cleo, ben := p.SignedIn(t, "cleo@neoforge.test"), p.SignedIn(t, "ben@neoforge.test")
	ask(t, cleo, http.MethodPatch, p.URL+"/api/v1/me", map[string]string{"name": longName})
	theirs := ask(t, ben, http.MethodPost, p.URL+"/api/v1/organizations", map[string]string{"name": leftward})["id"]
	ask(t, ben, http.MethodPost, fmt.Sprintf("%s/api/v1/organizations/%s/invitations", p.URL, theirs), map[string]string{"email": "cleo@neoforge.test", "role": "staff"})
	own := ask(t, cleo, http.MethodPost, p.URL+"/api/v1/organizations", map[string]string{"name": longName})["id"]
	ask(t, cleo, http.MethodPost, fmt.Sprintf("%s/api/v1/organizations/%s/invitations", p.URL, own), map[string]string{
		"email": "an.address.that.is.nearly.as.long.as.it.may.ever.be.anywhere@a-long-name-of-a-host.neoforge.test", "role": "reader",
	})
	submit(t, cleo, fmt.Sprintf("%s/organizations/%s/roles", p.URL, own), url.Values{"label": {longName[:60]}, "permissions": {"identity.organization.invite"}})

	i.visit("/auth/dev?login_hint=cleo@neoforge.test")
	i.visits("/account", "/account/email", "/account/password", "/account/security", "/account/connections", "/account/devices", "/account/tokens",
		"/account/organizations", fmt.Sprintf("/organizations/%s", own), "/admin/people", i.mailedLink("You are invited to an organization", "cleo@neoforge.test"))
	i.visit("/account/feed")
	i.looks("a feed to be made")
	i.press("Make my feed")
	i.looks("a private feed, shown once")
	i.visit("/account/tokens/new")
	i.looks("a token to be made")
	i.fill("name", "Nightly copy")
	i.press("Make the token")
	i.looks("a token, shown once")

	i.visit("/account/security")
	i.press("Set up an authenticator app")
	i.looks("an app to be set up")
	secret := strings.ReplaceAll(read(i.browser, chromedp.TextContent(chromedp.CSS("code.secret"))), " ", "")
	i.fill("code", "000000")
	i.press("Turn it on")
	i.looks("a refused code")
	i.fill("code", codeOf(t, secret, 0))
	i.press("Turn it on")
	i.looks("recovery codes")
	i.click("nf-identity-copy button")
	i.until("the codes are copied, or selected where that is refused", `document.querySelector('nf-identity-copy').shadowRoot.querySelector('[role=status]').textContent !== ''`)
	i.press("I have kept them")
	i.looks("security with a second factor")

	i.visit("/account/data")
	i.press("Collect my data")
	i.eventually("the archive is ready", func() bool { return strings.Contains(i.source(), " download") })
	i.visit("/account/data") // anew: the last one came by itself
	i.looks("data with an archive")
	i.press("Delete my account")
	i.looks("an account to be deleted, which others need")
	submit(t, cleo, fmt.Sprintf("%s/organizations/%s/delete", p.URL, own), nil)
	i.visit("/account/data/delete")
	i.looks("an account to be deleted")
	i.fill("email", "cleo@neoforge.test")
	i.press("Delete my account")
	i.visit("/auth/dev?login_hint=cleo@neoforge.test")
	i.looks("the second factor")
	i.fill("code", codeOf(t, secret, 1))
	i.press("Continue")
	i.visits("/account", "/account/data")
	i.grows11MinutesOlder()
	i.visits("/confirm")
}

func administrationPages(i inspector, p *program.Program) {
	t := i.tb
	t.Helper()
	ask(t, p.SignedIn(t, "dan@neoforge.test"), http.MethodPatch, p.URL+"/api/v1/me", map[string]string{"name": leftward})
	submit(t, p.SignedIn(t, "ada@neoforge.test"), p.URL+"/admin/roles", url.Values{"label": {longName[:60]}, "permissions": {"content.post.write"}})
	i.visit("/auth/dev?login_hint=ada@neoforge.test")
	i.visits("/admin", "/admin/people", "/admin/people?q=nobody", "/admin/roles", "/admin/jobs", "/admin/jobs?kind=none", "/admin/errors", "/admin/errors?state=resolved&kind=job",
		"/admin/audit", "/admin/audit?action=nothing.such",
		"/admin/access", "/admin/access?action=post+read&resource=a-budget-for-slowness&person=dan@neoforge.test", "/admin/access?action=post+edit&resource=nothing-here")
	i.visit("/admin/people?q=ada")
	i.choose(".table a")
	i.looks("one's own page")
	i.visit("/admin/people?q=dan")
	i.choose(".table a")
	i.looks("a person")
	i.press("Erase…")
	i.looks("a person to be erased")
	i.press("Keep them")
	i.fill("reason", "To be seen")
	i.press("Suspend")
	i.looks("a suspended person")
	i.press("Restore the account")
	i.choose(`form[action$="/impersonate"] button`)
	i.looks("an account that one acts for")
	i.visits("/account/data", "/account/password", "/nothing-here")
}

// inspector is a browser whose pages are looked at.
type inspector struct{ *browser }

func (i inspector) visits(paths ...string) {
	i.tb.Helper()
	for _, path := range paths {
		i.visit(path)
		i.looks(path)
	}
}

// barriers runs axe over the open page; the colours alone, when that is all that
// differs from what it saw before.
const barriers = `axe.run(document, %s).then((r) => r.violations.flatMap((v) => v.nodes.map((n) =>
	v.id + ': ' + n.target.join(' ') + ': ' + [...n.any, ...n.all, ...n.none].map((c) => c.message).join('; '))))`

// looks fails for each barrier in the page that is open.
func (i inspector) looks(name string) {
	i.tb.Helper()
	for scheme, rules := range map[string]string{
		"light": `{preload: false, resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}`,
		"dark":  `{preload: false, resultTypes: ['violations'], runOnly: ['color-contrast']}`,
	} {
		i.as(scheme, 1280)
		for _, found := range read(i.browser, chromedp.Evaluate[[]string](fmt.Sprintf(barriers, rules), chromedp.EvalAwaitPromise)) {
			i.tb.Errorf("%s (%s) in %s: %s", name, i.path(), scheme, found)
		}
	}
	i.as("light", 390)
	if wide := read(i.browser, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); wide > 390 {
		i.tb.Errorf("%s (%s) is %d pixels wide on a phone of 390", name, i.path(), wide)
	}
	i.as("light", 1280)
}

// as shows the page in a scheme of colours, in a window of a width.
func (i inspector) as(scheme string, width int64) {
	i.tb.Helper()
	_, err := chromedp.Call(i.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
	if err != nil {
		i.tb.Fatal(err)
	}
	_, err = chromedp.Call(i.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: 900, DeviceScaleFactor: 1, Mobile: width < 500, ScreenWidth: width, ScreenHeight: 900,
	})
	if err != nil {
		i.tb.Fatal(err)
	}
}

// ask sends JSON and returns what the answer holds.
func ask(tb testing.TB, c *http.Client, method, to string, what any) map[string]any {
	tb.Helper()
	body, err := json.Marshal(what)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := http.NewRequestWithContext(tb.Context(), method, to, bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	out := map[string]any{}
	if err != nil || answer.StatusCode >= 300 || json.Unmarshal(raw, &out) != nil {
		tb.Fatalf("%s %s answers %d: %s, %v", method, to, answer.StatusCode, raw, err)
	}
	return out
}

// submit sends a form, and expects to be led on.
func submit(tb testing.TB, c *http.Client, to string, form url.Values) {
	tb.Helper()
	answer, err := c.PostForm(to, form)
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		tb.Fatalf("the form at %s answers %d", to, answer.StatusCode)
	}
}
