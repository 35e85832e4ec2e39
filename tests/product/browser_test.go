package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/remote"

	"github.com/neoforge-dev/neoforge/tests/harness"
)

// person is somebody at a Chromium of their own, with cookies, storage and caches.
type person struct {
	tb   testing.TB
	ctx  context.Context
	site string
}

const stepTimeout = 30 * time.Second

// open gives somebody a browser without a past. Leaving unsaved work is agreed to.
func open(tb testing.TB, site string) *person {
	tb.Helper()
	alloc, stopAlloc := remote.NewAllocator(context.WithoutCancel(tb.Context()), harness.SharedChromium(tb), remote.NoModifyURL)
	ctx, stop := chromedp.NewContext(alloc, chromedp.WithNewBrowserContext())
	p := &person{tb: tb, ctx: ctx, site: site}
	tb.Cleanup(func() {
		if tb.Failed() {
			p.tellPage()
		}
		stop()
		stopAlloc()
	})
	if err := chromedp.Do(ctx); err != nil {
		tb.Fatalf("open a page in Chromium: %v", err)
	}
	dialogs := chromedp.Events(ctx, page.JavascriptDialogOpening)
	go func() {
		for _, err := range dialogs {
			if err != nil {
				return
			}
			if _, err := chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}); err != nil {
				return
			}
		}
	}()
	return p
}

// tellPage logs what is shown.
func (p *person) tellPage() {
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return
	}
	if text, err := chromedp.Run(ctx, chromedp.TextContent(chromedp.CSS("body"))); err == nil {
		p.tb.Logf("the page at %s shows:\n%s", at, strings.Join(strings.Fields(text), " "))
	}
}

// visit opens a path of the site.
func (p *person) visit(path string) {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stepTimeout)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(p.site+path)); err != nil {
		p.tb.Fatalf("visit %s: %v", path, err)
	}
}

// until waits until an expression of JavaScript, or what it promises, is true in whatever
// page is then shown.
func (p *person) until(what, expression string) {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stepTimeout)
	defer cancel()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(async () => Boolean(await (`+expression+`)))()`, chromedp.EvalAwaitPromise))
		if err == nil && holds {
			return
		}
		select {
		case <-ctx.Done():
			p.tb.Fatalf("until %s: not within %s: %v", what, stepTimeout, err)
		case <-tick.C:
		}
	}
}

func (p *person) run(script string) {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stepTimeout)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`void (`+script+`)`)); err != nil {
		p.tb.Fatalf("run %s: %v", script, err)
	}
}

// ask answers what an expression promises.
func (p *person) ask(expression string) string {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stepTimeout)
	defer cancel()
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(async () => String(await (`+expression+`)))()`, chromedp.EvalAwaitPromise))
	if err != nil {
		p.tb.Fatalf("ask %s: %v", expression, err)
	}
	return answer
}

// types fills fields by their names.
func (p *person) types(fields map[string]string) {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stepTimeout)
	defer cancel()
	for name, text := range fields {
		if name == "body_markdown" { // its editor takes the place of the field
			p.until("the editor is there", editor+`?._surface?.kind === 'rich'`)
			p.run(fmt.Sprintf(editor+`._surface.change({from: 0, to: 0, insert: %q, start: 0, end: 0})`, text))
			continue
		}
		if err := chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS(fmt.Sprintf(`main [name=%q]`, name)), text)); err != nil {
			p.tb.Fatalf("type into %s: %v", name, err)
		}
	}
}

// press clicks what a selector finds, and waits for the page to which it leads.
func (p *person) press(selector string) {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stepTimeout)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		p.tb.Fatalf("press %s: %v", selector, err)
	}
}

// picture leaves one of the page where NEOFORGE_TEST_ARTIFACTS says.
func (p *person) picture(name string) {
	p.tb.Helper()
	dir := os.Getenv("NEOFORGE_TEST_ARTIFACTS")
	if dir == "" {
		return
	}
	shot, err := chromedp.Call(p.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{})
	if err != nil {
		p.tb.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(string(shot.Data))
	if err != nil {
		raw = []byte(shot.Data)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), raw, 0o600); err != nil {
		p.tb.Fatal(err)
	}
}
