package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/neoforge-dev/neoforge/tests/harness"
)

// served is a release that is stopped and started again on its port, with its database.
type served struct {
	t       *testing.T
	binary  string
	environ []string
	site    string
	serving *exec.Cmd
	log     bytes.Buffer
}

func (s *served) command(stdin string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(s.t.Context()), s.binary, args...)
	cmd.Dir, cmd.Env, cmd.Stdin = s.t.TempDir(), s.environ, strings.NewReader(stdin)
	return cmd
}

func (s *served) start() {
	s.t.Helper()
	s.serving = s.command("", "serve")
	s.serving.Stdout, s.serving.Stderr = &s.log, &s.log
	if err := s.serving.Start(); err != nil {
		s.t.Fatal(err)
	}
	eventually(s.t, "the release", func() bool {
		res, err := http.Get(s.site + "/readyz")
		return err == nil && res.Body.Close() == nil && res.StatusCode == http.StatusOK
	})
}

func (s *served) stop() {
	s.t.Helper()
	if s.serving == nil {
		return
	}
	serving := s.serving
	s.serving = nil
	if err := serving.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Error(err)
	}
	if err := serving.Wait(); err != nil {
		s.t.Errorf("%v\n%s", err, &s.log)
	}
}

const (
	editor = `document.querySelector('nf-content-editor')`
	// keptPaths are the pages that the browser keeps, in the order of their paths.
	keptPaths = `(async () => await caches.has('neoforge-pages') ? (await (await caches.open('neoforge-pages')).keys()).map((k) => new URL(k.url).pathname).sort().join() : '')()`
	// heldTexts is everything that any cache of the browser holds.
	heldTexts = `(async () => { let all = ''; for (const name of await caches.keys()) { const cache = await caches.open(name); for (const key of await cache.keys()) if (!key.url.includes('/assets/') && !key.url.includes('/sw.js')) all += key.url + (await (await cache.match(key)).text()); } return all; })()`
	offline   = `document.querySelector('h1')?.textContent === 'You are offline'`
)

