package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

// sourceTree is a copy of what browsers get, for a program that serves it and an editor
// that saves into it.
type sourceTree struct {
	tb  testing.TB
	dir string
}

func copySources(tb testing.TB) sourceTree {
	tb.Helper()
	const web = "../../web"
	packages, err := filepath.Abs(filepath.Join(web, "node_modules"))
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(packages, "lit")); err != nil {
		skips.Missing(tb, skips.Web, "the page's packages are not installed: run `npm ci --omit=dev` in web/")
	}
	s := sourceTree{tb: tb, dir: tb.TempDir()}
	for _, part := range []string{"islands", "styles", "pwa", "development"} {
		if err := os.CopyFS(filepath.Join(s.dir, "web", part), os.DirFS(filepath.Join(web, part))); err != nil {
			tb.Fatal(err)
		}
	}
	for _, part := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join(web, part))
		if err != nil {
			tb.Fatal(err)
		}
		s.save("web/"+part, string(text))
	}
	s.save("go.mod", "module github.com/neoforge-dev/neoforge\n")
	if err := os.Symlink(packages, filepath.Join(s.dir, "web", "node_modules")); err != nil {
		tb.Fatal(err)
	}
	return s
}

func (s sourceTree) save(name, text string) {
	s.tb.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.tb.Fatal(err)
	}
}

func (s sourceTree) text(name string) string {
	s.tb.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.tb.Fatal(err)
	}
	return string(text)
}

// replace saves a file with one of its parts replaced.
func (s sourceTree) replace(name, part, by string) {
	s.tb.Helper()
	text := s.text(name)
	if strings.Count(text, part) != 1 {
		s.tb.Fatalf("%s holds %q %d times", name, part, strings.Count(text, part))
	}
	s.save(name, strings.Replace(text, part, by, 1))
}

const (
	share = `document.querySelector('nf-content-share')`
	// looked brings the island into view, again and again: it comes when it is looked at, and what the page loads moves it.
	looked   = `(` + share + `?.scrollIntoView({behavior: 'instant'}), true)`
	shared   = share + `?.shadowRoot?.textContent`
	overlaid = `(document.querySelector('nf-development-faults')?.shadowRoot.textContent ?? '')`
)

func TestSavedFiles_ReachThePageThatIsShown(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	sources := copySources(t)
	// What a page loads when it is idle would miss a server that this test stops.
	p := program.StartProcess(t, program.Options{Environ: []string{"WEB_VITALS=off"}, Sources: sources.dir, DatabaseURL: "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db")})
	b := open(t, "http://"+p.Addr)
	const island = "web/islands/content/share.js"

	b.visit("/posts/welcome")
	b.until("the island has come", looked+` && customElements.get('nf-content-share') && `+share+`.hasUpdated`)
	b.run(`globalThis.first = ` + share + `, first._said = 'What it holds', globalThis.stays = true`)
	b.until("it shows what it holds", shared+`.includes('What it holds')`)

	same := `globalThis.stays === true && globalThis.first === ` + share + ` && ` + shared + `.includes('What it holds')`
	sources.replace(island, "Copy link<", "Copy the address<")
	b.until("the saved island is shown and holds what it held", same+` && `+shared+`.includes('Copy the address')`)
	sources.replace(island, "svg { inline-size: 1.125rem;", "svg { inline-size: 33px;")
	b.until("its styles are the saved ones", same+` && getComputedStyle(first.shadowRoot.querySelector('svg')).inlineSize === '33px'`)
	sources.replace(island, "    _byHand: {state: true},", "    _byHand: {state: true},\n    late: {type: String},")
	sources.replace(island, "${icon.mail} E-mail", "${icon.mail} ${this.late}")
	b.until("it has the saved property", same+` && `+shared+`.includes('undefined') === false`)
	b.run(`first.setAttribute('late', 'By letter')`)
	b.until("an attribute that is new reaches it", same+` && `+shared+`.includes('By letter')`)

	sources.replace("web/islands/shared/lit.js", "export {LitElement};", `globalThis.runs = (globalThis.runs ?? 0) + 1;
class Marked extends LitElement {
  willUpdate(changed) {
    super.willUpdate(changed);
    if (typeof document === 'object') this.title = 'marked';
  }
}
export {Marked as LitElement};`)
	b.until("the shared module has reached every island on the page, as one", same+` && globalThis.runs === 1 && ['nf-content-share', 'nf-identity-menu']
		.every((name) => !customElements.get(name) || document.querySelector(name).title === 'marked')`)

	sources.save("web/styles/base.css", sources.text("web/styles/base.css")+"\n:root { --saved: 7px; }\n")
	b.until("the saved styles are shown", same+` && getComputedStyle(document.documentElement).getPropertyValue('--saved') === '7px'
		&& new Set([...document.querySelectorAll('link[rel=stylesheet]')].map(({href}) => new URL(href).pathname)).size === document.querySelectorAll('link[rel=stylesheet]').length`)

	whole := sources.text(island)
	sources.replace(island, "  async _share() {", "  async _share() { const fault = ;")
	line := strings.Count(whole[:strings.Index(whole, "  async _share() {")], "\n") + 1
	b.until("the fault is shown with its place", fmt.Sprintf(`%s.includes('%s:%d:')`, overlaid, island, line))
	b.until("the island goes on as it was", same)
	for _, path := range []string{"/", "/posts/welcome", "/login"} {
		res, err := http.Get(b.site + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s answers %d while an island is broken", path, res.StatusCode)
		}
	}
	b.expects("could not be loaded")
	b.visit("/posts/welcome")
	b.run(`globalThis.stays = true`)
	b.until("a page that comes now shows the fault, and its other parts work", looked+` && `+overlaid+`.includes('share.js') && customElements.get('nf-content-share') === undefined
		&& getComputedStyle(document.documentElement).getPropertyValue('--saved') === '7px'`)
	sources.save(island, whole)
	b.until("mended, it comes without another visit", looked+` && globalThis.stays === true && `+overlaid+` === '' && `+shared+`.includes('Copy the address')`)

	sources.replace(island, "  render() {", "  render() {\n    neverDefined();")
	b.expects("neverDefined")
	b.until("an error of the browser's is shown with its place", overlaid+`.includes('neverDefined is not defined') && `+overlaid+`.includes('islands/content/share.js:')`)
	sources.save(island, whole)
	b.until("it goes when mended", `globalThis.stays === true && `+overlaid+` === ''`)
}

