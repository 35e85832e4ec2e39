//go:build !release

package wire

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/preload"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/remote"

	"github.com/neoforge-dev/neoforge/tests/harness"
)

// What a browser makes of a visitor's page: it is painted without waiting for the style
// sheet and does not move when that arrives, its policy refuses nothing of it, and its
// speculation rules are understood.
func TestFirstView_WaitsForNothingAndStaysInPlace(t *testing.T) {
	t.Parallel()
	addr := fmt.Sprintf("127.0.0.1:%d", harness.Port(t))
	a, _ := bundled(t, "ADMIN_ADDR=off", "ADDR="+addr)
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- a.Serve(ctx, ln, func(net.Addr) { close(ready) }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-ready

	allocator, close := remote.NewAllocator(context.WithoutCancel(t.Context()), harness.SharedChromium(t), remote.NoModifyURL)
	t.Cleanup(close)
	for _, path := range []string{"/", "/posts", "/posts/a-budget-for-slowness", "/pricing", "/docs", "/login", "/register"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			viewFirst(t, allocator, "http://"+addr+path)
		})
	}
}

// viewFirst visits an address as nobody before who has something of the site in the cache.
// The style sheet arrives after the page has been painted without it.
func viewFirst(t *testing.T, allocator context.Context, address string) {
	t.Helper()
	tab, closeTab := chromedp.NewContext(allocator, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	if err := chromedp.Do(tab); err != nil {
		t.Fatal(err)
	}
	browser, cancel := context.WithTimeout(tab, time.Minute)
	t.Cleanup(cancel)
	rules, sheets := make(chan *preload.RuleSet, 10), make(chan fetch.RequestID, 10)
	if err := chromedp.Listen(browser, func(event any) {
		switch event := event.(type) {
		case *log.EventEntryAdded:
			t.Errorf("the browser's log: %s: %s (%s)", event.Entry.Level, event.Entry.Text, event.Entry.URL)
		case *runtime.EventExceptionThrown:
			t.Errorf("an error in the page: %s", event.ExceptionDetails.Text)
		case *preload.EventRuleSetUpdated:
			rules <- event.RuleSet
		case *fetch.EventRequestPaused:
			sheets <- event.RequestID
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(browser, preload.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	pattern := &fetch.RequestPattern{URLPattern: "*/assets/styles/*", RequestStage: fetch.RequestStageResponse}
	if _, err := chromedp.Call(browser, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{pattern}}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(browser, page.Navigate, page.NavigateParams{URL: address}); err != nil {
		t.Fatal(err)
	}
	var held fetch.RequestID
	select {
	case held = <-sheets:
	case <-browser.Done():
		t.Fatal("no style sheet was asked for")
	}
	if _, err := chromedp.Run(browser, chromedp.Evaluate[chromedp.Void](`new Promise((done) => {
		new PerformanceObserver(() => requestAnimationFrame(() => requestAnimationFrame(done))).observe({type: 'paint', buffered: true});
	})`, chromedp.EvalAwaitPromise)); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(browser, fetch.ContinueResponse, fetch.ContinueResponseParams{RequestID: held}); err != nil {
		t.Fatal(err)
	}
	seen, err := chromedp.Run(browser, chromedp.Evaluate[string](`(async () => {
		if (document.readyState !== 'complete') await new Promise((done) => addEventListener('load', done, {once: true}));
		await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
		const moved = [];
		const shift = await new Promise((done) => {
			let sum = 0;
			new PerformanceObserver((list) => {
				for (const e of list.getEntries()) {
					sum += e.value;
					for (const s of e.sources) moved.push((s.node?.className || s.node?.nodeName) + ' from ' + JSON.stringify(s.previousRect) + ' to ' + JSON.stringify(s.currentRect));
				}
			}).observe({type: 'layout-shift', buffered: true});
			setTimeout(() => done(sum));
		});
		const sheets = performance.getEntriesByType('resource').filter(({name}) => name.includes('/assets/styles/'));
		return [...moved, sheets.map((s) => s.renderBlockingStatus).join(), document.styleSheets.length, shift.toFixed(3)].join(' ');
	})()`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if seen != "non-blocking 2 0.000" {
		t.Errorf("what moved, blocking, sheets, shift: %s", seen)
	}
	select {
	case set := <-rules:
		if set.ErrorType != "" || !strings.Contains(set.SourceText, `"/posts/*"`) {
			t.Errorf("the speculation rules are refused: %s %s", set.ErrorType, set.SourceText)
		}
	case <-browser.Done():
		t.Fatal("no speculation rules came")
	}
}
