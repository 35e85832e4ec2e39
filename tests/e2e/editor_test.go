package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestEditor_TakesKeysOfEveryLayoutAndAsksWhatPicturesShow presses keys as a browser reports
// them, and pastes what people bring along.
func TestEditor_TakesKeysOfEveryLayoutAndAsksWhatPicturesShow(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	b := open(t, p.URL)
	signIn(b, "ben@neoforge.test", "/studio")
	b.visit("/studio/posts/new")
	b.editorWakes()
	b.run(`(() => {
		window.field = document.querySelector('[name=body_markdown]');
		window.put = (text) => {
			field.value = text;
			` + surface + `.read();
			` + surface + `.select(text.length, text.length);
		};
		window.press = (text, init) => {
			put(text);
			return !` + written + `.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, cancelable: true, ...init}));
		};
		window.bring = (kind, parts) => {
			const data = new DataTransfer();
			for (const [type, text] of Object.entries(parts)) data.setData(type, text);
			data.items.add(new File(['x'], 'a.png', {type: 'image/png'}));
			const event = kind === 'drop' ? new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: data}) : new ClipboardEvent('paste', {bubbles: true, cancelable: true, clipboardData: data});
			return !` + written + `.dispatchEvent(event);
		};
	})()`)

	b.until("a Cyrillic layout makes bold", `press('', {key: 'и', code: 'KeyB', ctrlKey: true}) && field.value === '**bold text**'`)
	b.until("Dvorak keeps its own letters", `!press('', {key: 'x', code: 'KeyB', ctrlKey: true}) && field.value === ''`)
	b.until("what is the browser's stays its", `!press('', {key: 'е', code: 'KeyT', ctrlKey: true}) && field.value === ''`)
	b.until("a list goes on", `press('- one', {key: 'Enter', code: 'Enter'}) && field.value === '- one\n- '`)
	b.run(`put('<p align=center>Intro</p>\n\na <font>red</font> word')`)
	b.run(`[...document.querySelector('nf-content-editor').shadowRoot.querySelectorAll('button')].find((e) => e.textContent === 'Preview').click()`)
	b.until("the preview says what is left out", `document.querySelector('nf-content-editor').shadowRoot.querySelector('.preview [role=note] li')?.textContent.startsWith('<font> cannot be used')`)
	b.until("and shows what stays", `document.querySelector('nf-content-editor .prose p[align=center]')?.textContent === 'Intro'`)
	b.until("a list ends", `press('- one\n- ', {key: 'Enter', code: 'Enter'}) && field.value === '- one\n'`)
	b.until("a new line is indented as the one before", `press('  in', {key: 'Enter', code: 'Enter'}) && field.value === '  in\n  '`)
	b.until("one below leaves the line whole", `(() => { put('  in'); `+surface+`.select(3, 3); return !`+written+`.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, cancelable: true, key: 'Enter', code: 'Enter', ctrlKey: true})) && field.value === '  in\n  '; })()`)
	b.until("one above does not indent it twice", `(() => { put('  in'); `+surface+`.select(0, 0); return !`+written+`.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, cancelable: true, key: 'Enter', code: 'Enter'})) && field.value === '\n  in'; })()`)
	b.run(`put('- one')`)
	b.run(surface + `.focus()`)
	if _, err := chromedp.Call(b.ctx, input.ImeSetComposition, input.ImeSetCompositionParams{Text: "き", SelectionStart: 1, SelectionEnd: 1}); err != nil {
		t.Fatal(err)
	}
	b.until("an input method offers something", `field.value === '- oneき'`)
	b.until("Enter takes it", `!`+written+`.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, cancelable: true, key: 'Enter', code: 'Enter', isComposing: true})) === false && field.value === '- oneき'`)
	if _, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: "木"}); err != nil {
		t.Fatal(err)
	}
	b.until("it is taken", `field.value === '- one木'`)
	b.run(`put('')`)

	alert := editorElement + `.shadowRoot.querySelector('[role=alert]')`
	offer := editorElement + `.shadowRoot.querySelector('.upload')`
	for _, kind := range []string{"paste", "drop"} {
		b.expects("the server responded with a status of 422")
		b.until("a picture alone is taken: "+kind, `bring('`+kind+`', {})`)
		b.until("and asked about: "+kind, offer+`?.textContent.includes('What does a.png show?') || `+offer+`?.textContent.includes('This is not a picture')`)
		b.until("what is none is refused: "+kind, alert+`?.textContent.includes('This is not a picture that can be read')`)
		b.run(offer + `.querySelector('button').click()`)
		b.until("until its author has read it: "+kind, alert+` === null`)
	}
	b.run(`bring('paste', {'text/plain': 'words', 'text/html': '<p>words <img src="file:///a.png"></p>'})`)
	b.until("text with a picture in it goes in", `field.value === 'words'`)
	b.until("without the picture, which is told", alert+`?.textContent.includes('The pictures within the text were not added')`)
	b.run(`document.body.dataset.run = ''`)
	b.run(`put('')`)
	b.run(`bring('paste', {'text/plain': 'Titel', 'text/html': '<h2>Titel</h2><p>one <b>two</b> <a href="javascript:document.body.dataset.run=1">three</a></p><img src=x onerror="document.body.dataset.run = 1"><script>document.body.dataset.run = 1</scr' + 'ipt>'})`)
	b.until("formatted text goes in as Markdown, and nothing of it is run", `field.value === '## Titel\n\none **two** three\n\n' && document.body.dataset.run === ''`)
	b.until("the picture is told, and how to have it plain", alert+`?.textContent.includes('were not added') && `+editorElement+`.shadowRoot.querySelector('.note').textContent.includes('Pasted with its formatting')`)
	b.run(`put('')`)
	b.run(written + `.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, cancelable: true, key: 'V', code: 'KeyV', ctrlKey: true, shiftKey: true}))`)
	b.run(`bring('paste', {'text/plain': 'two', 'text/html': '<b>two</b>'})`)
	b.until("with Shift it goes in as plain text", `field.value === 'two'`)
	b.run(`put('words')`)
	b.run(`bring('paste', {'text/plain': ' and more', 'text/html': '<p> and more</p>'})`)
	b.until("a word processor's picture of the text is none", `field.value === 'words and more'`)
	b.until("so nothing is told", alert+` === null`)
}

