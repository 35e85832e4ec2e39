package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestBrowser_ChangesManyPostsAtOnce has an author filter the studio's list, keep the view,
// tag the posts that are chosen, and archive all that the filter finds, after being shown
// them; with scripts and without.
func TestBrowser_ChangesManyPostsAtOnce(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	for name, scripts := range map[string]bool{"with scripts": true, "with scripts off": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, program.Options{})
			ben := p.SignedIn(t, "ben@neoforge.test")
			for _, title := range []string{"Forge one", "Forge two", "Anvil"} {
				ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts", map[string]any{"title": title, "body_markdown": "One.", "visibility": "public"})
			}
			b := open(t, p.URL)
			b.expects("status of 422") // a form that is shown again
			signIn(b, "ben@neoforge.test", "/studio")
			if !scripts {
				b.withoutScripts()
			}
			b.visit("/studio?title=forge&status=draft")
			if page := b.source(); !strings.Contains(page, "Forge two") || strings.Contains(page, ">Anvil<") {
				t.Error("the list is not what the filter finds")
			}
			b.fill("name", "Of the forge")
			b.press("Keep")
			b.shows("the view is above the list from now on")

			b.choose(`button[value=chosen]`)
			b.shows("Choose one at least.")
			b.visit("/studio?title=forge&status=draft")
			b.click(`.studio-row:nth-child(2) input[type=checkbox]`)
			b.choose(`button[value=chosen]`)
			b.shows("Add a tag to 1 post")
			b.shows("Forge one")
			b.choose(`form[action="/studio/bulk"] button[type=submit]`)
			b.shows("Name a tag")
			b.fill("value", "Smithing")
			b.press("Add the tag")
			b.shows("Added a tag to 1 post")
			b.press("Back to the list")
			b.shows("smithing")

			b.press("Of the forge")
			b.do("archive them", chromedp.SendKeys(chromedp.CSS("#bulk-action"), "Archive"))
			b.choose(`button[value=all]`)
			b.shows("Archive 2 posts")
			b.choose(`form[action="/studio/bulk"] button[type=submit]`)
			b.shows("Archived 2 posts")
			b.shows("Every one of them was changed.")
			b.visit("/studio?status=archived")
			for _, title := range []string{"Forge one", "Forge two"} {
				b.shows(title)
			}
		})
	}
}
