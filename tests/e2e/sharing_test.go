package e2e_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestBrowser_SharesAPostUntilADay has an author let another edit one post until a day, in the
// page beside it; the other accepts, finds and changes it; an administrator sees why; the
// author takes it back.
func TestBrowser_SharesAPostUntilADay(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{})
	ada, ben, cleo := p.SignedIn(t, "ada@neoforge.test"), p.SignedIn(t, "ben@neoforge.test"), p.SignedIn(t, "cleo@neoforge.test")
	cleoID := ask(t, cleo, http.MethodGet, p.URL+"/api/v1/me", nil)["id"]
	ask(t, ada, http.MethodPatch, fmt.Sprintf("%s/api/v1/admin/users/%s", p.URL, cleoID), map[string]string{"role": "author"})
	id := fmt.Sprint(ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts", map[string]string{"title": "Written by two", "body_markdown": "One.", "visibility": "paid"})["id"])

	b := open(t, p.URL)
	b.expects("status of 4") // what is refused here is meant to be
	signIn(b, "ben@neoforge.test", "/studio/posts/"+id)
	b.press("Share")
	b.until("the page beside it", `location.pathname.endsWith("/sharing")`)
	b.sees("Nobody yet.")
	b.fill("email", "cleo@neoforge.test")
	b.run(`document.querySelector('input[name="share"][value="edit"]').click()`)
	until := func(day string) { b.run(`document.querySelector("[name=until]").value = "` + day + `"`) } // typing depends on the browser's language
	until("2001-01-01")
	b.press("Share")
	b.sees("This is over already")
	b.until("nothing typed is lost", `document.querySelector("[name=email]").value === "cleo@neoforge.test"`)
	until(time.Now().AddDate(0, 1, 0).Format(time.DateOnly))
	b.press("Share")
	b.sees("gets a mail")
	b.sees("Nobody yet.")

	theirs := b.tab()
	signOut(b)
	signIn(theirs, "cleo@neoforge.test", "/account/offers")
	theirs.press("Accept")
	theirs.visit("/studio")
	theirs.sees("Shared with you")
	theirs.sees("You may edit it")
	theirs.press("Written by two")
	theirs.until("the editor", `location.pathname === "/studio/posts/`+id+`"`)
	theirs.editorWakes()
	theirs.fill("excerpt", "By the other.")
	theirs.run(`document.querySelector('button[value=save]').click()`)
	theirs.until("it is saved", editorElement+`.shadowRoot.querySelector('.note').textContent.includes('Saved.')`)
	theirs.until("it is not theirs to publish or to share", `!document.querySelector("button[value=publish]") && !document.querySelector("a[href$='/sharing']")`)
	signOut(theirs)

	signIn(b, "ada@neoforge.test", "/admin/access")
	b.fill("person", "cleo@neoforge.test")
	b.run(`document.querySelector("#access-action").value = "post edit"`)
	b.fill("resource", id)
	b.press("Explain")
	b.sees("Yes")
	b.sees("It is shared with them, to edit it or more.")
	signOut(b)

	signIn(b, "ben@neoforge.test", "/studio/posts/"+id+"/sharing")
	b.sees("cleo@neoforge.test")
	b.sees("until the end of")
	b.choose(`form[action$="/remove"] button`)
	b.sees("Nobody yet.")
	signOut(b)
	signIn(theirs, "cleo@neoforge.test", "/studio")
	theirs.until("it is theirs no longer", `!document.body.textContent.includes("Written by two")`)
}
