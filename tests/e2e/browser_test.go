package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/remote"

	"github.com/neoforge-dev/neoforge/tests/harness"
)

// stepTimeout bounds one step of a story; a step ends as soon as what it waits for
// is there.
const stepTimeout = 30 * time.Second

// look bounds one answer of a page, which never comes when the page is put away meanwhile.
const look = 5 * time.Second

// flashCookie brings a message to the next page.
const flashCookie = "flash"

type step = chromedp.Action[chromedp.Void]

// browser is one person at a Chromium, with cookies, storage and caches of their own.
type browser struct {
	tb   testing.TB
	ctx  context.Context
	site string

	mu      sync.Mutex
	faults  []string
	meant   string // a part of what the console may report
	cut     bool   // Chromium dropped what it was loading, and it was not loaded again
	everCut bool
	flash   string // the message of the page that is shown, which it shows once
	agrees  bool   // to leave pages with unsaved work
}

// dropped is what a page's scripts report when Chromium drops what they load.
var dropped = []string{"Failed to fetch", "Failed to load resource: net::", "NetworkError", "error loading dynamically imported module"}

// open gives somebody a browser without a past. What the page's console reports as an
// error, a breach of the content security policy included, fails the test.
func open(tb testing.TB, site string) *browser {
	tb.Helper()
	alloc, stopAlloc := remote.NewAllocator(context.WithoutCancel(tb.Context()), harness.SharedChromium(tb), remote.NoModifyURL)
	ctx, stop := chromedp.NewContext(alloc, chromedp.WithNewBrowserContext())
	b := &browser{tb: tb, ctx: ctx, site: site}
	tb.Cleanup(func() {
		if tb.Failed() {
			b.keepPage()
		}
		stop()
		stopAlloc()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, f := range b.faults {
			if b.everCut && slices.ContainsFunc(dropped, func(d string) bool { return strings.Contains(f, d) }) {
				continue
			}
			tb.Error("the console reports: " + f)
		}
	})
	if err := chromedp.Do(ctx); err != nil {
		tb.Fatalf("open a page in Chromium: %v", err)
	}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		tb.Fatal(err)
	}
	b.savesByHand()
	return b
}

// savesByHand has editors save what somebody presses Save for. What happens by itself, after
// seconds that no story can wait for or count on, is told in autosave_test.go.
func (b *browser) savesByHand() {
	b.tb.Helper()
	const source = `addEventListener('DOMContentLoaded', () => document.querySelector('nf-content-editor')?.setAttribute('autosave-pause', '0'))`
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: source}); err != nil {
		b.tb.Fatal(err)
	}
}

func (b *browser) listen(event any) {
	var fault string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			fault = fmt.Sprintf("%s: %s (%s)", e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	case *network.EventResponseReceivedExtraInfo:
		b.keepFlash(e.Headers)
	case *runtime.EventConsoleAPICalled:
		for _, a := range e.Args {
			fault += fmt.Sprintf("%s %s ", a.Value, a.Description)
		}
	case *runtime.EventExceptionThrown:
		fault = e.ExceptionDetails.Text
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			fault = thrown.Description
		}
	}
	// Chromium reports a transition between pages that it skipped, for example in a
	// tab that is not shown.
	if fault == "" || strings.Contains(fault, "Transition was") {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.meant != "" && strings.Contains(fault, b.meant) {
		return
	}
	// A container that starts or stops changes the machine's network interfaces, and
	// Chromium then drops what it is loading, over loopback too.
	if strings.Contains(fault, "ERR_NETWORK_CHANGED") {
		b.cut, b.everCut = true, true
		return
	}
	b.faults = append(b.faults, fault)
}

// keepFlash keeps the message that an answer brings for the next page.
func (b *browser) keepFlash(headers network.Headers) {
	for name, value := range headers {
		if lines, ok := value.(string); ok && strings.EqualFold(name, "Set-Cookie") {
			for line := range strings.Lines(lines) {
				pair, _, _ := strings.Cut(line, ";")
				if flash, ok := strings.CutPrefix(strings.TrimSpace(pair), flashCookie+"="); ok && flash != "" {
					b.mu.Lock()
					b.flash = flash
					b.mu.Unlock()
				}
			}
		}
	}
}