// TestEditor_SchedulesByTheClocksOfItsAuthor writes a post in a browser in Tokyo and has it
// appear next year; the moment is of the browser's zone, and no part of the text that is saved.
func TestEditor_SchedulesByTheClocksOfItsAuthor(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, p *program.Program) {
		b := open(t, p.URL)
		chromedp.Call(b.ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Tokyo"})
		signIn(b, "ben@neoforge.test", "/studio")
		b.visit("/studio/posts/new")
		b.editorWakes()
		b.until("the zone is the browser's", `document.querySelector('[name=zone]').value === 'Asia/Tokyo'`)
		b.fill("title", "From tomorrow's side")
		b.fill("body_markdown", "Text.")
		year := time.Now().Year() + 1
		moment := fmt.Sprintf("%d-03-04T07:30", year)
		b.run(`document.querySelector('[name=publish_at]').value = '` + moment + `'`)
		b.press("Schedule")
		b.until("it is scheduled", `document.querySelector('.state')?.textContent === 'Scheduled' && document.querySelector('[name=publish_at]').value === '`+moment+`'`)
		b.visit("/studio?status=scheduled")
		b.until("the list says when, by the same clocks", fmt.Sprintf(`document.querySelector('.studio-list').textContent.includes('4 Mar %d, 07:30 Asia/Tokyo')`, year))
		b.choose(".studio-row__link")
		b.editorWakes()
		b.press("Do not schedule")
		b.until("it is a draft again", `document.querySelector('.state')?.textContent === 'Draft'`)
		b.press("Move to the trash")
		b.until("it lies in the trash", `document.querySelector('.state')?.textContent === 'Trash' && document.querySelector('[value=save]') === null`)
		b.press("Restore as a draft")
		b.until("and comes back", `document.querySelector('.state')?.textContent === 'Draft'`)

		// Tomorrow at half past seven by its author's clocks.
		b.editorWakes()
		tomorrow := time.Now().In(time.FixedZone("Tokyo", 9*3600)).AddDate(0, 0, 1).Format(time.DateOnly) + "T07:30"
		b.run(`document.querySelector('[name=publish_at]').value = '` + tomorrow + `'`)
		b.press("Schedule")
		b.until("it is scheduled again", `document.querySelector('.state')?.textContent === 'Scheduled'`)
		slug := read(b, chromedp.Evaluate[string](`document.querySelector('[name=slug]').value`))
		reads := func() int {
			answer, err := http.Get(p.URL + "/posts/" + slug)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			return answer.StatusCode
		}
		if status := reads(); status != 404 {
			t.Errorf("before its moment readers get %d", status)
		}
		ask(t, http.DefaultClient, http.MethodPost, p.URL+"/dev/clock", map[string]string{"advance": "48h"})
		b.eventually("it appears", func() bool { return reads() == 200 })
	})
}

