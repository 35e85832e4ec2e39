package e2e_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

const (
	savedNote = editorElement + `.shadowRoot.querySelector('.note').textContent.includes('Saved.')`
	noTrouble = editorElement + `.shadowRoot.querySelector('[role=alert]') === null`
	apartNote = editorElement + `.shadowRoot.querySelector('.note').textContent.includes('Readers see the earlier text')`
	readersOf = `fetch('/posts/kept-apart', {cache: 'no-store'}).then((r) => r.text())`
)

func (b *browser) save() { b.run(`document.querySelector('button[value=save]').click()`) }

// TestStudio_KeepsChangesOfAPublishedPostApart has an author write on a post that is published:
// readers keep its text until the changes are published.
func TestStudio_KeepsChangesOfAPublishedPostApart(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, p *program.Program) {
		b := open(t, p.URL)
		signIn(b, "ben@neoforge.test", "/studio")
		b.visit("/studio/posts/new")
		b.editorWakes()
		b.fill("title", "Kept apart")
		b.typed("First words.")
		b.run(`document.querySelector('button[value=publish]').click()`)
		b.until("it is published", `document.querySelector('button[value=publish_changes]') !== null`)
		at := b.path()
		b.editorWakes()
		b.until("nothing waits yet", `document.querySelector('[data-changes]').hidden`)
		readers := func(want string) {
			t.Helper()
			if have := read(b, chromedp.Evaluate[string](readersOf, chromedp.EvalAwaitPromise)); !strings.Contains(have, want) {
				t.Errorf("readers get a page without %q", want)
			}
		}

		b.typed(" Second words.")
		b.save()
		b.until("the changes are kept apart, and that is said", apartNote+` && !document.querySelector('[data-changes]').hidden`)
		b.typed(" Third words.")
		b.save()
		b.until("saved again", apartNote+` && document.querySelector('nf-content-draft-state').shadowRoot.textContent.includes('Saved on the server')`)
		readers("<p>First words.</p>")
		b.visit("/studio")
		b.until("the list marks it", `document.querySelector('.studio-list').textContent.includes('Unpublished changes')`)
		b.visit(at)
		b.editorWakes()
		b.until("the editor goes on with them", `document.querySelector('[name=body_markdown]').value === 'First words. Second words. Third words.'`)
		b.typed(" Last words.")
		b.run(`document.querySelector('button[value=publish_changes]').click()`)
		b.until("readers see them", `document.body.textContent.includes('readers see the changes now')`)
		readers("Third words. Last words.")

		// What is discarded is not offered again.
		b.editorWakes()
		b.typed(" A mistake.")
		b.save()
		b.until("kept apart", apartNote)
		b.typed(" And more of it.")
		b.run(`document.querySelector('[data-changes] summary').click()`)
		b.run(`document.querySelector('button[value=discard_changes]').click()`)
		b.until("it is as readers see it", `document.body.textContent.includes('this is the text that readers see') && document.querySelector('[name=body_markdown]').value === 'First words. Second words. Third words. Last words.'`)
		b.editorWakes()
		b.until("nothing of it is offered", editorElement+`.shadowRoot.querySelector('.offer') === null && document.querySelector('[data-changes]').hidden`)
	})
}

// TestStudio_TellsNobodyThatSomebodyElseSaved has a post published by itself while its author
// writes, and an answer lost while they write on: both are nobody else's text.
func TestStudio_TellsNobodyThatSomebodyElseSaved(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	b := open(t, p.URL)
	b.expects("the server responded with a status of 4") // what is refused here, is meant to be
	signIn(b, "ben@neoforge.test", "/studio")
	b.visit("/studio/posts/new")
	b.editorWakes()
	b.fill("title", "Kept apart")
	b.typed("First words.")
	b.save()
	b.until("it is saved", savedNote)
	at := b.path()
	id := strings.TrimPrefix(at, "/studio/posts/")

	// An answer is lost, and they write on before the page knows what became of what it sent.
	b.typed(" Second words.")
	b.run(`(() => {const real = window.fetch; let lost = 0; window.fetch = async (...call) => {
		const sent = call[1]?.method ?? call[0]?.method;
		const answer = await real(...call);
		if (sent !== 'PATCH' || lost++ > 0) return answer;
		const {text: {length: at}} = ` + surface + `.selection();
		` + surface + `.change({from: at, to: at, insert: ' Third words.', start: at, end: at});
		throw new TypeError('the answer is lost');
	};})()`)
	b.save()
	b.until("it was sent", editorElement+`.shadowRoot.querySelector('[role=alert]') !== null || `+savedNote)
	b.save()
	b.until("all of it is saved, and no conflict told", `(`+savedNote+`) && `+noTrouble)
	if text := read(b, chromedp.Evaluate[string](`fetch('/api/v1/posts/`+id+`').then((r) => r.json()).then((p) => p.body_markdown)`, chromedp.EvalAwaitPromise)); text != "First words. Second words. Third words." {
		t.Errorf("saved %q", text)
	}

	// It is published while they write.
	b.typed(" Over the moment.")
	b.run(`fetch('/api/v1/posts/` + id + `/publish', {method: 'POST'}).then(() => { document.body.dataset.appeared = '1'; })`)
	b.until("it appeared", `document.body.dataset.appeared === '1'`)
	b.save()
	b.until("their words are kept apart, and no conflict told", apartNote+` && `+noTrouble)
	if have := read(b, chromedp.Evaluate[string](readersOf, chromedp.EvalAwaitPromise)); !strings.Contains(have, "Third words.</p>") {
		t.Error("readers get words that were not published")
	}
	b.visit(at)
	b.editorWakes()
	b.until("the editor goes on with them", `document.querySelector('[name=body_markdown]').value.endsWith(' Over the moment.') && !document.querySelector('[data-changes]').hidden && `+noTrouble)
}