// An island that is mended while a page still waits for its broken text comes nevertheless.
func TestSavedFiles_OvertakeWhatIsOnTheWay(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	sources := copySources(t)
	p := program.StartProcess(t, program.Options{Environ: []string{"WEB_VITALS=off"}, Sources: sources.dir, DatabaseURL: "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db")})
	b := open(t, "http://"+p.Addr)
	b.expects("could not be loaded")
	const island = "web/islands/content/share.js"
	whole := sources.text(island)
	sources.replace(island, "  async _share() {", "  async _share() { const fault = ;")
	answer := b.holdsBack("*/islands/content/share.js*")
	b.visit("/posts/welcome")
	broken := answer.wait(looked)
	b.until("the page knows of the fault", overlaid+`.includes('share.js')`)
	sources.save(island, whole)
	b.until("the page knows that it is mended", overlaid+` === ''`)
	answer.letGo(broken)
	answer.letGo(answer.wait(looked))
	b.until("the mended island comes", `customElements.get('nf-content-share') !== undefined && `+overlaid+` === ''`)
}

func TestAnotherBuild_ReachesThePageThatIsShown(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	sources := copySources(t)
	// What a page loads when it is idle would miss a server that this test stops.
	p := program.StartProcess(t, program.Options{Environ: []string{"WEB_VITALS=off"}, Sources: sources.dir, DatabaseURL: "sqlite://" + filepath.Join(t.TempDir(), "neoforge.db")})
	b := open(t, "http://"+p.Addr)
	if _, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 500, Height: 300, DeviceScaleFactor: 1}); err != nil {
		t.Fatal(err)
	}
	b.visit("/register")
	b.fill("email", "ada@example.org")
	b.run(`document.querySelector('[name=password]').focus({preventScroll: true}), scrollTo(0, 137), globalThis.stays = true`)
	b.until("it is scrolled", `scrollY === 137`)

	failed := filepath.Join(p.BuildDir(), "build-errors.txt")
	if err := os.WriteFile(failed, []byte("# neoforge\nmodules/content/post.go:41:7: undefined: titel\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.until("a failed build is shown with its place", `globalThis.stays && `+overlaid+`.includes('modules/content/post.go:41:7') && `+overlaid+`.includes('undefined: titel')`)
	if err := os.WriteFile(failed, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b.until("it goes when it builds", `globalThis.stays && `+overlaid+` === ''`)

	b.expects("net::ERR_")
	p.Stop(t)
	p.Build(t)
	p.Start(t)
	b.until("the page comes anew with its place, its focus and what was typed", `globalThis.stays === undefined && document.readyState === 'complete' && scrollY === 137
		&& document.activeElement?.name === 'password' && document.querySelector('[name=email]').value === 'ada@example.org'`)
	b.run(`globalThis.stays = true`)

	p.Stop(t)
	p.Start(t)
	sources.save("web/styles/base.css", sources.text("web/styles/base.css")+"\n:root { --saved: 7px; }\n")
	b.until("the same build again does not load the page", `globalThis.stays === true && getComputedStyle(document.documentElement).getPropertyValue('--saved') === '7px'`)
}
