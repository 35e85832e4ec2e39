package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

const (
	editorElement = `document.querySelector('nf-content-editor')`
	surface       = editorElement + `._surface` // where its author writes
	written       = `document.querySelector('[name=body_markdown]').nextElementSibling.shadowRoot.querySelector('.cm-content')`
)

// TestStudio_LosesNothingThatWasTyped has an author write while the session ends, while
// somebody else saves, in two tabs, and leave the browser to the next person.
func TestStudio_LosesNothingThatWasTyped(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, p *program.Program) {
		b := open(t, p.URL)
		b.expects("the server responded with a status of 4") // what is refused here, is meant to be
		signIn(b, "ben@neoforge.test", "/studio")
		b.visit("/studio/posts/new")
		b.editorWakes()
		b.fill("title", "Kept while it is written")
		b.fill("body_markdown", "One sentence.")

		// Saved without leaving the page: the caret stays where it is.
		b.run(surface + `.select(3, 3)`)
		b.run(`document.querySelector('button[value=save]').click()`)
		b.until("it is saved", editorElement+`.shadowRoot.querySelector('.note').textContent.includes('Saved.') && /^\/studio\/posts\/[0-9a-f-]{36}$/.test(location.pathname)`)
		b.until("the caret and the address stay", surface+`.selection().start === 3 && document.querySelector('[name=slug]').value === 'kept-while-it-is-written'`)
		b.until("no draft is left", `!Object.keys(localStorage).some((key) => key.startsWith('nf-draft:'))`)
		at := b.path()
		id := strings.TrimPrefix(at, "/studio/posts/")

		// Somebody else saves meanwhile.
		ben := p.SignedIn(t, "ben@neoforge.test")
		b.typed(" Mine.")
		patch(t, ben, p.URL+"/api/v1/posts/"+id, `{"body_markdown":"Theirs."}`, `"1"`)
		b.run(`document.querySelector('button[value=save]').click()`)
		b.until("the conflict is told", editorElement+`.shadowRoot.querySelector('[role=alert]')?.textContent.includes('Somebody saved this post')`)
		b.run(`[...` + editorElement + `.shadowRoot.querySelectorAll('[role=alert] button')].find((b) => b.textContent.includes('over theirs')).click()`)
		b.until("it is saved over theirs", editorElement+`.shadowRoot.querySelector('.note').textContent.includes('Saved.')`)
		if text := read(b, chromedp.Evaluate[string](`fetch('/api/v1/posts/`+id+`/revisions').then((r) => r.json()).then((r) => r.items.map((i) => i.body_markdown).join(' | '))`, chromedp.EvalAwaitPromise)); !strings.Contains(text, "Mine.") || !strings.Contains(text, "Theirs.") {
			t.Errorf("the revisions are %q", text)
		}

		// The session ends while they write.
		b.typed(" Written without a session.")
		endSessions(t, p, "ben@neoforge.test")
		b.run(`document.querySelector('button[value=save]').click()`)
		b.until("who is signed out is told", editorElement+`.shadowRoot.querySelector('[role=alert]')?.textContent.includes('You are signed out')`)
		b.run(editorElement + `.shadowRoot.querySelector('[role=alert] a').click()`)
		b.until("the sign-in page", `location.pathname === '/login' && document.readyState === 'complete'`)
		b.press("Development sign-in")
		b.choose(`button[name="email"][value="ben@neoforge.test"]`)
		b.until("the text is back", `location.pathname === `+fmt.Sprintf("%q", at)+` && document.querySelector('[name=body_markdown]')?.value.includes('Written without a session.')`)

		b.run(`document.querySelector('button[value=save]').click()`)
		b.until("it is saved", editorElement+`.shadowRoot.querySelector('.note').textContent.includes('Saved.')`)

		// Another tab of the same browser does not share it, nor is it offered the draft of one that is open.
		other := b.tab()
		other.visit("/studio/posts/new")
		other.editorWakes()
		other.typed("In the second tab.")
		b.visit("/studio/posts/new")
		b.editorWakes()
		b.typed("In the first tab.")
		b.until("each has its own", `Object.keys(localStorage).filter((key) => key.includes(':new:')).length === 2`)
		other.until("no offer", editorElement+`.shadowRoot.querySelector('.offer') === null`)

		// The next person at this browser is offered nothing of it.
		b.do("sign out", chromedp.Evaluate[chromedp.Void](`fetch('/logout', {method: 'POST'}).then(() => undefined)`, chromedp.EvalAwaitPromise))
		next := b.tab()
		next.visit("/login?return_to=/studio/posts/new")
		next.press("Development sign-in")
		next.choose(`button[name="email"][value="ada@neoforge.test"]`)
		next.until("the editor", `location.pathname === '/studio/posts/new'`)
		next.editorWakes()
		next.until("no offer", editorElement+`.shadowRoot.querySelector('.offer') === null && document.querySelector('[name=body_markdown]').value === ''`)
	})
}

