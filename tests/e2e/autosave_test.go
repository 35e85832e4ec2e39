package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

const (
	draftStateIs  = `document.querySelector('nf-content-draft-state').shadowRoot.querySelector('span').dataset.state === `
	savedByItself = draftStateIs + `'saved' && !` + editorElement + `._dirty && /Saved on the server at \d/.test(document.querySelector('nf-content-draft-state').shadowRoot.textContent)`
)

// savesByItself has the open editor save a moment after the last key, where a person waits for some seconds.
func (b *browser) savesByItself() {
	b.tb.Helper()
	b.editorWakes()
	b.run(editorElement + `.autosavePause = 50`)
}

// beginsOnAnUnreliableLine opens the editor of a new post that saves itself, over a network that
// does as it is told.
func beginsOnAnUnreliableLine(t *testing.T) (*unreliable, *browser) {
	t.Helper()
	u, site := startUnreliable(t)
	b := open(t, site)
	b.expects("Failed to load resource")
	b.agreesToLeave()
	signIn(b, "ben@neoforge.test", "/studio")
	b.visit("/studio/posts/new")
	b.savesByItself()
	return u, b
}

// titled gives a title at once: of one that is typed, half may be saved before the rest.
func (b *browser) titled(title string) {
	b.tb.Helper()
	b.run(`(() => {
		const field = document.querySelector('[name=title]');
		field.value = ` + fmt.Sprintf("%q", title) + `;
		field.dispatchEvent(new InputEvent('input', {bubbles: true}));
	})()`)
}

// writes adds to the end of the text, and says nothing of where it is kept.
func (b *browser) writes(text string) {
	b.tb.Helper()
	b.run(`(() => {
		const insert = ` + fmt.Sprintf("%q", text) + `;
		const {text: {length: at}} = ` + surface + `.selection();
		` + surface + `.change({from: at, to: at, insert, start: at + insert.length, end: at + insert.length});
	})()`)
}

func revisionsOf(t *testing.T, c *http.Client, site, id string) (texts []string) {
	t.Helper()
	res, err := c.Get(site + "/api/v1/posts/" + id + "/revisions")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var list struct {
		Items []struct {
			Text string `json:"body_markdown"`
		}
	}
	mustDecode(t, res, &list)
	for _, r := range list.Items {
		texts = append(texts, r.Text)
	}
	return texts
}