// TestEditor_IsWorkedByTheKeyboardAlone writes with what a slash offers, looks up the shortcuts, finds and replaces, is alone with
// the text and leaves it, on a telephone's width.
func TestEditor_IsWorkedByTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	b := open(t, p.URL)
	if _, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 390, Height: 844, DeviceScaleFactor: 1, Mobile: true}); err != nil {
		t.Fatal(err)
	}
	signIn(b, "ben@neoforge.test", "/studio")
	b.visit("/studio/posts/new")
	b.editorWakes()
	keys := func(text string, modifiers ...chromedp.Modifier) {
		b.do("press "+text, chromedp.KeyEvent(text, chromedp.KeyModifiers(modifiers...)))
	}
	const (
		text    = `document.querySelector('[name=body_markdown]').value`
		offered = `[...document.querySelector('[name=body_markdown]').nextElementSibling.shadowRoot.querySelectorAll('.cm-tooltip-autocomplete li')]`
		sheet   = editorElement + `.shadowRoot.querySelector('.sheet')`
	)
	b.until("it is named as the field is", written+`.getAttribute('aria-label') === 'Text' && `+written+`.spellcheck && getComputedStyle(document.querySelector('[name=body_markdown]')).display === 'none'`)
	b.run(`document.querySelector('label[for=field-body_markdown]').click()`)
	b.until("its label leads into it", surface+`.hasFocus()`)

	keys("/")
	b.until("a slash offers every command", offered+`.length >= 15 && `+offered+`[0].getAttribute('aria-selected') === 'true'`)
	b.until("nothing is wider than the telephone", `document.documentElement.scrollWidth <= 390`)
	keys("quo")
	b.until("what is typed narrows it", offered+`.length === 1 && `+offered+`[0].textContent.startsWith('Quotation')`)
	// Without the character that a keyboard does not send after a key whose press was taken.
	if _, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13}); err != nil {
		t.Fatal(err)
	}
	b.until("Enter chooses", text+` === '> '`)
	keys("Strike while it is hot. Strike! and/or")
	b.until("a slash within a line is one", text+` === '> Strike while it is hot. Strike! and/or' && `+offered+`.length === 0`)
	b.until("its length", editorElement+`.shadowRoot.querySelector('.count').textContent === '8 words · 1 min read'`)

	keys("f", chromedp.ModifierCtrl)
	b.until("the field to find", `document.querySelector('[name=body_markdown]').nextElementSibling.shadowRoot.activeElement?.name === 'search'`)
	keys("Strike")
	b.run(`document.querySelector('[name=body_markdown]').nextElementSibling.shadowRoot.querySelector('[name=replace]').focus()`)
	keys("Hit")
	b.run(`document.querySelector('[name=body_markdown]').nextElementSibling.shadowRoot.querySelector('button[name=replaceAll]').click()`)
	b.until("it is replaced everywhere", text+` === '> Hit while it is hot. Hit! and/or'`)
	keys(kb.Escape)
	b.until("the text has the focus again", surface+`.hasFocus()`)
	keys("z", chromedp.ModifierCtrl)
	b.until("it can be undone", text+` === '> Strike while it is hot. Strike! and/or'`)

	keys("/", chromedp.ModifierCtrl)
	b.until("the sheet of shortcuts", sheet+`.open && `+sheet+`.textContent.includes('Ctrl+Shift+L')`)
	keys(kb.Escape)
	b.until("it is closed", `!`+sheet+`.open`)
	b.run(`document.querySelector('h1').setAttribute('tabindex', '-1')`)
	b.run(`document.querySelector('h1').focus()`)
	keys("?")
	b.until("a question mark beside the text shows it too", sheet+`.open`)
	keys(kb.Escape)
	b.until("it is closed again", `!`+sheet+`.open`)

	b.run(surface + `.focus()`)
	keys("F", chromedp.ModifierCtrl, chromedp.ModifierShift)
	b.until("alone with the text", editorElement+`.matches(':popover-open') && `+surface+`.hasFocus() && document.querySelector('[name=title]').closest('[inert]') !== null`)
	keys(kb.Escape)
	b.until("and back", `!`+editorElement+`.hasAttribute('popover') && document.querySelector('[inert]') === null && `+surface+`.hasFocus()`)
	keys(kb.Tab)
	b.until("the Tab key leaves the text", `!`+surface+`.hasFocus()`)
}