// What the browser would fill in over Back was saved since, and somebody else saved after it.
func TestStudio_ShowsWhatOthersSavedOverBack(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	b := open(t, p.URL)
	b.agreesToLeave()
	signIn(b, "ben@neoforge.test", "/studio")
	b.visit("/studio/posts/new")
	b.editorWakes()
	b.fill("title", "Shared work")
	b.typed("First.")
	b.run(`document.querySelector('button[value=save]').click()`)
	b.until("it is saved", editorElement+`.shadowRoot.querySelector('.note').textContent.includes('Saved.')`)
	at := b.path()
	b.visit(at)
	b.editorWakes()
	b.typed(" Ben's.")
	b.run(`document.querySelector('button[value=save]').click()`)
	b.until("it is saved", editorElement+`.shadowRoot.querySelector('.note').textContent.includes('Saved.')`)
	b.run(`location.href = '/studio'`)
	b.until("the list", `location.pathname === '/studio'`)
	patch(t, p.SignedIn(t, "ben@neoforge.test"), p.URL+"/api/v1/posts/"+strings.TrimPrefix(at, "/studio/posts/"), `{"body_markdown":"The other editor's long work."}`, `"2"`)
	b.run(`setTimeout(() => history.back())`) // the page may be gone before it has answered
	b.until("the editor", fmt.Sprintf(`location.pathname === %q`, at))
	b.editorWakes()
	b.until("what is saved now", `document.querySelector('[name=body_markdown]').value === "The other editor's long work." && `+editorElement+`.shadowRoot.querySelector('.offer') === null`)
}

// A page of somebody who has signed out does nothing in the name of whoever signed in
// in another tab.
func TestStudio_SavesNothingInAnotherPersonsName(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}})
	b := open(t, p.URL)
	b.expects("the server responded with a status of 4")
	signIn(b, "ben@neoforge.test", "/studio")
	b.visit("/studio/posts/new")
	b.editorWakes()
	b.fill("title", "Written by Ben")
	b.typed("His own words.")
	other := b.tab()
	other.visit("/account")
	other.run(`fetch('/logout', {method: 'POST'})`)
	b.until("nobody is signed in", `fetch('/api/v1/me').then((r) => r.status === 401)`)
	next := b.tab()
	next.visit("/login?return_to=/studio")
	next.press("Development sign-in")
	next.choose(`button[name="email"][value="ada@neoforge.test"]`)
	next.until("Ada is signed in", `location.pathname === '/studio'`)

	b.run(`document.querySelector('button[value=save]').click()`)
	b.until("it is told", editorElement+`.shadowRoot.querySelector('[role=alert]')?.textContent.includes('Somebody else is signed in')`)
	b.until("the text is kept", `Object.entries(localStorage).some(([key, v]) => v.includes('His own words.'))`)
	ada := p.SignedIn(t, "ada@neoforge.test")
	if got := body(t, ada, p.URL+"/api/v1/posts?limit=50"); strings.Contains(got, "Written by Ben") {
		t.Error("Ada has a post of Ben's")
	}
	// So with plain forms, whatever they are for.
	other.run(`document.querySelector('form[action="/account/profile"] [name=name]').value = 'Benjamin'`)
	other.run(`document.querySelector('form[action="/account/profile"]').requestSubmit()`)
	other.until("nothing was done", `document.body.textContent.includes('Somebody else has signed in')`)
	if got := body(t, ada, p.URL+"/api/v1/me"); strings.Contains(got, "Benjamin") {
		t.Error("Ada is called Benjamin")
	}
}

