package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestBrowser_TellsOnceWhatAVisitorOfAPageFelt reads a post as a visitor, presses a button, and
// leaves: what the browser measured is in the metrics by then, and nothing of it twice.
func TestBrowser_TellsOnceWhatAVisitorOfAPageFelt(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	admin := fmt.Sprintf("127.0.0.1:%d", harness.Port(t))
	b := open(t, program.Start(t, program.Options{Environ: []string{"ADMIN_ADDR=" + admin}}).URL)
	const measures = `customElements.get("nf-platform-vitals") !== undefined`
	b.visit("/posts/a-budget-for-slowness")
	b.until("the page measures", measures)
	b.until("it was painted", `performance.getEntriesByType("paint").length > 0`)
	b.until("no Lit was loaded for that", `!performance.getEntriesByType("resource").some(({name}) => /\/lit|chunk/.test(name))`)
	// Events are timed from 40 ms on, and when the next picture is on the screen; this one is slow, and the story leaves after it.
	b.run(`(() => {
		document.querySelector("h1").addEventListener("click", () => { for (const begun = performance.now(); performance.now() - begun < 100;); });
		new PerformanceObserver((list) => { globalThis.felt ||= list.getEntries().some(({interactionId}) => interactionId > 0); })
			.observe({type: "event", durationThreshold: 40});
	})()`)
	b.do("touch the page", chromedp.Click(chromedp.CSS("h1")))
	b.until("the touch was answered", `globalThis.felt === true`)
	b.visit("/docs")

	metrics := func() string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+admin+"/metrics", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var all string
	for _, name := range []string{"web_time_to_first_byte_seconds", "web_largest_contentful_paint_seconds", "web_cumulative_layout_shift", "web_interaction_to_next_paint_seconds"} {
		want := "neoforge_" + name + `_count{route="/posts/{slug}"} 1` + "\n"
		b.eventually(name+" is counted once", func() bool {
			all = metrics()
			return strings.Contains(all, want)
		})
	}
	if strings.Contains(all, "a-budget-for-slowness") {
		t.Error("the metrics hold the path of the page")
	}
}