// What is typed is at the server without anybody who pressed Save, in few revisions; and what two people type is a conflict,
// never a loss.
func TestAutosave_BringsDraftsToTheServer(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, p *program.Program) {
		b := open(t, p.URL)
		b.expects("the server responded with a status of 4") // the conflict, and the session that is over
		b.agreesToLeave()
		ben := p.SignedIn(t, "ben@neoforge.test")
		signIn(b, "ben@neoforge.test", "/studio")
		b.visit("/studio/posts/new")
		b.savesByItself()
		b.writes("Words without a title.")
		b.until("without a title it stays in this browser, and that is said", draftStateIs+`'untitled' && document.querySelector('nf-content-draft-state').shadowRoot.textContent.includes('Give it a title')`)
		b.fill("title", "Saved by itself")
		b.until("the new post is a draft at the server", savedByItself+` && /^\/studio\/posts\/[0-9a-f-]{36}$/.test(location.pathname)`)
		at := b.path()
		id := strings.TrimPrefix(at, "/studio/posts/")
		for i := range 4 {
			text := fmt.Sprintf(" Sentence %d.", i)
			b.writes(text)
			b.until("it is saved", savedByItself)
		}
		texts := revisionsOf(t, ben, p.URL, id)
		if len(texts) != 2 || !strings.HasSuffix(texts[0], "Sentence 3.") {
			t.Errorf("the revisions are %q", texts)
		}
		b.run(pressSave)
		b.until("it is saved by hand", isSaved)
		b.writes(" After it.")
		b.until("it is saved", savedByItself)
		if texts = revisionsOf(t, ben, p.URL, id); len(texts) != 3 || !strings.HasSuffix(texts[1], "Sentence 3.") || !strings.HasSuffix(texts[0], "After it.") {
			t.Errorf("saved by hand between: %q", texts)
		}

		// In another browser the words are there.
		other := open(t, p.URL)
		other.expects("the server responded with a status of 4")
		other.agreesToLeave()
		signIn(other, "ben@neoforge.test", "/studio")
		other.visit(at)
		other.savesByItself()
		other.until("the words are there", `document.querySelector('[name=body_markdown]').value.endsWith('After it.')`)

		// Both write.
		other.writes(" Theirs.")
		other.until("the first is saved", savedByItself)
		b.writes(" Mine.")
		b.until("the conflict is told", editorElement+`.shadowRoot.querySelector('[role=alert]')?.textContent.includes('Somebody saved this post') && `+draftStateIs+`'conflict'`)
		b.writes(" More.")
		b.until("a conflict waits for a person", draftStateIs+`'conflict' && !`+editorElement+`._saving`)
		if texts = revisionsOf(t, ben, p.URL, id); !strings.HasSuffix(texts[0], "Theirs.") {
			t.Errorf("in a conflict: %q", texts)
		}
		b.run(`[...` + editorElement + `.shadowRoot.querySelectorAll('[role=alert] button')].find((b) => b.textContent.includes('over theirs')).click()`)
		b.until("it is saved over theirs", isSaved)
		if texts = revisionsOf(t, ben, p.URL, id); !strings.HasSuffix(texts[0], "Mine. More.") || !strings.HasSuffix(texts[1], "Theirs.") {
			t.Errorf("after a conflict: %q", texts)
		}

		// The session ends while they write.
		endSessions(t, p, "ben@neoforge.test")
		b.writes(" Without a session.")
		b.until("who is signed out is told", editorElement+`.shadowRoot.querySelector('[role=alert]')?.textContent.includes('You are signed out') && `+draftStateIs+`'here'`)
		tab := b.tab()
		tab.visit("/login?return_to=/studio")
		tab.press("Development sign-in")
		tab.choose(`button[name="email"][value="ben@neoforge.test"]`)
		tab.until("signed in", `location.pathname === '/studio'`)
		b.writes(" And with one.")
		b.until("it goes on", savedByItself+` && `+editorElement+`.shadowRoot.querySelector('[role=alert]') === null`)

		// What the server refuses is said once, and tried again with the next words.
		b.fill("slug", "Not A Slug")
		b.until("the fault is told", editorElement+`.shadowRoot.querySelector('[role=alert]')?.textContent.includes('The slug may have')`)
		b.run(`(() => {
			const slug = document.querySelector('[name=slug]');
			slug.value = 'mended';
			slug.dispatchEvent(new InputEvent('input', {bubbles: true}));
		})()`)
		b.until("mended, it is saved", savedByItself+` && `+editorElement+`.shadowRoot.querySelector('[role=alert]') === null`)
	})
}