// body is what a page answers with.
func body(t *testing.T, c *http.Client, url string) string {
	t.Helper()
	res, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v", url, res.StatusCode, err)
	}
	return string(raw)
}

func (b *browser) editorWakes() {
	b.tb.Helper()
	b.until("the editor wakes", editorElement+`?.hasUpdated === true && `+editorElement+`._key !== '' && `+surface+`.kind === 'rich'`)
}

func (b *browser) run(script string) {
	b.tb.Helper()
	b.do("run "+script, chromedp.Evaluate[chromedp.Void](`void (`+strings.TrimSpace(script)+`)`))
}

// typed adds to the end of the text as typing does, and waits for the draft.
func (b *browser) typed(text string) {
	b.tb.Helper()
	b.run(`(() => {
		const insert = ` + fmt.Sprintf("%q", text) + `;
		const {text: {length: at}} = ` + surface + `.selection();
		` + surface + `.change({from: at, to: at, insert, start: at + insert.length, end: at + insert.length});
	})()`)
	b.until("a draft is kept", fmt.Sprintf(`Object.values(localStorage).some((v) => v.includes(%q))`, text))
}

// tab opens another tab of the same browser.
func (b *browser) tab() *browser {
	b.tb.Helper()
	ctx, stop := chromedp.NewContext(b.ctx)
	b.tb.Cleanup(stop)
	t := &browser{tb: b.tb, ctx: ctx, site: b.site}
	if err := chromedp.Do(ctx); err != nil {
		b.tb.Fatalf("open a tab: %v", err)
	}
	t.savesByHand()
	return t
}

func patch(t *testing.T, c *http.Client, url, body, version string) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPatch, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("If-Match", version)
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d", url, res.StatusCode)
	}
}

// endSessions has an administrator sign somebody out everywhere.
func endSessions(t *testing.T, p *program.Program, email string) {
	t.Helper()
	ada := p.SignedIn(t, "ada@neoforge.test")
	who := p.SignedIn(t, email)
	res, err := who.Get(p.URL + "/api/v1/me")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var me struct{ ID string }
	mustDecode(t, res, &me)
	out, err := ada.Post(p.URL+"/api/v1/admin/users/"+me.ID+"/sign-out", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	if out.StatusCode != http.StatusNoContent {
		t.Fatalf("sign out: %d", out.StatusCode)
	}
}

func mustDecode(t *testing.T, res *http.Response, into any) {
	t.Helper()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// unreliable stands before a program and does to saves what networks do.
type unreliable struct {
	*httputil.ReverseProxy
	how     atomic.Value  // of string: "", "refuses", "is busy", "cuts", "loses the answer", "lets readers wait" and cuts
	sent    atomic.Int64  // how many saves came
	answers chan struct{} // closed: readers wait no longer
}

func (u *unreliable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	how, _ := u.how.Load().(string)
	if how == "lets readers wait" && r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/v1/posts/") {
		select {
		case <-u.answers:
		case <-r.Context().Done():
		}
	}
	if !strings.HasPrefix(r.URL.Path, "/api/v1/posts") || r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/preview") {
		how = ""
	} else {
		u.sent.Add(1)
	}
	switch how {
	case "is busy":
		w.Header().Set("Retry-After", "120")
		http.Error(w, "too busy", http.StatusServiceUnavailable)
	case "refuses":
		http.Error(w, "the server is away", http.StatusBadGateway)
	case "cuts", "lets readers wait":
		panic(http.ErrAbortHandler)
	case "loses the answer":
		u.ReverseProxy.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	default:
		u.ReverseProxy.ServeHTTP(w, r)
	}
}

