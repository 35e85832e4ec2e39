package e2e_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// fromTheRight says of an element whose words are shorter than it is wide where they stand in it.
const fromTheRight = `((element) => {
	const words = document.createRange();
	words.selectNodeContents(element);
	const {left, right} = words.getBoundingClientRect(), box = element.getBoundingClientRect();
	return box.right - right < left - box.left;
})`

// TestPages_RunFromTheSideOfTheirScript writes a post in Arabic, with code and a paragraph in
// English, and looks on which side its lines begin: in the editor, its preview, the post and the lists.
func TestPages_RunFromTheSideOfTheirScript(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	b := open(t, p.URL)
	signIn(b, "ben@neoforge.test", "/studio")
	b.visit("/studio/posts/new")
	b.editorWakes()
	const title, first = "مرحبا بالعالم: NeoForge!", "مرحبا بالعالم و Go 1.26."
	b.fill("title", title)
	b.fill("slug", "marhaban")
	b.fill("body_markdown", first+"\n\n- عنصر أول\n\nEnglish, too.\n\n```go\nx := 1\n```\n")
	b.until("the title runs from the right", `getComputedStyle(document.querySelector('[name=title]')).direction === 'rtl'`)
	b.until("each line of the text runs from its side", `[...`+written+`.querySelectorAll('.cm-line')].map((line) => getComputedStyle(line).direction).slice(0, 5).join() === 'rtl,ltr,rtl,ltr,ltr'`)
	b.until("the field without script would", `getComputedStyle(document.querySelector('[name=body_markdown]')).unicodeBidi === 'plaintext'`)
	b.run(`[...` + editorElement + `.shadowRoot.querySelectorAll('button')].find((e) => e.textContent === 'Preview').click()`)
	b.until("the preview does", `(() => { const prose = document.querySelector('nf-content-editor .prose'); return prose?.querySelector('p') && getComputedStyle(prose).direction === 'rtl' && `+fromTheRight+`(prose.querySelector('p')); })()`)
	b.press("Publish")
	b.until("it is published", `document.querySelector('.state')?.textContent === 'Published'`)

	b.visit("/posts/marhaban")
	for what, runs := range map[string]string{
		"the title":                  fromTheRight + `(document.querySelector('.article__title'))`,
		"the text":                   fromTheRight + `(document.querySelector('.prose p'))`,
		"a list has its marks there": `getComputedStyle(document.querySelector('.prose ul')).direction === 'rtl'`,
	} {
		if !read(b, chromedp.Evaluate[bool](runs)) {
			t.Errorf("%s does not run from the right", what)
		}
	}
	for what, runs := range map[string]string{
		"a paragraph in English": fromTheRight + `([...document.querySelectorAll('.prose p')].at(-1))`,
		"code":                   fromTheRight + `(document.querySelector('.prose pre'))`,
	} {
		if read(b, chromedp.Evaluate[bool](runs)) {
			t.Errorf("%s does not run from the left", what)
		}
	}
	for _, path := range []string{"/posts", "/studio"} {
		b.visit(path)
		b.until("the list has the title on its side: "+path, fromTheRight+`([...document.querySelectorAll('main :is(h2, h3)')].find((e) => e.textContent.includes('NeoForge!')))`)
	}
}
