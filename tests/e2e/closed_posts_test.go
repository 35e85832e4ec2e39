package e2e_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestStudio_KeepsWhatWasTypedOnAPostThatWasScheduledMeanwhile: somebody who may edit it and not
// publish it changes nothing of it from then on, and loses no word, with a script and without.
func TestStudio_KeepsWhatWasTypedOnAPostThatWasScheduledMeanwhile(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	ada, ben, cleo := p.SignedIn(t, "ada@neoforge.test"), p.SignedIn(t, "ben@neoforge.test"), p.SignedIn(t, "cleo@neoforge.test")
	cleoID := ask(t, cleo, http.MethodGet, p.URL+"/api/v1/me", nil)["id"]
	ask(t, ada, http.MethodPatch, fmt.Sprintf("%s/api/v1/admin/users/%s", p.URL, cleoID), map[string]string{"role": "author"})
	id := fmt.Sprint(ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts", map[string]string{"title": "Appears by itself", "body_markdown": "One.", "visibility": "public"})["id"])
	at := "/studio/posts/" + id
	soon := map[string]string{"publish_at": time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "zone": "UTC"}

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
	b.editorWakes()
	b.fill("body_markdown", "Mine. ")
	ask(t, ben, http.MethodPut, p.URL+"/api/v1/posts/"+id+"/schedule", soon)
	b.run(`document.querySelector('button[value=save]').click()`)
	b.until("it is refused, and says what to do", editorElement+`.shadowRoot.querySelector('[role=alert]')?.textContent.includes('have what is scheduled taken off the schedule first')`)
	b.until("no word is lost", `document.querySelector('[name=body_markdown]').value === 'Mine. One.'`)
	b.agreesToLeave()
	b.visit(at)
	b.sees("This post appears by itself, as it is saved.")
	b.until("nothing offers to save it", `document.querySelector('button[name=intent][value=save]') === null && ![...document.querySelectorAll('a')].some((e) => e.textContent === 'Details')`)
	b.until("what was typed is offered", editorElement+`.shadowRoot.querySelector('.offer')?.textContent.includes('that was not saved is kept in this browser')`)

	b.withoutScripts()
	ask(t, ben, http.MethodDelete, p.URL+"/api/v1/posts/"+id+"/schedule", nil)
	b.visit(at)
	b.fill("excerpt", "Mine again.")
	ask(t, ben, http.MethodPut, p.URL+"/api/v1/posts/"+id+"/schedule", soon)
	b.choose("button[value=save]")
	b.until("the form comes back with it", `document.querySelector('[name=excerpt]').value === 'Mine again.'`)
	b.sees("have what is scheduled taken off the schedule first")
}
