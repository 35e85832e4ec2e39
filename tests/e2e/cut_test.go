package e2e_test

import (
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestBrowser_ShowsTheMessageOfAPageThatWasCut cuts a page whose message is shown once.
func TestBrowser_ShowsTheMessageOfAPageThatWasCut(t *testing.T) {
	t.Parallel()
	const saved = "Saved."
	harness.Chromium(t)
	b := open(t, program.Start(t, program.Options{}).URL)
	b.visit("/login")
	b.fill("email", "ada@neoforge.test")
	b.fill("password", samplePassword)
	b.press("Sign in")
	b.visit("/account")
	b.cutNow()
	b.choose(`form[action="/account/profile"] button`)
	b.until("the page is loaded again", `performance.getEntriesByType("navigation")[0].type === "reload"`)
	b.sees(saved)

	b.visit("/account")
	b.reload()
	if strings.Contains(b.source(), saved) {
		t.Error("the next page says so, too")
	}
}

// cutNow has the browser take its page for one whose parts were dropped.
func (b *browser) cutNow() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cut = true
}