// leave forgets what belongs to the page that is shown.
func (b *browser) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flash = ""
}

// reload loads a page again that was cut, with its message.
func (b *browser) reload() {
	b.tb.Helper()
	b.mu.Lock()
	flash := b.flash
	b.mu.Unlock()
	if flash != "" {
		if _, err := chromedp.Call(b.ctx, network.SetCookie, network.SetCookieParams{Name: flashCookie, Value: flash, URL: b.site}); err != nil {
			b.tb.Fatalf("bring the message of the page back: %v", err)
		}
	}
	b.do("load the page again", chromedp.Reload())
}

// expects says what the console reports in this story as it should.
func (b *browser) expects(report string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.meant = report
}

// wasCut reports, once, whether Chromium dropped a part of the page.
func (b *browser) wasCut() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	cut := b.cut
	b.cut = false
	return cut
}

// keepPage leaves a picture where NEOFORGE_TEST_ARTIFACTS says, and the page's words, the
// names of the browser's cookies and what it reports of itself in the test's log.
func (b *browser) keepPage() {
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	if dir := os.Getenv("NEOFORGE_TEST_ARTIFACTS"); dir != "" {
		picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(90))
		file := filepath.Join(dir, strings.ReplaceAll(b.tb.Name(), "/", "_")+".png")
		if err == nil && os.WriteFile(file, picture, 0o600) == nil {
			b.tb.Logf("the page was kept in %s", file)
		}
	}
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return
	}
	if text, err := chromedp.Run(ctx, chromedp.TextContent(chromedp.CSS("body"))); err == nil {
		b.tb.Logf("the page at %s shows:\n%s", at, strings.Join(strings.Fields(text), " "))
	}
	if kept, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{b.site}}); err == nil {
		var names []string
		for _, c := range kept.Cookies {
			names = append(names, c.Name)
		}
		b.tb.Logf("the browser has the cookies %q, and said last:\n%s", names, harness.SharedChromiumSaid())
	}
}

func (b *browser) do(what string, steps ...step) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.tb.Fatalf("%s: %v", what, err)
	}
}

// visit opens a path of the site.
func (b *browser) visit(path string) {
	b.tb.Helper()
	b.leave()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	for again := true; again; {
		b.wasCut()
		err := chromedp.Do(ctx, chromedp.Navigate(b.site+path))
		again = ctx.Err() == nil && (b.wasCut() || err != nil && strings.Contains(err.Error(), "ERR_NETWORK_CHANGED"))
		if err != nil && !again {
			b.tb.Fatalf("visit %s: %v", path, err)
		}
	}
}

// press clicks the button or link with a text and waits for the page it leads to.
func (b *browser) press(text string) {
	b.tb.Helper()
	path := fmt.Sprintf(`//main//*[self::a or self::button][normalize-space(.)="%s"]`, text)
	b.standsStill(fmt.Sprintf("%q is there, and stands still", text), fmt.Sprintf(`document.evaluate(%q, document, null, XPathResult.FIRST_ORDERED_NODE_TYPE).singleNodeValue`, path))
	b.lead(fmt.Sprintf("press %q", text), chromedp.Click(chromedp.Search(path)))
}