func startUnreliable(t *testing.T) (*unreliable, string) {
	t.Helper()
	u := &unreliable{answers: make(chan struct{})}
	front := httptest.NewUnstartedServer(u)
	front.Config.ErrorLog = log.New(io.Discard, "", 0) // what it cuts, is meant
	front.Start()
	t.Cleanup(front.Close)
	site := strings.Replace(front.URL, "127.0.0.1", "localhost", 1)
	p := program.Start(t, program.Options{BaseURL: site, Environ: []string{"RATE_LIMIT=off", "TRUSTED_PROXIES=127.0.0.1/32"}})
	target, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.ReverseProxy = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.SetXForwarded()
		r.Out.Host = r.In.Host
	}}
	return u, site
}

const (
	pressSave = `document.querySelector('button[value=save]').click()`
	isSaved   = editorElement + `.shadowRoot.querySelector('.note').textContent.includes('Saved.')`
	isTold    = editorElement + `.shadowRoot.querySelector('[role=alert]')?.textContent.includes('The text is kept in this browser.')`
	noDraft   = `!Object.keys(localStorage).some((key) => key.startsWith('nf-draft:'))`
)

// TestStudio_KeepsTheTextWhenASaveFails has saves refused, cut, and their answers lost.
func TestStudio_KeepsTheTextWhenASaveFails(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	u, site := startUnreliable(t)
	b := open(t, site)
	b.expects("Failed to load resource") // the saves that fail
	signIn(b, "ben@neoforge.test", "/studio")
	b.visit("/studio/posts/new")
	b.editorWakes()
	b.fill("title", "Kept when a save fails")
	b.typed("Begun.")
	for _, how := range []string{"refuses", "cuts"} {
		u.how.Store(how)
		b.run(pressSave)
		b.until(how+": it is told", isTold)
		b.until(how+": the draft stays", `Object.values(localStorage).some((v) => v.includes('Begun.'))`)
		b.reopen()
		b.restores("Begun.")
	}
	u.how.Store("")
	b.run(pressSave)
	b.until("it is saved", isSaved+` && /^\/studio\/posts\/[0-9a-f-]{36}$/.test(location.pathname)`)
	b.until("no draft is left", noDraft)

	// A save that arrived and whose answer was lost is no conflict with somebody else.
	b.typed(" Sent and not answered.")
	u.how.Store("loses the answer")
	b.run(pressSave)
	b.until("it is told", isTold)
	b.until("the draft stays", `Object.values(localStorage).some((v) => v.includes('not answered'))`)
	u.how.Store("")
	b.run(`dispatchEvent(new Event('online'))`) // it is sent by itself
	b.until("it is saved", isSaved+` && `+editorElement+`.shadowRoot.querySelector('[role=alert]') === null`)
	b.until("no draft is left", noDraft+` && !Object.keys(localStorage).some((key) => key.startsWith('nf-outbox:'))`)
}