// What readers see, or will by themselves, changes when somebody presses a button.
func TestAutosave_LeavesAloneWhatReadersSee(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, p *program.Program) {
		b := open(t, p.URL)
		b.agreesToLeave()
		b.expects("the server responded with a status of 4")
		ben := p.SignedIn(t, "ben@neoforge.test")
		signIn(b, "ben@neoforge.test", "/studio")
		b.visit("/studio/posts/new")
		b.savesByItself()
		b.fill("title", "Read by everybody")
		b.until("a draft", savedByItself+` && location.pathname !== '/studio/posts/new'`)
		id := strings.TrimPrefix(b.path(), "/studio/posts/")
		b.writes("As it was published.")
		b.until("saved", savedByItself)
		res, err := ben.Post(p.URL+"/api/v1/posts/"+id+"/publish", "application/json", nil)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(err, res)
		}
		res.Body.Close()

		// Published while its page was open, and on a page that was opened since.
		for _, again := range []bool{false, true} {
			if again {
				b.run(`localStorage.clear()`)
				b.visit("/studio/posts/" + id)
				b.savesByItself()
			}
			b.writes(" Not for readers.")
			b.until("it stays in this browser", draftStateIs+`'here' && !`+editorElement+`._saving && `+editorElement+`.data.copy === 0`)
		}
		if texts := revisionsOf(t, ben, p.URL, id); texts[0] != "As it was published." {
			t.Errorf("the revisions of a published post are %q", texts)
		}
		copied := func() string {
			return read(b, chromedp.Evaluate[string](`fetch('/api/v1/posts/`+id+`/working-copy').then((r) => r.ok ? r.json() : {body_markdown: 'none'}).then((c) => c.body_markdown)`, chromedp.EvalAwaitPromise))
		}
		if got := copied(); got != "none" {
			t.Errorf("changes that nobody began: %q", got)
		}
		b.run(pressSave)
		b.until("its changes are begun by hand", editorElement+`.shadowRoot.querySelector('.note').textContent.includes('Readers see the earlier text')`)
		b.writes(" Of the changes.")
		b.until("they go on by themselves", savedByItself)
		if got := copied(); got != "As it was published. Not for readers. Of the changes." {
			t.Errorf("the changes are %q", got)
		}
		if texts := revisionsOf(t, ben, p.URL, id); texts[0] != "As it was published." {
			t.Errorf("the revisions of a published post are %q", texts)
		}
	})
}

// A new post is made once, whatever becomes of the answers; what waits is sent when the server is back.
func TestAutosave_MakesANewPostOnce(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	u, b := beginsOnAnUnreliableLine(t)
	u.how.Store("loses the answer")
	b.fill("title", "Made once")
	b.until("it waits", draftStateIs+`'waiting' && !`+editorElement+`._saving`)
	b.writes("More of it.")
	u.how.Store("")
	b.run(`window.dispatchEvent(new Event('online'))`)
	b.until("it is saved", savedByItself+` && location.pathname !== '/studio/posts/new'`)
	found := read(b, chromedp.Evaluate[int](`fetch('/api/v1/studio/posts').then((r) => r.json()).then((l) => l.items.filter((p) => p.title === 'Made once').length)`, chromedp.EvalAwaitPromise))
	if found != 1 {
		t.Errorf("%d posts", found)
	}
}

// While a page asks whether the server has what was written before, that stays where it is kept.
func TestAutosave_KeepsADraftThatItAsksAbout(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	u, b := beginsOnAnUnreliableLine(t)
	u.how.Store("cuts")
	b.titled("Asked about")
	b.writes("Words that are nowhere else.")
	b.until("it waits", draftStateIs+`'waiting' && Object.entries(localStorage).some(([key, entry]) => key.startsWith('nf-outbox:') && entry.includes('Words that are nowhere else.'))`)
	u.how.Store("lets readers wait")
	b.reload()
	b.until("it is offered", editorElement+`.shadowRoot.querySelector('.offer') !== null`)
	b.run(`window.dispatchEvent(new Event('pagehide'))`)
	b.until("it is kept", `Object.values(localStorage).some((v) => v.includes('Words that are nowhere else.'))`)
	close(u.answers)
	b.restores("Words that are nowhere else.")
}

