package e2e_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// An administrator writes the terms, a visitor reads them and registers, and the
// administrator finds both versions; with scripts and without.
func TestSitePages_AreWrittenReadAndAgreedTo(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	for name, scripts := range map[string]bool{"with scripts": true, "with scripts off": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := program.Start(t, program.Options{}).URL
			ada := open(t, site)
			signIn(ada, "ada@neoforge.test", "/account")
			if !scripts {
				ada.withoutScripts()
			}
			ada.visit("/admin/site-pages")
			ada.shows("Not published yet.")
			// What the editor brings with it moves the buttons: a person looks before they press.
			editorIsThere := func() {
				if scripts {
					ada.editorWakes()
				}
			}
			ada.press("Terms of use")
			editorIsThere()
			ada.fill("body_markdown", "## Scope\n\nBe **kind**.\n")
			ada.press("Preview")
			ada.shows("Preview")
			editorIsThere()
			if !strings.Contains(ada.source(), "<strong>kind</strong>") {
				t.Error("the preview does not show the text")
			}

			visitor := open(t, site)
			visitor.expects("status of 422") // a form that is shown again
			if !scripts {
				visitor.withoutScripts()
			}
			visitor.visit("/terms")
			visitor.shows("has not published this text yet")

			ada.press("Publish")
			ada.shows("Published: readers get this version now.")

			visitor.visit("/register")
			visitor.press("terms of use")
			visitor.shows("<strong>kind</strong>")
			visitor.visit("/register")
			visitor.fill("name", "Vera")
			visitor.fill("email", "vera@neoforge.test")
			visitor.fill("password", "seven lanterns drift")

			editorIsThere()
			ada.fill("body_markdown", "Be **kinder**.\n")
			ada.press("Publish")
			ada.shows("Published: readers get this version now.")

			visitor.press("Register")
			visitor.shows(`There is a new version of the <a href="/terms">terms of use</a>.`)
			visitor.fill("password", "seven lanterns drift")
			visitor.press("Register")
			visitor.shows("Look into your mailbox")
			visitor.visit("/terms")
			visitor.shows("kinder")

			ada.visit("/admin/site-pages/terms")
			if page := ada.source(); strings.Count(page, "Published by Ada") != 2 {
				t.Error("the two versions are not listed with who published them")
			}
			ada.choose(`a[href="/admin/site-pages/terms/versions/1"]`)
			ada.shows("As it was read")
			if page := ada.source(); !strings.Contains(page, "Be <strong>kind</strong>.") || strings.Contains(page, "kinder") {
				t.Error("the first version is not what is shown")
			}
		})
	}
}

// What is written on a text of the site is kept like a post: over leaving the page, and
// without writing over a version that somebody published meanwhile.
func TestSitePages_KeepWhatIsTyped(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	b := open(t, p.URL)
	b.agreesToLeave()
	b.expects("status of 409")
	signIn(b, "ada@neoforge.test", "/account")
	const at = "/admin/site-pages/terms"
	b.visit(at)
	b.editorWakes()
	b.typed("Written by Ada.")
	b.visit("/posts")
	submit(t, p.SignedIn(t, "ada@neoforge.test"), p.URL+at, url.Values{"body_markdown": {"Published meanwhile."}, "seen": {"0"}, "intent": {"publish"}})
	b.visit(at)
	b.restores("Written by Ada.")
	b.press("Publish")
	b.sees("The page was published anew meanwhile.")
	b.until("the text is still there", `document.querySelector('[name=body_markdown]').value.includes('Written by Ada.')`)
	b.press("Publish")
	b.sees("Published: readers get this version now.")
	b.editorWakes()
	b.until("no draft is left", `!Object.keys(localStorage).some((key) => key.startsWith('nf-draft:'))`)
}