// TestStudio_MakesOnePostOfADraftThatIsSentAgain loses the answer to the first save of a
// new post, which is then saved from the same page, from the page opened anew, and after
// the post was changed elsewhere.
func TestStudio_MakesOnePostOfADraftThatIsSentAgain(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	u, site := startUnreliable(t)
	b := open(t, site)
	b.expects("Failed to load resource") // the saves that fail
	signIn(b, "ben@neoforge.test", "/studio")
	saved := isSaved + ` && /^\/studio\/posts\/[0-9a-f-]{36}$/.test(location.pathname)`
	posts := func(title string) string {
		return fmt.Sprintf(`[...document.querySelectorAll('main a')].filter((a) => a.textContent.trim() === %q).length`, title)
	}
	for _, anew := range []bool{false, true} {
		title := fmt.Sprintf("Sent again, opened anew: %t", anew)
		b.visit("/studio/posts/new")
		b.editorWakes()
		b.fill("title", title)
		b.typed("Begun.")
		u.how.Store("loses the answer")
		b.run(pressSave)
		b.until("it is told", isTold)
		u.how.Store("")
		if anew {
			b.reopen()
			b.editorWakes()
			b.until("what is saved is not offered, but led to", editorElement+`.shadowRoot.querySelector('.offer a')?.getAttribute('href').startsWith('/studio/posts/')`)
			b.run(editorElement + `.shadowRoot.querySelector('.offer a').click()`)
			b.until("it is there", `location.pathname !== '/studio/posts/new' && document.querySelector('[name=body_markdown]')?.value === 'Begun.'`)
			b.editorWakes()
		}
		b.typed(" And more.")
		b.run(pressSave)
		b.until("it is saved", saved)
		b.until("no draft is left", noDraft)
		at := b.path()
		b.visit("/studio")
		b.until("it is one post", posts(title)+` === 1`)
		b.visit(at)
		b.until("with all of the text", `document.querySelector('[name=body_markdown]').value === 'Begun. And more.'`)
	}
	// Saved since, elsewhere: that is a conflict, told as one of the post that it is.
	b.visit("/studio/posts/new")
	b.editorWakes()
	b.fill("title", "Sent again and changed since")
	b.typed("Begun.")
	u.how.Store("loses the answer")
	b.run(pressSave)
	b.until("it is told", isTold)
	u.how.Store("")
	id := read(b, chromedp.Evaluate[string](editorElement+`.data.draft.id`))
	b.do("change it elsewhere", chromedp.Evaluate[chromedp.Void](`fetch('/api/v1/posts/`+id+`', {method: 'PATCH', headers: {'Content-Type': 'application/json', 'If-Match': '"1"'}, body: '{"body_markdown":"Theirs."}'}).then((r) => { if (!r.ok) throw r.status; })`, chromedp.EvalAwaitPromise))
	b.typed(" Mine.")
	b.run(pressSave)
	b.until("the conflict is told", editorElement+`.shadowRoot.querySelector('[role=alert]')?.textContent.includes('Somebody saved this post') && location.pathname === '/studio/posts/`+id+`'`)
	b.run(`[...` + editorElement + `.shadowRoot.querySelectorAll('[role=alert] button')].find((b) => b.textContent.includes('over theirs')).click()`)
	b.until("it is saved over theirs", isSaved)
	b.until("no draft is left", noDraft)
}

// TestStudio_KeepsTheTextOverBackAndForward leaves the page the moment something was
// typed, before the pause after which a draft is kept.
func TestStudio_KeepsTheTextOverBackAndForward(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	b := open(t, program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}}).URL)
	b.agreesToLeave()
	signIn(b, "ben@neoforge.test", "/studio")
	b.visit("/studio/posts/new")
	b.editorWakes()
	b.fill("title", "Kept over Back")
	b.run(`(() => { ` + surface + `.change({from: 0, to: 0, insert: 'Left at once.', start: 0, end: 0}); location.href = '/posts'; })()`)
	b.until("the posts", `location.pathname === '/posts'`)
	b.until("the draft is kept", `Object.values(localStorage).some((v) => v.includes('Left at once.'))`)
	for range 2 {
		b.run(`setTimeout(() => history.back())`) // the page may be gone before it has answered
		b.until("the editor", `location.pathname === '/studio/posts/new'`)
		b.restores("Left at once.")
		b.until("it is still a draft", `Object.values(localStorage).some((v) => v.includes('Left at once.') && v.includes('Kept over Back'))`)
		b.run(`setTimeout(() => history.forward())`)
		b.until("the posts", `location.pathname === '/posts'`)
	}
	b.visit("/studio/posts/new")
	b.restores("Left at once.")
}

// TestDrafts_GoWithThePersonWhoSignsOut signs out on a shared computer.
func TestDrafts_GoWithThePersonWhoSignsOut(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	b := open(t, program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}}).URL)
	b.agreesToLeave()
	signIn(b, "ben@neoforge.test", "/studio")
	b.visit("/studio/posts/new")
	b.run(`localStorage.setItem('nf-draft:somebody-else:new:t', '{}')`)
	b.editorWakes()
	b.typed("Of the one who leaves.")
	b.run(`document.querySelector('form[action="/logout"]').requestSubmit()`) // with the editor open, which keeps what is typed as it goes
	b.until("signed out", `location.pathname === '/' && document.body.innerText.includes('Sign in')`)
	b.until("theirs is gone and the other's stays", `Object.keys(localStorage).filter((key) => key.startsWith('nf-draft:')).join() === 'nf-draft:somebody-else:new:t'`)
}