// A server that fails again and again is told of once, in words that stay true, and is asked no
// more often for all the typing; when it says itself when to come back, not before.
func TestAutosave_TellsAnOutageOnce(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	u, b := beginsOnAnUnreliableLine(t)
	b.fill("title", "Through an outage")
	b.until("a draft", savedByItself+` && location.pathname !== '/studio/posts/new'`)
	const outage = editorElement + `.shadowRoot.querySelector('.outage')`
	const state = `document.querySelector('nf-content-draft-state').shadowRoot.textContent`
	b.run(`(() => {
		window.told = 0;
		new MutationObserver((changes) => { window.told += changes.length; }).observe(` + outage + `, {childList: true, characterData: true, subtree: true});
	})()`)
	u.how.Store("refuses")
	b.writes("Begun.")
	failing := draftStateIs + `'failing' && !` + editorElement + `._saving && ` + editorElement + `._waiting?.key`
	b.until("it is told", failing+` && /Not saved on the server: kept in this browser, and tried again at \d/.test(`+state+`)`)
	b.until("and what happened", outage+`.role === 'status' && `+outage+`.textContent.includes('not saved on the server: the server has a fault (502). It is kept in this browser, and sent again by itself.')`)
	told := read(b, chromedp.Evaluate[int](`window.told`))
	for i := range 3 {
		before := u.sent.Load()
		b.run(`(() => { window.retryAt = ` + editorElement + `._retryAt; dispatchEvent(new Event('online')); })()`)
		b.until("it is tried again", failing+` && `+editorElement+`._retryAt > window.retryAt`)
		if got := u.sent.Load(); got == before {
			t.Errorf("try %d: nothing was sent", i)
		}
	}
	if got := read(b, chromedp.Evaluate[int](`window.told`)); got != told {
		t.Errorf("the outage is told anew: %d changes, then %d", told, got)
	}
	if read(b, chromedp.Evaluate[bool](editorElement+`.shadowRoot.querySelector('[role=alert]') !== null`)) {
		t.Error("somebody who writes is alarmed")
	}

	u.how.Store("is busy")
	b.run(`dispatchEvent(new Event('online'))`)
	b.until("it waits for as long as the server wants", failing+` && `+editorElement+`._retryAt > Date.now() + 100_000`)
	before := u.sent.Load()
	u.how.Store("")
	b.run(`dispatchEvent(new Event('online'))`)
	b.writes(" Typed in the outage.")
	b.until("what is typed is kept with what waits", failing+` && localStorage.getItem(`+editorElement+`._waiting.key).includes('Typed in the outage.')`)
	if got := u.sent.Load(); got != before {
		t.Errorf("%d saves before the server wants to be asked", got-before)
	}
	b.run(pressSave)
	b.until("by hand it is sent at once", isSaved+` && `+draftStateIs+`'saved' && `+outage+`.textContent.trim() === ''`)
	b.until("nothing waits", nothingWaits)
	if got := read(b, chromedp.Evaluate[string](`document.querySelector('[name=body_markdown]').value`)); got != "Begun. Typed in the outage." {
		t.Errorf("the text is %q", got)
	}
}

const nothingWaits = noDraft + ` && !Object.keys(localStorage).some((key) => key.startsWith('nf-outbox:'))`

