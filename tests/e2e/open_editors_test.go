package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestBrowser_TellsWhoElseHasAPostOpen opens one post as two people: each is told of the other,
// until the other leaves; a second tab of the same person is nobody else, and takes them along when it is left
// only until the first tells again.
func TestBrowser_TellsWhoElseHasAPostOpen(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{})
	ben := p.SignedIn(t, "ben@neoforge.test")
	id := fmt.Sprint(ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts", map[string]string{"title": "Open twice", "body_markdown": "One.", "visibility": "public"})["id"])
	at := "/studio/posts/" + id
	const words = `document.querySelector('nf-content-open-editors').shadowRoot?.querySelector('[role=status]')?.textContent.trim()`

	first, second := open(t, p.URL), open(t, p.URL)
	signIn(first, "ben@neoforge.test", at)
	first.until("nobody else is told of", words+` === ''`)
	signIn(second, "ada@neoforge.test", at)
	second.until("the second is told of the first", words+` === 'Ben has this post open, too'`)
	first.run(`window.dispatchEvent(new Event('online'))`)
	first.until("the first is told of the second", words+` === 'Ada has this post open, too'`)
	tab := first.tab()
	tab.visit(at)
	tab.until("another tab tells of the second alone", words+` === 'Ada has this post open, too'`)
	first.run(`(() => {
		window.told = 0;
		const ask = window.fetch;
		window.fetch = (url, options) => {
			if (options?.method === 'PUT' && String(url).endsWith('/open')) window.told++;
			return ask(url, options);
		};
	})()`)
	tab.visit("/studio")
	first.until("the tab that stays tells at once that the post is open", `window.told === 1`)

	second.visit("/studio")
	first.eventually("the second has left", func() bool {
		first.run(`window.dispatchEvent(new Event('online'))`)
		left, err := first.holds(first.ctx, words+` === ''`)
		return err == nil && left
	})
}
