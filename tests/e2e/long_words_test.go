package e2e_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestPages_HoldLongWordsAtEveryWidth publishes what German insurers are called, and looks
// for pages that scroll sideways.
func TestPages_HoldLongWordsAtEveryWidth(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	b := open(t, p.URL)
	signIn(b, "ben@neoforge.test", "/studio")
	const word = "Rechtsschutzversicherungsgesellschaften"
	b.visit("/studio/posts/new")
	b.editorWakes()
	b.fill("title", word+word)
	b.fill("excerpt", word+word+word)
	b.fill("tags", word)
	b.fill("slug", "long-words")
	b.fill("body_markdown", "# "+word+word+"\n\n"+word+word+word+"\n\n- `"+word+word+"`\n\n> "+word+word+"\n\n["+word+word+"](https://example.org/)\n")
	b.run(`document.querySelector('button[value=publish]').click()`)
	b.until("it is published", `document.readyState === 'complete' && /^\/studio\/posts\/[0-9a-f-]{36}/.test(location.pathname) && !document.querySelector('button[value=publish]')`)
	for _, path := range []string{"/", "/posts", "/posts/long-words", "/tags/rechtsschutzversicherungsgesellschaften", "/authors/ben", "/studio"} {
		for _, width := range []int64{320, 390, 768, 1024, 1280, 1920} {
			if _, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 800, DeviceScaleFactor: 1}); err != nil {
				t.Fatal(err)
			}
			b.visit(path)
			found := read(b, chromedp.Evaluate[string](`[...document.querySelectorAll('main *, .site-header *')].filter((e) => !e.closest('.scroll, pre, .visually-hidden') && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map((e) => e.tagName + '.' + e.className).join(', ')`))
			if found != "" {
				t.Errorf("%s at %d px is wider than the page: %s", path, width, fmt.Sprintf("%.300s", found))
			}
		}
	}
}