// What arrived, and whose answer was lost with the page, is not offered as if it had not.
func TestAutosave_OffersNothingThatIsSaved(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	u, site := startUnreliable(t)
	b := open(t, site)
	b.expects("Failed to load resource")
	b.agreesToLeave()
	signIn(b, "ben@neoforge.test", "/studio")
	noOffer := editorElement + `.shadowRoot.querySelector('.offer') === null`
	leave := func() {
		t.Helper()
		// At once, before it is tried again: as of a page that was closed before it knew.
		b.until("it waits", draftStateIs+`'waiting' && !`+editorElement+`._saving && `+editorElement+`._waiting?.key ? (
			Object.keys(localStorage).filter((key) => key.startsWith('nf-outbox:')).forEach((key) => localStorage.removeItem(key)),
			`+editorElement+`._endWaiting(false), true) : false`)
		u.how.Store("")
		b.reopen()
		b.editorWakes()
	}
	b.visit("/studio/posts/new")
	b.savesByItself()
	u.how.Store("loses the answer")
	b.titled("Arrived all the same")
	leave()
	b.until("the new post is there, and said to be", nothingWaits+` && document.querySelector('[name=title]').value === '' && `+editorElement+`.shadowRoot.querySelector('.offer').textContent.includes('“Arrived all the same”, which you wrote here, is saved')`)

	b.savesByItself()
	b.fill("title", "Its slug is made")
	b.until("a draft", savedByItself+` && location.pathname !== '/studio/posts/new' && document.querySelector('[name=slug]').value === ''`)
	u.how.Store("loses the answer")
	b.writes("Sent as the page went.")
	leave()
	b.until("the words are the server's, and not offered", nothingWaits+` && `+noOffer+` && document.querySelector('[name=body_markdown]').value === 'Sent as the page went.' && document.querySelector('[name=slug]').value === 'its-slug-is-made'`)

	// A slug alone that was not saved is something to offer.
	b.run(`(() => {
		const slug = document.querySelector('[name=slug]');
		slug.value = 'another';
		slug.dispatchEvent(new InputEvent('input', {bubbles: true}));
	})()`)
	b.until("it is kept", `Object.values(localStorage).some((v) => v.includes('another'))`)
	b.reopen()
	b.editorWakes()
	b.until("it is offered", editorElement+`.shadowRoot.querySelector('.offer')?.textContent.includes('was not saved')`)
}

// What waits while a session ends goes in the name of who wrote it, when they are back; nothing of it is left to be sent again.
func TestAutosave_LeavesNothingWaitingOverASignIn(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	u, b := beginsOnAnUnreliableLine(t)
	b.fill("title", "Over a sign-in")
	b.until("a draft", savedByItself+` && location.pathname !== '/studio/posts/new'`)
	at := b.path()
	waits := draftStateIs + `'waiting' && !` + editorElement + `._saving && ` + editorElement + `._waiting?.key`
	signedOut := editorElement + `.shadowRoot.querySelector('[role=alert]')?.textContent.includes('You are signed out')`
	interrupted := func(text string) {
		t.Helper()
		u.how.Store("cuts")
		b.writes(text)
		b.until("it waits", waits)
		if _, err := chromedp.Call(b.ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
			t.Fatal(err)
		}
		u.how.Store("")
		b.run(`dispatchEvent(new Event('online'))`)
		b.until("who is signed out is told", signedOut)
	}
	as := func(email string) *browser {
		t.Helper()
		tab := b.tab()
		tab.visit("/login?return_to=/studio")
		tab.press("Development sign-in")
		tab.choose(fmt.Sprintf(`button[name="email"][value=%q]`, email))
		tab.until("signed in", `location.pathname === '/studio'`)
		return tab
	}
	interrupted("Cut.")
	as("ben@neoforge.test")
	b.writes(" Gone on.")
	b.until("it is saved, and nothing waits", savedByItself+` && `+nothingWaits)

	interrupted(" Closed.")
	b.visit("/login")
	ada := as("ada@neoforge.test")
	ada.until("nothing is sent in another name, nor shown to them", `Object.keys(localStorage).filter((key) => key.startsWith('nf-outbox:')).length === 1 && document.querySelector('nf-platform-outbox') === null`)
	if _, err := chromedp.Call(b.ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	ben := as("ben@neoforge.test")
	ben.until("it is sent", nothingWaits)
	ben.visit(at)
	ben.until("all of it is there", `document.querySelector('[name=body_markdown]')?.value === 'Cut. Gone on. Closed.'`)
}

// While little is left of the limit of requests, it is left to what somebody does by hand.
func TestAutosave_LeavesRoomInTheLimitOfRequests(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, p *program.Program) {
		b := open(t, p.URL)
		b.agreesToLeave()
		signIn(b, "ben@neoforge.test", "/studio")
		b.visit("/studio/posts/new")
		b.savesByItself()
		b.fill("title", "Saved in a crowd")
		b.until("a draft", savedByItself+` && location.pathname !== '/studio/posts/new'`)
		b.run(`(() => {
			const ask = window.fetch;
			window.left = 149;
			window.fetch = async (path, how) => {
				const answered = await ask(path, how);
				const headers = new Headers(answered.headers);
				headers.set('RateLimit-Policy', '"address";q=600;w=86400');
				headers.set('RateLimit', '"address";r=' + window.left + ';t=1');
				return new Response(answered.body, {status: answered.status, headers});
			};
		})()`)
		b.writes("The last that fits.")
		b.until("saved", savedByItself)
		b.writes(" One too many.")
		b.until("it stays in this browser", draftStateIs+`'here'`)
		if read(b, chromedp.Evaluate[bool](`(() => { `+editorElement+`._autosave(); return `+editorElement+`._saving; })()`)) {
			t.Error("it is saved by itself, though little is left")
		}
		b.run(`window.left = 151`)
		b.run(pressSave)
		b.until("by hand it is saved", isSaved)
		b.writes(" There is room again.")
		b.until("it goes on by itself", savedByItself)
	})
}

