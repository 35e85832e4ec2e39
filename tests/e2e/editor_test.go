package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

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
		window.press = (text, init) => {
			field.value = text;
			field.setSelectionRange(text.length, text.length);
			return !field.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, cancelable: true, ...init}));
		};
		window.bring = (kind, parts) => {
			const data = new DataTransfer();
			for (const [type, text] of Object.entries(parts)) data.setData(type, text);
			data.items.add(new File(['x'], 'a.png', {type: 'image/png'}));
			const event = kind === 'drop' ? new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: data}) : new ClipboardEvent('paste', {bubbles: true, cancelable: true, clipboardData: data});
			return !field.dispatchEvent(event);
		};
	})()`)

	b.until("a Cyrillic layout makes bold", `press('', {key: 'и', code: 'KeyB', ctrlKey: true}) && field.value === '**bold text**'`)
	b.until("Dvorak keeps its own letters", `!press('', {key: 'x', code: 'KeyB', ctrlKey: true}) && field.value === ''`)
	b.until("what is the browser's stays its", `!press('', {key: 'е', code: 'KeyT', ctrlKey: true}) && field.value === ''`)
	b.until("a list goes on", `press('- one', {key: 'Enter', code: 'Enter'}) && field.value === '- one\n- '`)
	b.run(`field.value = '<p align=center>Intro</p>\n\na <font>red</font> word'`)
	b.run(`[...document.querySelector('nf-content-editor').shadowRoot.querySelectorAll('button')].find((e) => e.textContent === 'Preview').click()`)
	b.until("the preview says what is left out", `document.querySelector('nf-content-editor').shadowRoot.querySelector('.preview [role=note] li')?.textContent.startsWith('<font> cannot be used')`)
	b.until("and shows what stays", `document.querySelector('nf-content-editor .prose p[align=center]')?.textContent === 'Intro'`)
	b.until("a list ends", `press('- one\n- ', {key: 'Enter', code: 'Enter'}) && field.value === '- one\n'`)
	b.until("Enter takes what an input method offers", `!press('- one', {key: 'Enter', code: 'Enter', isComposing: true}) && field.value === '- one'`)

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
	b.until("text with a picture in it goes in", `!bring('paste', {'text/plain': 'words', 'text/html': '<p>words <img src="file:///a.png"></p>'})`)
	b.until("without the picture, which is told", alert+`?.textContent.includes('The pictures within the text were not added')`)
	b.until("a word processor's picture of the text is none", `!bring('paste', {'text/plain': 'words', 'text/html': '<p>words</p>'})`)
	b.until("so nothing is told", alert+` === null`)
}

// TestEditor_SchedulesByTheClocksOfItsAuthor writes a post in a browser in Tokyo and has it
// appear next year; the moment is of the browser's zone, and no part of the text that is saved.
func TestEditor_SchedulesByTheClocksOfItsAuthor(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
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
}
