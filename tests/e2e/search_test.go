package e2e_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// keys presses keys, wherever the focus is.
func (b *browser) keys(what, keys string) {
	b.tb.Helper()
	b.until("the page is complete", `document.readyState === 'complete'`)
	b.do(what, chromedp.KeyEvent(keys))
}

// slash presses "/" as a keyboard does, whose letter a page may keep from being typed.
// (chromedp types it whatever the page does.)
func (b *browser) slash() {
	b.tb.Helper()
	b.until("the page is complete", `document.readyState === 'complete'`)
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		e := input.DispatchKeyEventParams{Type: kind, Key: "/", Code: "Slash"}
		if kind == input.DispatchKeyEventTypeKeyDown {
			e.Text = "/"
		}
		if _, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, e); err != nil {
			b.tb.Fatalf("press /: %v", err)
		}
	}
}

// TestSearch_IsUsedWithTheKeyboardAlone looks for posts on both databases without a mouse,
// as three readers.
func TestSearch_IsUsedWithTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, p *program.Program) {
		b := open(t, p.URL)
		b.visit("/posts")
		b.slash()
		b.until("the field in the header has the focus", `document.activeElement?.matches('header [name=q]') && document.activeElement.value === ''`)
		b.keys("type a word wrongly", "slwoness")
		b.slash()
		b.until("there it is a letter", `document.activeElement.value === 'slwoness/'`)
		b.keys("search", "\r")
		b.sees("Did you mean slowness?")
		b.keys("reach what is offered", "\t\t")
		b.until("it has the focus", `document.activeElement?.innerText === 'slowness'`)
		b.keys("take it", "\r")
		b.sees("A budget for slowness")
		b.until("what was looked for is marked", `[...document.querySelectorAll('main mark')].some((m) => m.innerText.toLowerCase() === 'slowness')`)
		b.slash()
		b.until("it has the focus, and its words are chosen", `document.activeElement?.matches('main [name=q]') && getSelection().toString() === 'slowness'`)
		b.keys("reach the first hit", "\t\t")
		b.until("it has the focus", `document.activeElement?.matches('.post-row__link')`)
		b.keys("read it", "\r")
		b.until("the post is open", `location.pathname === '/posts/a-budget-for-slowness' && document.readyState === 'complete'`)

		// What is behind the gate is found by who may read it.
		const behind = "/search?q=%22only+for+subscribers%22"
		mustNotShow(t, get(t, p.URL+behind))
		b.visit(behind)
		b.sees("Nothing is found")
		signIn(b, "ada@neoforge.test", "/account")
		b.visit(behind)
		b.sees(gated)
		signOut(b)

		// On a phone there is no field in the header, but the way to one.
		if _, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 390, Height: 844, DeviceScaleFactor: 1, Mobile: true}); err != nil {
			t.Fatal(err)
		}
		b.visit("/posts")
		b.slash()
		b.until("its field has the focus", `location.pathname === '/search' && document.readyState === 'complete' && document.activeElement?.matches('main [name=q]')`)
		b.keys("search", "forge\r")
		b.sees("Inside the forge")
		b.until("nothing is wider than the page", `document.documentElement.scrollWidth <= document.documentElement.clientWidth`)
	})
}

const ctrl = 2 // of input.DispatchKeyEventParams.Modifiers

// chord presses a key with Ctrl.
func (b *browser) chord(key, code string) {
	b.tb.Helper()
	b.until("the page is complete", `document.readyState === 'complete'`)
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		if _, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: key, Code: code, Modifiers: ctrl}); err != nil {
			b.tb.Fatalf("press Ctrl+%s: %v", key, err)
		}
	}
}

// TestPalette_LeadsAnywhereByTheKeyboard goes to a page of the frame and to a post, from a
// page for everybody and as somebody who is signed in.
func TestPalette_LeadsAnywhereByTheKeyboard(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	b := open(t, program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}}).URL)
	const (
		root   = `document.querySelector('nf-platform-palette')?.shadowRoot`
		opened = root + `?.querySelector('dialog')?.open === true && ` + root + `.activeElement?.localName === 'input'`
		chosen = root + `.querySelector('[aria-selected=true]')`
	)
	b.visit("/posts")
	b.chord("k", "KeyK")
	b.until("it is open, and its field has the focus", opened)
	b.until("it has the pages of the frame", root+`.querySelector('[role=listbox]').innerText.includes('Plans')`)
	b.keys("type the beginning of a page", "pla")
	b.until("the page is chosen, and said to be", chosen+`?.innerText.startsWith('Plans') && `+root+`.querySelector('input').getAttribute('aria-activedescendant') === `+chosen+`.id`)
	b.keys("go there", "\r")
	b.until("it is there", `location.pathname === '/pricing' && document.readyState === 'complete'`)

	// A keyboard whose key K bears another letter, and words of a post.
	b.chord("\u043b", "KeyK")
	b.until("it is open", opened)
	b.keys("type words of a post", "slowness")
	b.until("the post is found", root+`.querySelector('a[href$="/posts/a-budget-for-slowness"]') !== null`)
	b.keys("type more", " budget")
	b.until("it is still the first", chosen+`?.pathname === '/posts/a-budget-for-slowness'`)
	b.do("choose the row after it, and the first again", chromedp.KeyEvent(kb.ArrowDown))
	b.until("the search is chosen", chosen+`?.pathname === '/search'`)
	b.do("choose the one after the last", chromedp.KeyEvent(kb.ArrowDown))
	b.until("the post is chosen", chosen+`?.pathname === '/posts/a-budget-for-slowness'`)
	b.keys("open it", "\r")
	b.until("the post is open", `location.pathname === '/posts/a-budget-for-slowness' && document.readyState === 'complete'`)

	b.visit("/posts")
	b.run(`document.querySelector('.site-nav a').focus()`)
	b.chord("k", "KeyK")
	b.until("it is open", opened)
	b.chord("k", "KeyK")
	b.until("it is closed, and the focus is where it was", root+`.querySelector('dialog').open === false && document.activeElement?.matches('.site-nav a')`)

	signIn(b, "ada@neoforge.test", "/account")
	b.chord("k", "KeyK")
	b.until("it is open", opened)
	b.keys("type a page of those who are signed in", "stud")
	b.until("it is chosen", chosen+`?.pathname === '/studio'`)
	b.keys("go there", "\r")
	b.until("it is there", `location.pathname === '/studio'`)
}

// TestSearch_WorksWithScriptsOff sends the form as a form.
func TestSearch_WorksWithScriptsOff(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	b := open(t, program.Start(t, program.Options{}).URL)
	b.withoutScripts()
	b.visit("/search")
	b.fill("q", "budget -nothingofthekind")
	b.keys("search", "\r")
	b.sees("A budget for slowness")
	if path := b.path(); !strings.HasPrefix(path, "/search?q=budget") {
		t.Errorf("the answer is at %s", path)
	}
	b.expects("status of 422")
	b.visit("/search?q=" + strings.Repeat("x", 201))
	b.sees("Search for at most 200 characters")
}