// TestDrafts_OfAnAdministratorOutliveAnImpersonation writes, acts for somebody, and
// comes back to what was written.
func TestDrafts_OfAnAdministratorOutliveAnImpersonation(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	b := open(t, program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off"}}).URL)
	b.agreesToLeave()
	signIn(b, "ada@neoforge.test", "/studio")
	b.visit("/studio/posts/new")
	b.editorWakes()
	b.typed("The administrator's own.")
	actFor(b, "Ben")
	b.visit("/studio/posts/new")
	b.editorWakes()
	b.typed("Typed in Ben's name.")
	b.visit("/account")
	stopActing(b, "Ben")
	b.until("what was typed in their name is gone", `Object.keys(localStorage).filter((key) => key.startsWith('nf-draft:')).length === 1`)
	b.visit("/studio/posts/new")
	b.restores("The administrator's own.")
}

// restores brings the text back, whether the browser kept the page or the draft is offered.
func (b *browser) restores(text string) {
	b.tb.Helper()
	field := fmt.Sprintf(`document.querySelector('[name=body_markdown]')?.value.includes(%q)`, text)
	b.editorWakes()
	b.until("the text or its draft is there", field+` || `+editorElement+`.shadowRoot.querySelector('.offer button') !== null`)
	b.run(`document.querySelector('[name=body_markdown]').value.includes(` + fmt.Sprintf("%q", text) + `) || ` + editorElement + `.shadowRoot.querySelector('.offer button').click()`)
	b.until("the text is back", field)
}

// reopen closes the tab's page without asking whether to leave it, and opens it again.
func (b *browser) reopen() {
	b.tb.Helper()
	b.agreesToLeave()
	b.do("open the page again", chromedp.Reload())
}

// agreesToLeave presses "Leave" whenever the browser asks about unsaved work.
func (b *browser) agreesToLeave() {
	b.tb.Helper()
	if b.agrees {
		return
	}
	b.agrees = true
	dialogs := chromedp.Events(b.ctx, page.JavascriptDialogOpening)
	go func() {
		for _, err := range dialogs {
			if err != nil {
				return
			}
			if _, err := chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}); err != nil {
				return
			}
		}
	}()
}

// TestStudio_SaysBesideTheFieldThatATextIsTooLong: the editor sends nothing that no post
// may hold; without scripts a form beyond all bounds gets a page that says to go back, where
// the text still is.
func TestStudio_SaysBesideTheFieldThatATextIsTooLong(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	u, site := startUnreliable(t)
	b := open(t, site)
	b.expects("Failed to load resource") // the form that is too large
	signIn(b, "ben@neoforge.test", "/studio")
	b.visit("/studio/posts/new")
	b.editorWakes()
	b.fill("title", "Far too long")
	u.how.Store("cuts") // what is sent all the same would say so
	b.run(`(() => { const field = document.querySelector('[name=body_markdown]'); field.value = 'ö'.repeat(256001); field.dispatchEvent(new InputEvent('input', {bubbles: true})); })()`)
	said := editorElement + `.shadowRoot.querySelector('[role=alert]')?.textContent.includes('The text has 512,002 bytes, and a post may have 512,000.')`
	for _, button := range []string{"save", "publish"} {
		b.run(`document.querySelector('button[value=` + button + `]').click()`)
		b.until(button+": it is said in view, beside the field", said+` && (({top, bottom}) => top >= 0 && bottom <= innerHeight)(`+editorElement+`.shadowRoot.querySelector('[role=alert]').getBoundingClientRect()) && `+surface+`.hasFocus() && document.querySelector('[name=body_markdown]').getAttribute('aria-invalid') === 'true'`)
	}
	b.run(`(() => { const field = document.querySelector('[name=body_markdown]'); field.value = 'ö'.repeat(256000); field.dispatchEvent(new InputEvent('input', {bubbles: true})); })()`)
	b.until("it fits again", editorElement+`.shadowRoot.querySelector('[role=alert]') === null && !document.querySelector('[name=body_markdown]').hasAttribute('aria-invalid')`)
	u.how.Store("")
	b.run(pressSave)
	b.until("it is saved", isSaved)

	b.withoutScripts()
	b.visit("/studio/posts/new")
	b.run(`document.querySelector('[name=body_markdown]').focus()`)
	long := strings.Repeat("Forged in the forge. ", 110_000)
	if _, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: long}); err != nil {
		t.Fatal(err)
	}
	b.run(pressSave)
	b.eventually("the page says what to do", func() bool { return strings.Contains(b.source(), "Go back: most browsers still have what you typed") })
	if text := b.source(); !strings.Contains(text, "Sign out") {
		t.Error("the page forgot who is signed in")
	}
	b.goBack()
	b.eventually("the text is there", func() bool {
		return read(b, chromedp.Evaluate[int](`document.querySelector('[name=body_markdown]')?.value.length ?? 0`)) == len(long)
	})
}

