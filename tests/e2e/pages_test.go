package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestPages_AreWrittenAndFound writes a page in the editor, publishes it, reads it as a visitor,
// and looks for it where pages stand and where they do not.
func TestPages_AreWrittenAndFound(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	b := open(t, p.URL)
	signIn(b, "ben@neoforge.test", "/studio")
	b.press("New page")
	b.until("the editor wakes", `document.querySelector('nf-content-editor')?.hasUpdated === true`)
	b.sees("About the page")
	b.until("a page is chosen", `document.querySelector('[name=kind]:checked')?.value === 'page'`)
	b.fill("title", "About the bellows")
	b.fill("body_markdown", "We blow *steadily*, since 1872.\n")
	b.fill("excerpt", "Who blows here.")
	b.press("Save draft")
	b.until("it is a draft of its own", `/^\/studio\/posts\/[0-9a-f-]{36}$/.test(location.pathname)`)
	b.press("Publish")
	b.sees("Unpublish")
	b.until("what it is cannot be chosen any more", `document.querySelector('[name=kind]') === null`)
	b.press("View")
	b.until("it is at its own address", `location.pathname === '/pages/about-the-bellows'`)
	signOut(b)

	b.visit("/pages/about-the-bellows")
	b.sees("We blow steadily, since 1872.")
	b.until("neither author nor date stand above it", `!document.querySelector('article').innerText.includes('Ben') && document.querySelector('article time') === null`)
	b.visit("/posts/about-the-bellows")
	b.until("the address of a post leads to it", `location.pathname === '/pages/about-the-bellows'`)
	for _, path := range []string{"/", "/posts", "/archive", "/feed.xml"} {
		if strings.Contains(get(t, p.URL+path), "bellows") {
			t.Errorf("%s has the page", path)
		}
	}
	b.visit("/search?q=bellows")
	b.press("About the bellows")
	b.until("the search leads to it", `location.pathname === '/pages/about-the-bellows'`)
	b.chord("k", "KeyK")
	const root = `document.querySelector('nf-platform-palette')?.shadowRoot`
	b.until("the palette is open", root+`?.querySelector('dialog')?.open === true && `+root+`.activeElement?.localName === 'input'`)
	b.keys("look for it", "bellows")
	b.until("the palette leads to it", root+`.querySelector('a[href$="/pages/about-the-bellows"]') !== null`)
}

// TestPages_AWriterChangesTheirMind makes a page of a post while it is a draft: what was chosen is
// saved with the text, and comes back with a draft that this browser kept.
func TestPages_AWriterChangesTheirMind(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	b := open(t, p.URL)
	signIn(b, "ben@neoforge.test", "/studio/posts/new")
	b.until("the editor wakes", `document.querySelector('nf-content-editor')?.hasUpdated === true`)
	b.fill("title", "How to reach us")
	b.fill("body_markdown", "By the road.\n")
	const headings = `[...document.querySelectorAll('.writer__name, #about')].map((h) => h.innerText.trim()).join()`
	b.until("both headings say post", headings+` === 'New post,About the post'`)
	b.click(`label:has([name=kind][value=page])`)
	b.until("both headings say page at once", headings+` === 'New page,About the page'`)
	b.press("Save draft")
	b.until("it is saved", `/^\/studio\/posts\/[0-9a-f-]{36}$/.test(location.pathname)`)
	b.visit("/studio?kind=page")
	b.sees("How to reach us")
	ben := p.SignedIn(t, "ben@neoforge.test")
	list := ask(t, ben, http.MethodGet, p.URL+"/api/v1/studio/posts?kind=page&title=reach", nil)
	if items, ok := list["items"].([]any); !ok || len(items) != 1 {
		t.Errorf("the studio lists %v", list)
	}
}
