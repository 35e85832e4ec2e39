package e2e_test

import (
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestFaults_OfAnIslandAreShownToAdministrators has an island throw in a visitor's browser:
// an administrator reads what and where.
func TestFaults_OfAnIslandAreShownToAdministrators(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{})
	b := open(t, p.URL)
	b.expects("measuring")
	// The browser lacks what the island builds on.
	const broken = `performance.getEntriesByType = () => { throw new TypeError("measuring <b>ada@example.org</b> broke"); };`
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: broken}); err != nil {
		t.Fatal(err)
	}
	b.visit("/posts/a-budget-for-slowness")
	b.until("the island was loaded", `customElements.get("nf-platform-vitals") !== undefined`)

	admin := open(t, p.URL)
	signIn(admin, "ada@neoforge.test", "/account")
	admin.eventually("the fault is listed", func() bool {
		admin.visit("/admin/errors?kind=island&state=open")
		there, err := admin.holds(admin.ctx, `document.querySelector("main table a")?.textContent.includes("measuring <b>[email]</b> broke")`)
		return err == nil && there
	})
	admin.sees("/posts/{slug}")
	admin.lead("open the fault", chromedp.Click(chromedp.CSS("main table a")))
	admin.sees("TypeError")
	admin.sees("platform/vitals.js")
	admin.choose(`form[action$="/resolve"] button`)
	admin.sees("The error is resolved.")
}