// The toolbar is at hand wherever one is in a long text, and what the bar above it holds hides neither it nor the caret.
func TestEditor_KeepsItsToolbarInView(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	b := open(t, p.URL)
	b.agreesToLeave()
	signIn(b, "ben@neoforge.test", "/studio")
	for _, width := range []int64{1280, 1024, 700, 390} {
		if _, err := chromedp.Call(b.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 844, DeviceScaleFactor: 1}); err != nil {
			t.Fatal(err)
		}
		b.visit("/studio/posts/new")
		b.editorWakes()
		b.writes(strings.Repeat("A line of a long text.\n\n", 200) + "The end.")
		inView := `(() => {
			const {top, bottom, left} = ` + editorElement + `.shadowRoot.querySelector('.bar').getBoundingClientRect();
			const above = document.querySelector('.writer__bar').getBoundingClientRect().bottom;
			return scrollY > 1000 && Math.abs(top - Math.max(0, above)) < 2 && bottom < innerHeight
				&& document.elementFromPoint(left + 20, (top + bottom) / 2) === ` + editorElement + `;
		})()`
		b.until(fmt.Sprintf("at the end of the text the toolbar is in view, %d pixels wide", width), inView)
		b.run(surface + `.select(2000, 2000)`)
		b.run(surface + `.change({from: 2000, to: 2000, insert: 'x', start: 2001, end: 2001})`)
		b.until("within it, too, and the caret is below it", inView+` && (() => {
			const caret = `+written+`.getRootNode().getSelection?.().getRangeAt(0).getBoundingClientRect() ?? getSelection().getRangeAt(0).getBoundingClientRect();
			return caret.top >= `+editorElement+`.shadowRoot.querySelector('.bar').getBoundingClientRect().bottom - 1;
		})()`)
		b.run(surface + `.find()`)
		b.until("what is looked for stands below it", `(() => {
			const panel = `+written+`.getRootNode().querySelector('.cm-panels')?.getBoundingClientRect();
			return panel && Math.abs(panel.top - `+editorElement+`.shadowRoot.querySelector('.bar').getBoundingClientRect().bottom) < 2;
		})()`)
		b.run(`localStorage.clear()`)
	}
}