// Two people change one post. Who saves second puts both together, block by block, and neither loses a word.
func TestStudio_PutsTwoVersionsTogetherSideBySide(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, p *program.Program) {
		b := open(t, p.URL)
		b.expects("the server responded with a status of 412")
		signIn(b, "ben@neoforge.test", "/studio")
		b.visit("/studio/posts/new")
		b.editorWakes()
		b.fill("title", "Written by two")
		b.fill("body_markdown", "First.\n\nSecond.\n\nThird.\n\nFourth.\n\nFifth.")
		b.run(pressSave)
		b.until("it is saved", isSaved)
		id := strings.TrimPrefix(b.path(), "/studio/posts/")
		patch(t, p.SignedIn(t, "ben@neoforge.test"), p.URL+"/api/v1/posts/"+id, `{"title":"Written by both","body_markdown":"First, by them.\n\nSecond.\n\nThird, by them.\n\nFourth.\n\nFifth."}`, `"1"`)
		b.run(`(() => {
			document.querySelector('[name=body_markdown]').value = 'First.\n\nSecond.\n\nThird, by me.\n\nFourth.\n\nFifth, by me.';
			document.querySelector('[name=body_markdown]').dispatchEvent(new InputEvent('input', {bubbles: true}));
		})()`)
		b.run(pressSave)
		const (
			alert  = editorElement + `.shadowRoot.querySelector('[role=alert]')`
			dialog = editorElement + `.shadowRoot.querySelector('.merging')`
		)
		button := func(within, label string) string {
			return `[...` + within + `.querySelectorAll('button')].find((e) => e.textContent === '` + label + `').click()`
		}
		b.until("the conflict is told", alert+`?.textContent.includes('Somebody saved this post')`)
		b.run(button(alert, "Compare both"))
		b.until("both are side by side, and one place is left", dialog+`?.open && `+dialog+`.querySelector('[role=status]').textContent === 'One place is left to decide.' && `+dialog+`.querySelectorAll('fieldset').length === 4`)
		b.run(button(dialog, "Put together"))
		b.until("which is asked for", dialog+`.open && `+dialog+`.querySelector('.undecided').contains(`+editorElement+`.shadowRoot.activeElement)`)
		b.run(`[...` + dialog + `.querySelectorAll('.undecided label')].find((e) => e.textContent === 'Take both').click()`)
		b.until("everything is decided", dialog+`.querySelector('[role=status]').textContent === 'Everything is decided.'`)
		b.run(button(dialog, "Put together"))
		b.until("both stand in the text", `document.querySelector('[name=body_markdown]').value === 'First, by them.\n\nSecond.\n\nThird, by me.\n\nThird, by them.\n\nFourth.\n\nFifth, by me.\n' && document.querySelector('[name=title]').value === 'Written by both' && `+alert+` === null`)
		b.run(pressSave)
		b.until("it is saved", isSaved)
		if text := read(b, chromedp.Evaluate[string](`fetch('/api/v1/posts/`+id+`/revisions').then((r) => r.json()).then((r) => r.items.map((i) => i.body_markdown).join(' | '))`, chromedp.EvalAwaitPromise)); !strings.Contains(text, "Fifth, by me.") || !strings.Contains(text, "Third, by them.\n\nFourth.\n\nFifth.") {
			t.Errorf("the revisions are %q", text)
		}
	})
}
