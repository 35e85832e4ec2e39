package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestReview_AndSendBack has somebody who may edit a post, and not publish it, ask its author
// to review it, on both databases: it is sent back, asked for again, approved
// and published.
func TestReview_AndSendBack(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, p *program.Program) {
		ada, ben, cleo := p.SignedIn(t, "ada@neoforge.test"), p.SignedIn(t, "ben@neoforge.test"), p.SignedIn(t, "cleo@neoforge.test")
		cleoID := ask(t, cleo, http.MethodGet, p.URL+"/api/v1/me", nil)["id"]
		ask(t, ada, http.MethodPatch, fmt.Sprintf("%s/api/v1/admin/users/%s", p.URL, cleoID), map[string]string{"role": "author"})
		id := fmt.Sprint(ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts", map[string]string{"title": "Read before it appears", "body_markdown": "One.", "visibility": "public"})["id"])
		at := "/studio/posts/" + id

		b := open(t, p.URL)
		b.expects("status of 4") // what is refused here is meant to be
		signIn(b, "ben@neoforge.test", at+"/sharing")
		b.fill("email", "cleo@neoforge.test")
		b.run(`document.querySelector('input[name="share"][value="edit"]').click()`)
		b.press("Share")
		b.sees("gets a mail")
		signOut(b)
		signIn(b, "cleo@neoforge.test", "/account/offers")
		b.press("Accept")
		b.visit(at)
		b.sees("Have the post read by somebody who may publish it")
		b.run(`document.querySelector("section[aria-labelledby=review] details").open = true`)
		b.fill("note", "Is the first word right?")
		b.choose(`form[action$="/review"] button`)
		b.sees("who may publish it finds it in their studio")
		b.sees("Waiting for review")
		b.sees("Asked by you")
		b.visit("/studio")
		b.sees("Waiting for review") // among what is shared with them
		signOut(b)

		signIn(b, "ben@neoforge.test", "/studio")
		b.press("Waiting for review: 1")
		b.press("Read before it appears")
		b.sees("Is the first word right?")
		b.choose(`button[formaction$="/send-back"]`)
		b.sees("Say what is to be changed.")
		b.fill("note", "Nearly.\n\nWrite “Two”.")
		b.choose(`button[formaction$="/send-back"]`)
		b.sees("Sent back. Who asked is told by a mail.")
		b.visit("/studio")
		b.until("nothing waits any more", `!document.body.textContent.includes("Waiting for review")`)
		signOut(b)

		signIn(b, "cleo@neoforge.test", at)
		b.sees("Sent back by Ben")
		b.sees("Write “Two”.")
		patch(t, cleo, p.URL+"/api/v1/posts/"+id, `{"body_markdown": "Two."}`, "*")
		b.run(`document.querySelector("section[aria-labelledby=review] details").open = true`)
		b.choose(`form[action$="/review"] button`)
		b.sees("The text was changed since you saw it, so nobody was asked to read it.")
		b.until("the text as it is by now", `document.querySelector("[name=body_markdown]").value === "Two."`)
		b.choose(`form[action$="/review"] button`)
		b.sees("who may publish it finds it in their studio")
		signOut(b)

		signIn(b, "ben@neoforge.test", at)
		patch(t, cleo, p.URL+"/api/v1/posts/"+id, `{"body_markdown": "Three."}`, "*")
		b.choose(`form[action$="/approve"] button:not([formaction])`)
		b.sees("the text was changed since you read it")
		b.until("the text as it is by now", `document.querySelector("[name=body_markdown]").value === "Three."`)
		b.choose(`form[action$="/approve"] button:not([formaction])`)
		b.sees("Approved. Who asked is told by a mail.")
		b.choose("button[value=publish]")
		b.sees("Published: readers can open it now.")
		b.sees("Published by you")
	})
}

// Who asks for a review with the last words not saved yet asks about these, or not at all.
func TestReview_IsAskedOfWhatWasTyped(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	u, b := beginsOnAnUnreliableLine(t)
	b.fill("title", "Asked at once")
	b.until("a draft", savedByItself+` && location.pathname !== '/studio/posts/new'`)
	at := b.path()
	b.visit(at)
	b.savesByItself()
	b.run(editorElement + `.autosavePause = 3_600_000`) // what is typed waits to be saved
	api := `fetch('/api/v1/posts/` + strings.TrimPrefix(at, "/studio/posts/")
	review := func() string {
		t.Helper()
		return read(b, chromedp.Evaluate[string](api+`/review').then((r) => r.json()).then((r) => [r.state, r.changed, r.steps.length].join(' '))`, chromedp.EvalAwaitPromise))
	}
	asks := `(() => {
		document.querySelector('section[aria-labelledby=review] details').open = true;
		document.querySelector('form[action$="/review"] button').click();
	})()`

	u.how.Store("refuses")
	b.writes("The last words.")
	b.run(asks)
	b.until("nothing is asked while the words cannot be saved", editorElement+`.shadowRoot.querySelector('.note').textContent.includes('so nothing was asked')`)
	if got := review(); got != "none false 0" {
		t.Errorf("the review is %q", got)
	}
	u.how.Store("")
	b.run(asks)
	b.sees("Waiting for review")
	if got := review(); got != "asked false 1" {
		t.Errorf("the review is %q", got)
	}
	if got := read(b, chromedp.Evaluate[string](api+`').then((r) => r.json()).then((p) => p.body_markdown)`, chromedp.EvalAwaitPromise)); got != "The last words." {
		t.Errorf("it is about %q", got)
	}
}