// An author reads and writes with a release whose server is stopped: public pages that
// they read open as visitors get them, theirs do not, and what they save is sent when the
// server is back.
func readsAndWritesOffline(t *testing.T, binary string) {
	harness.Chromium(t)
	port := harness.Port(t)
	s := &served{t: t, binary: binary, site: fmt.Sprintf("http://localhost:%d", port)}
	s.environ = []string{
		"APP_ENV=development", fmt.Sprintf("ADDR=127.0.0.1:%d", port), "ADMIN_ADDR=off", "BASE_URL=" + s.site, "DRAIN_DELAY=0s", "RATE_LIMIT=off",
		"DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "board.db"),
	}
	const password = "a long sentence that nobody guesses 7"
	for _, args := range [][]string{{"migrate", "up"}, {"user", "create", "--email=ben@board.example", "--name=Ben", "--role=author", "--password-stdin"}} {
		if out, err := s.command(password+"\n", args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
	}
	s.start()
	t.Cleanup(s.stop)

	b := open(t, s.site)
	b.visit("/login?return_to=/studio")
	b.types(map[string]string{"email": "ben@board.example", "password": password})
	b.press(`main form[action="/login"] button[type=submit], main form[action="/login"] button:not([type])`)
	b.until("the studio", `location.pathname === '/studio'`)
	write := func(title, slug, visibility, text string) {
		b.ask(fmt.Sprintf(`(async () => {
			const headers = {'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID()};
			const made = await (await fetch('/api/v1/posts', {method: 'POST', headers, body: JSON.stringify({title: %q, slug: %q, visibility: %q, body_markdown: %q})})).json();
			const published = await fetch('/api/v1/posts/' + made.id + '/publish', {method: 'POST', headers: {'If-Match': '"' + made.version + '"'}});
			if (!published.ok) throw new Error(await published.text());
			return made.id;
		})()`, title, slug, visibility, text))
	}
	write("Salt & <iron>", "salt-iron", "public", "Everybody reads this.")
	write("For members", "for-members", "members", "Only members read this.")
	write("For subscribers", "for-subscribers", "paid", "Only subscribers read this.")

	// What is read is kept as a visitor gets it: the first page too, which brings the worker.
	b.visit("/posts/salt-iron?from=a-mail")
	b.until("who reads is known", `document.body.textContent.includes('Sign out')`)
	b.until("the worker is there", `navigator.serviceWorker.ready.then(() => true)`)
	b.until("the first page is kept", keptPaths+`.then((kept) => kept === '/posts/salt-iron')`)
	for path, text := range map[string]string{"/posts/for-members": "Only members read this.", "/posts/for-subscribers": "Only subscribers read this."} {
		b.visit(path)
		b.until("the author reads all of it", fmt.Sprintf(`document.body.textContent.includes(%q) && navigator.serviceWorker.controller !== null`, text))
	}
	b.visit("/notices")
	b.until("the board", `document.querySelector('nf-notices-board') !== null`)
	b.until("all of them are kept", keptPaths+`.then((kept) => kept === '/notices,/posts/for-members,/posts/for-subscribers,/posts/salt-iron')`)
	for _, path := range []string{"/account", "/studio", "/billing", "/posts", "/posts/not-there"} {
		b.visit(path)
	}
	held := b.ask(heldTexts)
	for _, private := range []string{"Only members", "Only subscribers", "Sign out", "ben@board.example", "/studio/posts/", "/account/profile", "not-there"} {
		if strings.Contains(held, private) {
			t.Errorf("a cache holds %q", private)
		}
	}
	if !strings.Contains(held, "Everybody reads this.") || !strings.Contains(held, "/offline") {
		t.Error("the caches do not hold what they should")
	}

	b.visit("/studio/posts/new")
	b.until("the editor wakes", editor+`?.hasUpdated === true && `+editor+`._key !== ''`)
	b.run(editor + `.autosavePause = 0`) // the connection ends before anything is saved
	b.types(map[string]string{"title": "Written without a connection", "body_markdown": "Begun in a tunnel."})
	s.stop()
	b.run(`document.querySelector('button[value=save]').click()`)
	b.until("it is told that it is kept", editor+`.shadowRoot.querySelector('[role=alert]')?.textContent.includes('It is saved as soon as the server can be reached')`)
	b.until("it is kept to be sent", `Object.keys(localStorage).some((key) => key.startsWith('nf-outbox:'))`)

	b.visit("/posts/salt-iron")
	b.until("the public post", `document.body.textContent.includes('Everybody reads this.') && !document.body.textContent.includes('Sign out')`)
	b.until("it is styled", `getComputedStyle(document.querySelector('.site-header')).display !== 'inline' && document.styleSheets.length > 0`)
	b.visit("/posts/for-members")
	b.until("the open part of what is for members", `document.querySelector('h1')?.textContent.includes('For members') && !document.body.textContent.includes('Only members read this.')`)
	b.visit("/notices")
	b.until("the product's own page", `document.querySelector('nf-notices-board')?.shadowRoot !== null && document.querySelector('h1').textContent === 'Notices'`)
	b.visit("/account?from=here")
	b.until("the offline page", offline)
	b.until("what is kept, by title", `[...document.querySelector('nf-platform-offline')?.shadowRoot?.querySelectorAll('ul a') ?? []].map((a) => a.textContent).sort().join() === 'For members,For subscribers,Notices,Salt & <iron>'`)
	b.until("the button leads to the page that was wanted", `document.querySelector('[data-again]').getAttribute('href') === '/account?from=here' && !document.body.textContent.includes('Sign out')`)
	b.picture("offline")

	s.start()
	b.run(`dispatchEvent(new Event('online'))`)
	b.until("the page that was wanted comes by itself", `location.pathname === '/account' && !(`+offline+`)`)
	b.until("what was written is sent from there", `document.querySelector('nf-platform-outbox')?.textContent.includes('“Written without a connection”, which you wrote offline, is saved.')`)
	b.until("nothing waits any more", `!Object.keys(localStorage).some((key) => /^nf-(outbox|draft):/.test(key))`)
	b.visit("/studio")
	b.until("it is one post", `[...document.querySelectorAll('main a')].filter((a) => a.textContent.trim() === 'Written without a connection').length === 1`)

	// Who signs out leaves nothing of what they read and wrote.
	b.run(`localStorage.setItem('nf-outbox:' + document.querySelector('script[data-user]').dataset.user + ':1', '{}')`)
	b.run(`document.querySelector('form[action="/logout"]').requestSubmit()`)
	b.until("signed out", `location.pathname === '/' && document.body.innerText.includes('Sign in')`)
	b.until("nothing is kept", keptPaths+`.then((kept) => kept === '' && Object.keys(localStorage).length === 0)`)
	s.stop()
	b.visit("/posts/salt-iron")
	b.until("the offline page, which has nothing", offline+` && customElements.get('nf-platform-offline') !== undefined && document.querySelector('nf-platform-offline').shadowRoot.querySelector('.empty') !== null`)
}