// choose clicks what a selector finds and waits for the page it leads to.
func (b *browser) choose(selector string) {
	b.tb.Helper()
	b.standsStill(selector+" is there, and stands still", fmt.Sprintf(`document.querySelector(%q)`, selector))
	b.lead("choose "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// click presses what a selector finds and stays on the page.
func (b *browser) click(selector string) {
	b.tb.Helper()
	b.standsStill(selector+" is there, and stands still", fmt.Sprintf(`document.querySelector(%q)`, selector))
	b.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// standsStill waits until an element has the same place at two looks: a click goes to the
// place at which it was found, and what is loaded above it moves it.
func (b *browser) standsStill(what, element string) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	for before := ""; ; {
		place, err := chromedp.Run(ctx, chromedp.Evaluate[string](`JSON.stringify((`+element+`)?.getBoundingClientRect() ?? '')`))
		if err == nil && place != `""` && place == before {
			return
		}
		before = place
		select {
		case <-ctx.Done():
			b.tb.Fatalf("%s: not within %s: %v", what, stepTimeout, err)
		case <-time.After(30 * time.Millisecond):
		}
	}
}

func (b *browser) lead(what string, click step) {
	b.tb.Helper()
	b.leave()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	_, err := chromedp.RunResponse(ctx, click)
	cut := b.wasCut() || err != nil && strings.Contains(err.Error(), "ERR_NETWORK_CHANGED") // the whole page
	if err != nil && !cut {
		b.tb.Fatalf("%s: %v", what, err)
	}
	if cut {
		b.reload()
	}
}

// fill types into a field of a form that is empty; not into one of the page's frame.
func (b *browser) fill(name, text string) {
	b.tb.Helper()
	if name == "body_markdown" && read(b, chromedp.Evaluate[bool](`customElements.get('nf-content-editor') !== undefined`)) {
		b.until("the editor takes the place of the field", editorElement+`?._surface?.kind === 'rich'`)
		b.run(editorElement + `._surface.focus()`)
		if _, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
			b.tb.Fatal(err)
		}
		b.until("it is written", fmt.Sprintf(`document.querySelector('[name=body_markdown]').value.includes(%q)`, text))
		return
	}
	b.do("fill "+name, chromedp.SendKeys(chromedp.CSS(fmt.Sprintf(`[name=%q]:not(.site-header *)`, name)), text))
}

// sees waits until the page shows a text.
func (b *browser) sees(text string) {
	b.tb.Helper()
	b.until(fmt.Sprintf("the page shows %q", text), fmt.Sprintf(`document.body !== null && document.body.innerText.includes(%q)`, text))
}

// until waits until an expression of JavaScript holds, in whatever page is then
// shown.
func (b *browser) until(what, expression string) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	for {
		holds, err := b.holds(ctx, expression)
		if holds {
			return
		}
		if b.wasCut() {
			b.reload()
		}
		select {
		case <-ctx.Done():
			b.tb.Fatalf("until %s: not within %s: %v", what, stepTimeout, err)
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// holds looks once, from outside: a loop within the page would stop with it when the
// browser puts it away for Back, and a page that it takes out again is one that chromedp
// knows under the name of another. The error says what the page did not answer.
func (b *browser) holds(ctx context.Context, expression string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, look)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[bool](`(async () => Boolean(await (`+expression+`)))()`,
		chromedp.EvalAwaitPromise, func(p *runtime.EvaluateParams) { p.UserGesture = new(true) }))
}

// goBack leaves the page for the one before it, as the button does. It does not wait for
// the page to load: one that the browser put away does not load again.
func (b *browser) goBack() {
	b.tb.Helper()
	pages, err := chromedp.Call(b.ctx, page.GetNavigationHistory, cdp.Empty{})
	if err != nil || pages.CurrentIndex < 1 {
		b.tb.Fatalf("go back: page %v: %v", pages, err)
	}
	before := pages.Entries[pages.CurrentIndex-1]
	if _, err := chromedp.Call(b.ctx, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: before.ID}); err != nil {
		b.tb.Fatalf("go back: %v", err)
	}
}

// source is the page's HTML as the browser has it, shadow roots left out.
func (b *browser) source() string {
	b.tb.Helper()
	return read(b, chromedp.OuterHTML(chromedp.CSS("html")))
}

// path is the page's address within the site.
func (b *browser) path() string {
	b.tb.Helper()
	return strings.TrimPrefix(read(b, chromedp.Location()), b.site)
}

func read[T any](b *browser, a chromedp.Action[T]) T {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, stepTimeout)
	defer cancel()
	for {
		v, err := chromedp.Run(ctx, a)
		if err == nil {
			return v
		}
		// The page went away meanwhile, for example by reloading itself.
		if ctx.Err() != nil || !strings.Contains(err.Error(), "(-32000)") {
			b.tb.Fatalf("read the page: %v", err)
		}
	}
}

// withoutScripts turns JavaScript off for the pages that follow.
func (b *browser) withoutScripts() {
	b.tb.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		b.tb.Fatalf("turn scripts off: %v", err)
	}
}

// eventually asks again until the answer is yes, for what no script in the page
// can wait for.
func (b *browser) eventually(what string, yes func() bool) {
	b.tb.Helper()
	deadline := time.After(stepTimeout)
	for !yes() {
		select {
		case <-deadline:
			b.tb.Fatalf("%s: not within %s", what, stepTimeout)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