// What was kept in the browser is older than what somebody saved: by itself it is not written over that. And who presses
// a button long after another that was refused presses that one alone.
func TestAutosave_PressesNothingAndAsksBeforeItWritesOver(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	ben := p.SignedIn(t, "ben@neoforge.test")
	post := ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts", map[string]string{"title": "Two hands", "body_markdown": "One.", "visibility": "public"})
	api, at := fmt.Sprintf("%s/api/v1/posts/%s", p.URL, post["id"]), fmt.Sprintf("/studio/posts/%s", post["id"])
	now := func() (text, status, version string) {
		t.Helper()
		post := ask(t, ben, http.MethodGet, api, nil)
		return fmt.Sprint(post["body_markdown"]), fmt.Sprint(post["status"]), fmt.Sprintf("%q", fmt.Sprint(post["version"]))
	}
	b := open(t, p.URL)
	b.expects("the server responded with a status of 4") // what is refused
	b.agreesToLeave()
	signIn(b, "ben@neoforge.test", at)
	b.editorWakes()
	b.typed(" Mine.")
	b.visit("/studio")
	_, _, version := now()
	patch(t, ben, api, `{"body_markdown":"Theirs."}`, version)
	b.visit(at)
	b.savesByItself()
	b.restores("One. Mine.")
	b.writes(" More.")
	const conflict = editorElement + `.shadowRoot.querySelector('[role=alert]')?.textContent.includes('Somebody saved this post')`
	b.until("it asks", conflict)
	if text, _, _ := now(); text != "Theirs." {
		t.Errorf("theirs became %q", text)
	}
	overTheirs := `[...` + editorElement + `.shadowRoot.querySelectorAll('[role=alert] button')].find((b) => b.textContent.includes('over theirs')).click()`
	b.run(overTheirs)
	b.until("it is saved over theirs", isSaved)

	b.run(editorElement + `.autosavePause = 0`)
	slug := func(is string) {
		b.run(fmt.Sprintf(`(() => {
			const slug = document.querySelector('[name=slug]');
			slug.value = %q;
			slug.dispatchEvent(new InputEvent('input', {bubbles: true}));
		})()`, is))
	}
	slug("Not A Slug")
	b.run(`document.querySelector('button[value=publish]').click()`)
	b.until("publishing is refused", editorElement+`.shadowRoot.querySelector('[role=alert]')?.textContent.includes('The slug may have')`)
	b.savesByItself()
	slug("two-hands")
	b.until("mended, it is saved by itself", savedByItself)
	_, _, version = now()
	patch(t, ben, api, `{"body_markdown":"Theirs again."}`, version)
	b.writes(" Unfinished.")
	b.until("it asks again", conflict)
	b.run(overTheirs)
	b.until("it is saved", isSaved)
	if text, status, _ := now(); !strings.HasSuffix(text, "Unfinished.") || status != "draft" {
		t.Errorf("it is %s: %q", status, text)
	}
}
