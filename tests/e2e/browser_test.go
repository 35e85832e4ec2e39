package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
)

// patience bounds one step of a story; a step ends as soon as what it waits for
// is there.
const patience = 20 * time.Second

// browser is one person at a Chromium of their own.
type browser struct {
	tb   testing.TB
	ctx  context.Context
	site string

	mu     sync.Mutex
	faults []string
}

// open starts a Chromium with an empty profile. What the page's console reports as
// an error, a breach of the content security policy included, fails the test.
func open(tb testing.TB, site string) *browser {
	tb.Helper()
	options := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	options = append(options,
		chromedp.ExecPath(harness.Chromium(tb)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.UserDataDir(tb.TempDir()), chromedp.WindowSize(1280, 900),
	)
	alloc, stopAlloc := chromedp.NewExecAllocator(context.WithoutCancel(tb.Context()), options...)
	ctx, stop := chromedp.NewContext(alloc)
	b := &browser{tb: tb, ctx: ctx, site: site}
	chromedp.ListenTarget(ctx, b.listen)
	tb.Cleanup(func() {
		if tb.Failed() {
			b.keepPicture()
		}
		stop()
		stopAlloc()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, f := range b.faults {
			tb.Error("the console reports: " + f)
		}
	})
	b.do("start the browser", cdplog.Enable())
	return b
}

func (b *browser) listen(event any) {
	var fault string
	switch e := event.(type) {
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.LevelError {
			fault = fmt.Sprintf("%s (%s)", e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		fault = e.ExceptionDetails.Error()
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError {
			var args []string
			for _, a := range e.Args {
				args = append(args, string(a.Value)+a.Description)
			}
			fault = strings.Join(args, " ")
		}
	}
	if fault != "" {
		b.mu.Lock()
		b.faults = append(b.faults, fault)
		b.mu.Unlock()
	}
}

// keepPicture leaves what the page showed where NEOFORGE_TEST_ARTIFACTS says.
func (b *browser) keepPicture() {
	dir := os.Getenv("NEOFORGE_TEST_ARTIFACTS")
	if dir == "" {
		var text, at string
		ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
		defer cancel()
		if chromedp.Run(ctx, chromedp.Location(&at), chromedp.Text("body", &text, chromedp.ByQuery)) == nil {
			b.tb.Logf("the page at %s shows:\n%s", at, text)
		}
		return
	}
	var picture []byte
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	if chromedp.Run(ctx, chromedp.FullScreenshot(&picture, 90)) == nil {
		file := filepath.Join(dir, strings.ReplaceAll(b.tb.Name(), "/", "_")+".png")
		if os.WriteFile(file, picture, 0o600) == nil {
			b.tb.Logf("the page was kept in %s", file)
		}
	}
}

func (b *browser) do(what string, actions ...chromedp.Action) {
	b.tb.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.tb.Fatalf("%s: %v", what, err)
	}
}

// visit opens a path of the site.
func (b *browser) visit(path string) {
	b.tb.Helper()
	b.do("visit "+path, chromedp.Navigate(b.site+path))
}

// press clicks the button or link with a text and waits for the page it leads to.
func (b *browser) press(text string) {
	b.tb.Helper()
	selector := fmt.Sprintf(`//*[self::a or self::button][normalize-space(.)=%q]`, text)
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(selector, chromedp.BySearch, chromedp.NodeVisible)); err != nil {
		b.tb.Fatalf("press %q: %v", text, err)
	}
}

// click clicks something that leads to no other page.
func (b *browser) click(selector string) {
	b.tb.Helper()
	b.do("click "+selector, chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
}

// fill types into a field of a form, instead of what it holds.
func (b *browser) fill(name, text string) {
	b.tb.Helper()
	selector := fmt.Sprintf(`[name=%q]`, name)
	b.do("fill "+name,
		chromedp.WaitVisible(selector, chromedp.ByQuery),
		chromedp.SetValue(selector, "", chromedp.ByQuery),
		chromedp.SendKeys(selector, text, chromedp.ByQuery),
	)
}

// sees waits until the page shows a text.
func (b *browser) sees(text string) {
	b.tb.Helper()
	b.until(fmt.Sprintf("the page shows %q", text), fmt.Sprintf(`document.body !== null && document.body.innerText.includes(%q)`, text))
}

// until waits until an expression of JavaScript holds.
func (b *browser) until(what, expression string) {
	b.tb.Helper()
	b.do(what, chromedp.Poll(expression, nil, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(patience)))
}

// source is the page's HTML as the browser has it, shadow roots left out.
func (b *browser) source() string {
	b.tb.Helper()
	var html string
	b.do("read the page", chromedp.OuterHTML("html", &html, chromedp.ByQuery))
	return html
}

func (b *browser) path() string {
	b.tb.Helper()
	var at string
	b.do("read the address", chromedp.Location(&at))
	return strings.TrimPrefix(at, b.site)
}

func (b *browser) evaluate(expression string, into any) {
	b.tb.Helper()
	b.do("evaluate "+expression, chromedp.Evaluate(expression, into))
}

// withoutScripts turns JavaScript off for the pages that follow.
func (b *browser) withoutScripts() {
	b.tb.Helper()
	b.do("turn scripts off", emulation.SetScriptExecutionDisabled(true))
}

// waitFor asks again until the answer is yes, for what no script in the page can
// wait for.
func (b *browser) waitFor(what string, yes func() bool) {
	b.tb.Helper()
	deadline := time.After(patience)
	for !yes() {
		select {
		case <-deadline:
			b.tb.Fatalf("%s: not within %s", what, patience)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
