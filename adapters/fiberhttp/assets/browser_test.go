//go:build !release

package assets_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/remote"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/assets/bundle"
	"github.com/neoforge-dev/neoforge/adapters/islandssr"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/skips"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m)) }

const webDir = "../../../web"

// openStores answers the store of development and that of a release made now.
func openStores(t *testing.T) map[string]assets.Store {
	t.Helper()
	requirePackages(t)
	development, err := assets.Open(source(t))
	if err != nil {
		t.Fatal(err)
	}
	dist := t.TempDir()
	if _, err := bundle.Release(source(t), dist); err != nil {
		t.Fatal(err)
	}
	release, err := assets.OpenDist(os.DirFS(dist))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]assets.Store{"development": development, "release": release}
}

// source is the web folder of this repository.
func source(t *testing.T) bundle.Source {
	t.Helper()
	s, err := bundle.Folder(webDir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func requirePackages(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(webDir, "node_modules", "lit")); err == nil {
		return
	}
	skips.Missing(t, skips.Web, "the page's packages are not installed: run `npm ci --omit=dev` in web/")
}

// site is a small site with the pages that islands live on, under the policy of the real one.
type site struct {
	store   assets.Store
	islands *islandssr.Renderer
	hashes  []string

	mu     sync.Mutex
	signIn bool
	posts  []string     // bodies that the studio sent
	saves  []string     // bodies that the API was sent
	down   bool         // the API saves nothing
	begun  int          // sign-ins by passkey
	taken  bool         // a post that was read is not public any more
	next   assets.Store // a newer version's, for its worker
	asked  int          // who is signed in
	acting bool         // an administrator acts for them
}

func newSite(t *testing.T, store assets.Store) (*site, string) {
	t.Helper()
	renderer, err := islandssr.New(store.SSRBundle, islandssr.Options{
		Version: store.SSRVersion, Log: func(msg string, err error) { t.Errorf("%s: %v", msg, err) },
		Timeout: 20 * time.Second, // a machine that runs every browser test at once is slow
	})
	if err != nil {
		t.Fatal(err)
	}
	hashes, err := renderer.StyleHashes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &site{islands: renderer, hashes: hashes, store: assets.For(store, assets.Site{
		Name: "Site", Edition: "1", Pages: []string{"/posts/{slug}"}, Private: []string{"/account", "/studio"}, ShareTarget: "/studio/share",
	})}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", strings.Join([]string{
		"default-src 'none'", strings.TrimSpace("script-src 'self' " + s.store.ImportMapHash()),
		"style-src 'self' " + strings.Join(s.hashes, " "), "connect-src 'self'", "img-src 'self' data:", "font-src 'self'",
		"manifest-src 'self'", "worker-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
		"require-trusted-types-for 'script'", "trusted-types lit-html neoforge",
	}, "; "))
	s.mu.Lock()
	store := s.store
	if s.next != nil {
		store = s.next
	}
	s.mu.Unlock()
	if asset, ok := store.Lookup(r.URL.Path, r.Header.Get("Accept-Encoding")); ok {
		for name, value := range map[string]string{
			"Content-Type": asset.ContentType, "ETag": asset.ETag, "Cache-Control": asset.CacheControl,
			"Content-Encoding": asset.Encoding, "Vary": asset.Vary,
		} {
			if value != "" {
				w.Header().Set(name, value)
			}
		}
		_, _ = w.Write(asset.Body)
		return
	}
	switch r.URL.Path {
	case "/offline":
		reader := s.cached(w, r)
		island, err := s.islands.Render(r.Context(), "nf-platform-offline", map[string]string{"on": "load"}, nil, `<a href="/" data-again>Try again</a>`)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		s.page(w, r, `<h1>You are offline</h1><p>The menu of `+reader+`</p>`+island)
	case "/posts/welcome":
		reader := s.cached(w, r)
		s.page(w, r, `<h1>Welcome</h1><p>The menu of `+reader+`</p>`+strings.Repeat("<p>A long article.</p>", 200)+
			s.island(r, "nf-content-share", map[string]string{"on": "visible"}, shareData, ""))
	case "/posts/members":
		part := "The open part"
		if s.cached(w, r) != "nobody" {
			part = "What members read"
		}
		s.page(w, r, `<h1>Members</h1><p>`+part+`</p>`)
	case "/posts/taken":
		s.mu.Lock()
		taken := s.taken
		s.mu.Unlock()
		if taken {
			w.Header().Set("Cache-Control", "private, no-store")
			http.Error(w, "gone", http.StatusNotFound)
			return
		}
		s.cached(w, r)
		s.page(w, r, `<h1>Taken back later</h1>`)
	case "/posts/broken":
		w.Header().Set("Cache-Control", "private, no-store")
		http.Error(w, "trouble", http.StatusInternalServerError)
	case "/posts/private":
		w.Header().Set("Cache-Control", "private, no-store")
		s.page(w, r, `<h1>For one reader</h1>`)
	case "/form":
		s.page(w, r, `<form method="post" action="/form"><label>Remark <textarea name="remark"></textarea></label><button>Send</button></form>`)
	case "/healthz":
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"alive"}`)
	case "/press":
		s.page(w, r, s.island(r, "nf-content-share", map[string]string{"on": "interaction"}, shareData, ""))
	case "/studio":
		if r.Method == http.MethodPost {
			s.mu.Lock()
			s.posts = append(s.posts, r.FormValue("body_markdown"))
			s.mu.Unlock()
		}
		s.mu.Lock()
		text := "Hello there"
		if len(s.posts) > 0 {
			text = s.posts[len(s.posts)-1] // saved
		}
		s.mu.Unlock()
		field := `<label for="body">Text</label><textarea id="body" name="body_markdown">` + html.EscapeString(text) + `</textarea>`
		editor, err := s.islands.Render(r.Context(), "nf-content-editor", map[string]string{"on": "load"}, map[string]any{"key": "p1", "user": "u1", "version": 1}, field)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		s.page(w, r, `<form method="post" action="/studio">`+s.island(r, "nf-content-draft-state", map[string]string{"on": "load"}, nil, "")+`<input name="title" value="First">`+editor+
			`<button name="intent" value="save">Save</button></form>`)
	case "/studio/share", "/studio/returned": // with a new post: of what was shared, and as the server gives it back
		data := map[string]any{"key": "new", "user": "u1", "draft": map[string]string{"key": "K2", "id": "p2"}}
		body := ""
		if r.URL.Path == "/studio/returned" {
			data["unsaved"], body = true, "Given back"
		} else {
			data["shared"] = cmp.Or(r.FormValue("kept"), "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		}
		if r.Method == http.MethodPost || r.FormValue("text") != "" {
			s.mu.Lock()
			s.posts = append(s.posts, r.FormValue("text"))
			s.mu.Unlock()
		}
		editor, err := s.islands.Render(r.Context(), "nf-content-editor", map[string]string{"on": "load"}, data,
			`<label for="body">Text</label><textarea id="body" name="body_markdown">`+body+`</textarea>`)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		s.page(w, r, `<form method="post" action="/studio"><input name="title" maxlength="200">`+editor+`</form>`)
	case "/outside":
		s.page(w, r, `<form method="post" action="/studio/share"><input name="title" value="A  found thing"><textarea name="text">Worth reading</textarea>
			<input name="url" value="https://example.org/a?b=c"></form>`)
	case "/studio/posts/p1": // the editor wakes when it is touched: until then a browser may have filled the form over Back
		editor, err := s.islands.Render(r.Context(), "nf-content-editor", map[string]string{"on": "interaction"}, map[string]any{
			"key": "p1", "user": "u1", "version": 1, "save_url": "/api/v1/posts/p1",
		}, `<label for="body">Text</label><textarea id="body" name="body_markdown">Hello there</textarea>`)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		s.page(w, r, `<form method="post" action="/studio/posts/p1"><input name="title" value="First">`+editor+
			`<button name="intent" value="save">Save</button></form>`)
	case "/api/v1/posts/p1":
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.saves = append(s.saves, string(body))
		if s.down {
			http.Error(w, "trouble", http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"p1","slug":"first","version":2}`)
	case "/api/v1/me":
		s.mu.Lock()
		s.asked++
		acting := s.acting
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"name":"Ada Example","permissions":["content.post.write"],"impersonated":%t}`, acting)
	case "/account":
		s.pageOf(w, r, s.island(r, "nf-identity-menu", map[string]string{"on": "interaction"}, nil,
			`<details class="menu"><summary>Ada Example</summary><ul><li><a href="/studio">Studio</a></li></ul></details>`), "<h1>Your account</h1>")
	case "/api/v1/posts/preview":
		var in struct {
			Body string `json:"body_markdown"`
		}
		_ = json.NewDecoder(r.Body).Decode(&in)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"html": "<p data-previewed>" + html.EscapeString(in.Body) + "</p>"})
	case "/login":
		s.page(w, r, `<script src="/authenticator.js"></script><input autocomplete="username webauthn">
			<nf-identity-passkey on="load" autofill data-ceremony="get" data-options-url="/api/v1/auth/passkey/options">
			<form><input name="challenge" type="hidden"><button>Use your passkey</button></form></nf-identity-passkey>`)
	case "/authenticator.js":
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, patientAuthenticator)
	case "/api/v1/auth/passkey/options":
		s.mu.Lock()
		s.begun++
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"challenge":"c","options":{"challenge":"AAAA","rpId":"localhost"}}`)
	case "/logout":
		http.SetCookie(w, &http.Cookie{Name: "signed_out", Value: "u1.u2", Path: "/"})
		s.page(w, r, "<h1>Signed out</h1>")
	default:
		http.NotFound(w, r)
	}
}

// cached writes the headers that fiberhttp's cache of pages does, and answers for whom the page is.
func (s *site) cached(w http.ResponseWriter, r *http.Request) string {
	if _, err := r.Cookie("signed_in"); err == nil {
		w.Header().Set("Cache-Control", "private, no-store")
		w.Header().Set("Vary", "Accept-Encoding")
		return "Ada Example"
	}
	w.Header().Set("Cache-Control", "public, s-maxage=60, stale-while-revalidate=600")
	w.Header().Set("Vary", "Accept-Encoding, Cookie")
	return "nobody"
}

// patientAuthenticator offers a passkey that nobody chooses, and keeps what is to be
// done minutes later for the test to do now.
const patientAuthenticator = `
	window.later = [];
	const repeat = window.setInterval;
	window.setInterval = (f, ms, ...rest) => ms >= 60_000 ? later.push(f) : repeat(f, ms, ...rest);
	window.offers = window.ended = 0;
	PublicKeyCredential.isConditionalMediationAvailable = async () => true;
	navigator.credentials.get = ({signal}) => new Promise((_, refuse) => {
		offers++;
		signal.addEventListener('abort', () => { ended++; refuse(signal.reason ?? new DOMException('ended', 'AbortError')); });
	});`

var shareData = map[string]string{"url": "https://example.test/posts/welcome", "title": `Welcome <b>"home"</b>`}

func (s *site) island(r *http.Request, name string, attributes map[string]string, data any, children string) string {
	out, err := s.islands.Render(r.Context(), name, attributes, data, children)
	if err != nil {
		return html.EscapeString(err.Error())
	}
	return out
}

const menuData = `[{"label":"Studio","path":"/studio","permission":"content.post.write"},{"label":"Account","path":"/account"},{"label":"Administration","path":"/admin","permission":"identity.user.manage"}]`

// page is the same for everybody: islands ask who reads it.
func (s *site) page(w http.ResponseWriter, r *http.Request, body string) {
	s.pageOf(w, r, s.island(r, "nf-identity-acting", map[string]string{"on": "signed-in"}, nil, "")+
		s.island(r, "nf-identity-menu", map[string]string{"class": "site-header__account", "on": "signed-in", "data-menu": menuData}, nil, `<a class="button button--quiet" href="/login">Sign in</a>`), body)
}

func (s *site) pageOf(w http.ResponseWriter, r *http.Request, header, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	s.mu.Lock()
	if s.signIn {
		http.SetCookie(w, &http.Cookie{Name: "signed_in", Value: "1", Path: "/"})
	}
	s.mu.Unlock()
	fmt.Fprintf(w, `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title>`)
	for _, url := range s.store.Stylesheets() {
		fmt.Fprintf(w, `<link rel="stylesheet" href="%s">`, url)
	}
	fmt.Fprintf(w, `<link rel="manifest" href="%s"><link rel="icon" href="%s">`, s.store.ManifestURL(), s.store.IconURL())
	if text := s.store.ImportMap(); text != "" {
		fmt.Fprintf(w, `<script type="importmap">%s</script>`, text)
	}
	fmt.Fprintf(w, `<script type="module" src="%s" data-islands="%s" data-service-worker="%s"></script></head><body>`+
		`<header class="site-header"><div class="site-header__inner">%s</div></header><main>%s</main></body></html>`,
		s.store.LoaderURL(), html.EscapeString(s.store.IslandsMap()), s.store.ServiceWorkerURL(), header, body)
}

// browse opens a browser without a past whose console must stay silent: a violation of the policy, a failed hydration or an
// uncaught error fails the test. Log entries of the sources in expected are let through.
func browse(t *testing.T, expected ...log.EntrySource) context.Context {
	t.Helper()
	allocator, stop := remote.NewAllocator(context.WithoutCancel(t.Context()), harness.SharedChromium(t), remote.NoModifyURL)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(allocator, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	if err := chromedp.Do(tab); err != nil {
		t.Fatalf("open a page in Chromium: %v", err)
	}
	ctx, cancel := context.WithTimeout(tab, time.Minute)
	t.Cleanup(cancel)
	if err := chromedp.Listen(ctx, func(event any) {
		switch event := event.(type) {
		case *log.EventEntryAdded:
			if slices.Contains(expected, event.Entry.Source) {
				return
			}
			t.Errorf("the browser's log: %s: %s (%s)", event.Entry.Level, event.Entry.Text, event.Entry.URL)
		case *runtime.EventConsoleAPICalled:
			t.Errorf("the console: %s: %s", event.Type, event.Args[0].Value)
		case *runtime.EventExceptionThrown:
			details := event.ExceptionDetails
			// Chromium reports a transition between pages that it skipped, for example for a tab that is not shown.
			if details.Exception != nil && strings.Contains(details.Exception.Description, "Transition was") {
				return
			}
			t.Errorf("an error in the page: %s: %+v at %s:%d", details.Text, details.Exception, details.URL, details.LineNumber)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return ctx
}

func do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	for i, step := range steps {
		if err := chromedp.Do(ctx, step); err != nil {
			t.Fatalf("step %d: %v", i+1, err)
		}
	}
}

// ask answers the value of an expression in the page.
func ask[T any](ctx context.Context, t *testing.T, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// agreeToLeave answers every dialog with yes, once it was told to asked.
func agreeToLeave(ctx context.Context, asked func(page.DialogType)) {
	dialogs := chromedp.Events(ctx, page.JavascriptDialogOpening)
	go func() {
		for dialog, err := range dialogs {
			if err != nil {
				return
			}
			asked(dialog.Type)
			if _, err := chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}); err != nil {
				return
			}
		}
	}()
}

func script(expression string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](expression)
}

// holds waits until a condition in the page is true. It looks again and again from outside,
// each time for a moment: a loop within a page stops with it, without a word, when the
// browser puts the page away for Back.
func holds(expression string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (void chromedp.Void, _ error) {
		for {
			looking, cancel := context.WithTimeout(ctx, 5*time.Second)
			yes, err := chromedp.Evaluate[bool]("Boolean("+expression+")", func(p *runtime.EvaluateParams) { p.UserGesture = new(true) })(looking, target)
			cancel()
			if yes {
				return void, nil
			}
			select {
			case <-ctx.Done():
				return void, fmt.Errorf("waiting for %s: %w", expression, cmp.Or(err, ctx.Err()))
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

// press clicks what a selector finds once it has the same place at two looks: a click goes to
// the place at which it was found, and what changes above it moves it.
func press(selector string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		place := fmt.Sprintf(`(() => { const at = JSON.stringify(document.querySelector(%q)?.getBoundingClientRect()); const still = at && at === window.placeBefore; window.placeBefore = at; return still; })()`, selector)
		if void, err := holds(place)(ctx, target); err != nil {
			return void, err
		}
		return chromedp.Click(chromedp.CSS(selector))(ctx, target)
	}
}

func TestIslands_TakeOverWhatTheServerRendered(t *testing.T) {
	t.Parallel()
	for name, store := range openStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, url := newSite(t, store)
			ctx := browse(t)
			do(ctx, t, chromedp.Navigate(url+"/posts/welcome"))
			before := ask[bool](ctx, t, `window.share = document.querySelector('nf-content-share');
				window.button = share.shadowRoot.querySelector('button');
				customElements.get('nf-content-share') === undefined && getComputedStyle(button).display === 'inline-flex'`)
			do(ctx, t,
				script(`share.scrollIntoView()`),
				holds(`share.updateComplete !== undefined && share.hasUpdated === true`),
			)
			after := ask[bool](ctx, t, `share.shadowRoot.querySelector('button') === button && button.isConnected
				&& share.shadowRoot.querySelectorAll('ul').length === 1 && share.data.title.includes('"home"')`)
			if !before {
				t.Error("before its script the island is not painted with its styles, or its script came before it was seen")
			}
			if !after {
				t.Error("hydration rendered the island anew instead of taking it over")
			}
			do(ctx, t,
				script(`button.click()`),
				holds(`/copied|copying/.test(share.shadowRoot.querySelector('[role=status]').textContent)`),
			)
		})
	}
}

func TestPasskey_OffersAnewBeforeTheChallengeEnds(t *testing.T) {
	t.Parallel()
	s, url := newSite(t, openStores(t)["release"])
	ctx := browse(t)
	do(ctx, t,
		chromedp.Navigate(url+"/login"),
		holds(`window.offers === 1 && later.length === 1`),
		script(`later[0]()`),
		holds(`offers === 2 && ended === 1`),
		script(`document.querySelector('nf-identity-passkey button').click()`),
		holds(`offers === 3 && ended === 2`),
		script(`later[0]()`), // while somebody answers by the button
	)
	if ask[int](ctx, t, `offers`) != 3 {
		t.Error("an offer ended the answer that was under way")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun != 3 {
		t.Errorf("%d sign-ins were begun", s.begun)
	}
}

func TestLoader_KeepsTheFirstPressUntilTheIslandHasArrived(t *testing.T) {
	t.Parallel()
	for name, store := range openStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, url := newSite(t, store)
			ctx := browse(t)
			do(ctx, t,
				chromedp.Navigate(url+"/press"),
				holds(`document.readyState === 'complete'`),
				script(`window.share = document.querySelector('nf-content-share');
					if (customElements.get('nf-content-share')) throw new Error('too early');
					share.shadowRoot.querySelector('button').click()`),
				holds(`/copied|copying/.test(share.shadowRoot.querySelector('[role=status]').textContent)`),
			)
		})
	}
}

func TestMenu_AsksOnlyWhenThereIsAHintOfASession(t *testing.T) {
	t.Parallel()
	store := openStores(t)["development"]
	s, url := newSite(t, store)
	ctx := browse(t)
	do(ctx, t,
		chromedp.Navigate(url+"/press"),
		holds(`document.readyState === 'complete'`),
	)
	if ask[bool](ctx, t, `performance.getEntriesByName(location.origin + '/api/v1/me').length > 0`) {
		t.Error("a visitor without a session was asked about")
	}
	s.mu.Lock()
	s.signIn = true
	s.mu.Unlock()
	do(ctx, t,
		chromedp.Navigate(url+"/press"),
		holds(`document.querySelector('nf-identity-menu details')?.textContent.includes('Ada Example') === true`),
	)
	if !ask[bool](ctx, t, `document.querySelector('nf-identity-menu a[href="/studio"]') !== null`) {
		t.Error("an author's menu does not lead to the studio")
	}
	do(ctx, t,
		script(`for (const u of ['u1', 'u2', 'u3', 'u11']) localStorage.setItem('nf-draft:' + u + ':p1:t', '{}'); document.querySelector('nf-identity-menu summary').click()`),
		press(`nf-identity-menu form button`),
		holds(`document.querySelector('h1')?.textContent === 'Signed out'`),
	)
	do(ctx, t, holds(`!document.cookie.includes('signed_out')`))
	if kept := ask[string](ctx, t, `Object.keys(localStorage).sort().join()`); kept != "nf-draft:u11:p1:t,nf-draft:u3:p1:t" {
		t.Errorf("signing out leaves %s; want the drafts of others alone", kept)
	}
}

func TestEditor_KeepsAndOffersADraft(t *testing.T) {
	t.Parallel()
	for name, store := range openStores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, url := newSite(t, store)
			ctx := browse(t)
			var guarded atomic.Bool
			agreeToLeave(ctx, func(dialog page.DialogType) { guarded.Store(dialog == page.DialogTypeBeforeunload) })
			const editor = `document.querySelector('nf-content-editor')`
			const state = `document.querySelector('nf-content-draft-state').shadowRoot.querySelector('span').dataset.state`
			const draft = `Object.entries(localStorage).find(([key]) => key.startsWith('nf-draft:u1:p1:'))?.[1]`
			do(ctx, t,
				chromedp.Navigate(url+"/studio"),
				holds(editor+`.hasUpdated === true`),
				holds(editor+`.shadowRoot.querySelector('.count').textContent.includes('2 words')`),
				holds(state+` === 'saved'`),
				holds(editor+`._surface.kind === 'rich'`),
				script(editor+`._surface.select(0, 5)`),
				script(editor+`.shadowRoot.querySelector('[aria-label=Bold]').click()`),
				holds(`document.querySelector('#body').value === '**Hello** there'`),
				script(`[...`+editor+`.shadowRoot.querySelectorAll('button')].find((e) => e.textContent === 'Preview').click()`),
				holds(editor+`.querySelector('.prose [data-previewed]')?.textContent === '**Hello** there'`),
				script(editor+`._surface.select(99, 99)`),
				script(editor+`._surface.focus()`),
				script(`document.execCommand('insertText', false, ' <i>')`),
				holds(editor+`.querySelector('.prose [data-previewed]')?.textContent.includes('<i>') === true`),
				holds(draft+`?.includes('<i>') === true`),
				holds(state+` === 'here'`),
			)
			kept := ask[string](ctx, t, draft)
			do(ctx, t,
				chromedp.Reload(),
				holds(editor+`?.shadowRoot?.querySelector('.offer') !== null && `+editor+`.hasUpdated === true`),
			)
			if !guarded.Load() {
				t.Error("leaving with unsaved work was not guarded")
			}
			if !strings.Contains(kept, `"title":"First"`) || !strings.Contains(kept, `"version":1`) {
				t.Errorf("the draft %s lacks the other fields of the form, or the version", kept)
			}
			do(ctx, t,
				script(editor+`.shadowRoot.querySelector('.offer button').click()`),
				holds(`document.querySelector('#body').value.includes('**Hello** there') && `+editor+`._surface.kind === 'rich'`), // which moves the button
				press(`button[name=intent]`),
				holds(`document.querySelector('#body')?.value.includes('<i>') === true && `+editor+`.hasUpdated === true`),
				holds(draft+` === undefined && `+editor+`.shadowRoot.querySelector('.offer') === null`),
			)
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.posts) != 1 || !strings.Contains(s.posts[0], "**Hello** there") {
				t.Errorf("the form sent %q", s.posts)
			}
		})
	}
}

// What was saved without a connection, and is back on the page over Back, waits until it has been sent.
func TestEditor_SendsWhatWaitsBeforeItForgetsIt(t *testing.T) {
	t.Parallel()
	s, url := newSite(t, openStores(t)["release"])
	s.down = true
	ctx := browse(t, log.EntrySourceNetwork)
	const waits = `Object.entries(localStorage).filter(([key]) => key.startsWith('nf-outbox:u1:')).map(([, entry]) => JSON.parse(entry).body.body_markdown).join()`
	do(ctx, t,
		chromedp.Navigate(url+"/studio/posts/p1"),
		script(`(() => {
			const typed = {title: 'First', body_markdown: 'Typed on the train'};
			localStorage.setItem('nf-draft:u1:p1:closed', JSON.stringify({savedAt: '2026-01-01T10:00:00Z', version: 1, fields: typed}));
			localStorage.setItem('nf-outbox:u1:e1', JSON.stringify({label: 'First', page: '/studio/posts/p1', method: 'PATCH', path: '/api/v1/posts/p1',
				body: {...typed, tags: []}, version: 1, draft: 'nf-draft:u1:p1:closed', keptAt: '2026-01-01T10:00:01Z', tab: 'closed'}));
			document.querySelector('#body').value = typed.body_markdown;
		})()`),
		chromedp.Focus(chromedp.CSS(`#body`)),
		holds(`document.querySelector('nf-content-editor').shadowRoot.querySelector('[role=alert]')?.textContent.includes('as soon as the server can be reached') === true`),
		holds(waits+` === 'Typed on the train'`),
	)
	s.mu.Lock()
	s.down = false
	s.mu.Unlock()
	do(ctx, t,
		script(`dispatchEvent(new Event('online'))`),
		holds(waits+` === '' && !Object.keys(localStorage).some((key) => key.startsWith('nf-draft:'))`),
	)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.saves) < 2 || !strings.Contains(s.saves[len(s.saves)-1], "Typed on the train") {
		t.Errorf("the API was sent %q", s.saves)
	}
}

// What another program shares is not sent anywhere before it is saved, and takes the place of nothing that was begun.
func TestShare_StaysInTheBrowserAndApartFromOtherDrafts(t *testing.T) {
	t.Parallel()
	s, url := newSite(t, openStores(t)["release"])
	ctx := browse(t)
	agreeToLeave(ctx, func(page.DialogType) {})
	const (
		ready  = `document.querySelector('nf-content-editor')?.hasUpdated === true`
		filled = ready + ` && document.querySelector('[name=title]').value === 'A found thing' && document.querySelector('#body').value === 'Worth reading\n\n<https://example.org/a?b=c>'`
		drafts = `Object.keys(localStorage).filter((key) => key.startsWith('nf-draft:u1:new:')).length`
		others = `[localStorage.getItem('nf-draft:u1:new:t1'), localStorage.getItem('nf-outbox:u1:e1')].join()`
	)
	do(ctx, t,
		chromedp.Navigate(url+"/press"),
		script(`navigator.serviceWorker.ready.then(() => { window.ready = true; })`),
		holds(`window.ready === true`),
		script(`(() => {
			sessionStorage.setItem('nf-tab', 't1');
			const fields = {title: 'Begun before', body_markdown: 'Half a thought'};
			localStorage.setItem('nf-draft:u1:new:t1', JSON.stringify({savedAt: '2026-01-01T10:00:00Z', version: 0, fields, begun: {key: 'K1', id: 'p1'}}));
			localStorage.setItem('nf-outbox:u1:e1', JSON.stringify({label: 'Begun before', page: '/studio/posts/new', method: 'POST', path: '/api/v1/posts',
				body: fields, idempotencyKey: 'K1', draft: 'nf-draft:u1:new:t1', keptAt: '2026-01-01T10:00:01Z', tab: 't1'}));
		})()`),
	)
	before := ask[string](ctx, t, others)
	do(ctx, t,
		// A link from anywhere fills nothing in.
		chromedp.Navigate(url+"/studio/share?kept=0123456789abcdef0123&text="),
		holds(ready+` && document.querySelector('#body').value === '' && `+drafts+` === 1`),
		chromedp.Navigate(url+"/outside"),
		holds(`navigator.serviceWorker.controller !== null`),
		script(`document.querySelector('form').submit()`),
		holds(filled+` && /^\?kept=[0-9a-f-]{36}$/.test(location.search) && `+drafts+` === 2`),
		script(`caches.open('neoforge-shared').then((cache) => cache.keys()).then((keys) => { window.left = keys.length; })`),
		holds(`window.left === 0`),
		// Loaded again, and come back to, it is there.
		chromedp.Navigate(url+"/press"),
		script(`setTimeout(() => history.back())`), // a page that the browser kept in memory tells of no load
		holds(filled+` && `+drafts+` === 2`),
		// Nor does a new post that the server gives back take the place of another one.
		chromedp.Navigate(url+"/studio/returned"),
		holds(ready+` && `+drafts+` === 3`),
	)
	if after := ask[string](ctx, t, others); after != before {
		t.Errorf("what was begun before is %s\nand was %s", after, before)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.posts) > 0 {
		t.Errorf("the server was sent %q", s.posts)
	}
}

func TestServiceWorker_KeepsReadPagesAsVisitorsGetThem(t *testing.T) {
	t.Parallel()
	s, _ := newSite(t, openStores(t)["release"])
	s.signIn = true // from the first page on: the worker is installed, and pages are read, by somebody who is signed in
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	start := func(l net.Listener) *httptest.Server {
		server := &httptest.Server{Listener: l, Config: &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}}
		server.Start()
		return server
	}
	server := start(listener)
	url := "http://" + address
	ctx := browse(t, log.EntrySourceNetwork)
	const offline = `document.querySelector('nf-platform-offline').shadowRoot`
	const kept = `(await caches.has('neoforge-pages') ? (await (await caches.open('neoforge-pages')).keys()).map((k) => new URL(k.url).pathname) : []).sort().join()`
	keeps := func(want string) chromedp.Action[chromedp.Void] {
		return chromedp.Evaluate[chromedp.Void](`(async () => {
			for (let i = 0; i < 600; i++) {
				window.kept = `+kept+`;
				if (kept === `+fmt.Sprintf("%q", want)+`) return;
				await new Promise((r) => setTimeout(r, 20));
			}
			throw new Error('kept ' + kept + ', want `+want+`');
		})()`, chromedp.EvalAwaitPromise)
	}
	do(ctx, t,
		// The page that brings the worker is read without it, and kept.
		chromedp.Navigate(url+"/posts/welcome?from=a-mail"),
		script(`navigator.serviceWorker.ready.then(() => { window.ready = true; })`),
		holds(`window.ready === true`),
		keeps("/posts/welcome"),
		chromedp.Navigate(url+"/posts/members"),
		holds(`navigator.serviceWorker.controller !== null && document.body.textContent.includes('What members read')`),
		chromedp.Navigate(url+"/posts/taken"),
		keeps("/posts/members,/posts/taken,/posts/welcome"),
		chromedp.Navigate(url+"/posts/private"),
		holds(`document.querySelector('h1')?.textContent === 'For one reader'`),
		chromedp.Navigate(url+"/posts/broken"),
		chromedp.Navigate(url+"/studio"),
		chromedp.Navigate(url+"/press"),
	)
	s.mu.Lock()
	s.taken = true
	s.mu.Unlock()
	do(ctx, t,
		chromedp.Navigate(url+"/posts/taken"), // is not there any more, and so not on the device
		chromedp.Navigate(url+"/press"),
		keeps("/posts/members,/posts/welcome"),
	)
	held, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(async () => {
		for (const name of await caches.keys()) {
			const cache = await caches.open(name);
			for (const key of await cache.keys()) {
				const text = await (await cache.match(key)).text();
				if (text.includes('Ada Example') || text.includes('What members read') || text.includes('For one reader')) return true;
			}
		}
		return false;
	})()`, chromedp.EvalAwaitPromise))
	if err != nil || held {
		t.Errorf("a cache holds what was made for somebody: %v", err)
	}
	server.CloseClientConnections()
	server.Close()
	do(ctx, t,
		chromedp.Navigate(url+"/posts/welcome"),
		holds(`document.querySelector('h1')?.textContent === 'Welcome' && document.body.textContent.includes('The menu of nobody')`),
		chromedp.Navigate(url+"/posts/members"),
		holds(`document.body.textContent.includes('The open part') && !document.body.textContent.includes('What members read')`),
		chromedp.Navigate(url+"/posts/private"),
		holds(`document.querySelector('h1')?.textContent === 'You are offline'`),
		chromedp.Navigate(url+"/account?tab=1"),
		holds(`document.querySelector('h1')?.textContent === 'You are offline' && document.body.textContent.includes('The menu of nobody')`),
		holds(`[...`+offline+`.querySelectorAll('ul a')].map((a) => a.getAttribute('href')).join() === '/posts/members,/posts/welcome'`),
		holds(`document.querySelector('[data-again]').getAttribute('href') === '/account?tab=1' && `+offline+`.querySelector('.empty') === null`),
		script(`dispatchEvent(new Event('online'))`),
		holds(offline+`.querySelector('[role=status]').textContent.includes('tries again by itself')`),
	)
	if listener, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	server = start(listener)
	do(ctx, t,
		chromedp.Navigate(url+"/studio"),
		holds(`document.querySelector('nf-content-editor')?.hasUpdated === true`),
	)
	server.CloseClientConnections()
	server.Close()
	do(ctx, t,
		chromedp.Navigate(url+"/studio"),
		holds(`document.querySelector('h1')?.textContent === 'You are offline' && customElements.get('nf-platform-offline') !== undefined`),
	)
	if listener, err = net.Listen("tcp", address); err != nil {
		t.Fatal(err)
	}
	server = start(listener)
	t.Cleanup(server.Close)
	do(ctx, t,
		// The page that was wanted comes by itself.
		script(`dispatchEvent(new Event('online'))`),
		holds(`document.querySelector('textarea') !== null && location.pathname === '/studio'`),
		// Who signs out leaves nothing of what they read.
		chromedp.Navigate(url+"/logout"),
		keeps(""),
	)
}

// A new version waits until somebody asks for it, and takes nothing that was typed.
func TestUpdateNotice_TellsOfANewVersionAndTakesItWhenAsked(t *testing.T) {
	t.Parallel()
	release := openStores(t)["release"]
	s, url := newSite(t, release)
	ctx := browse(t)
	const notice = `document.querySelector('nf-platform-update')`
	press := func(label string) chromedp.Action[chromedp.Void] {
		return script(`[...` + notice + `.querySelectorAll('button')].find((b) => b.textContent === '` + label + `').click()`)
	}
	do(ctx, t,
		chromedp.Navigate(url+"/posts/welcome"),
		script(`navigator.serviceWorker.ready.then(() => { window.ready = true; })`),
		holds(`window.ready === true`),
		chromedp.Navigate(url+"/form"),
		holds(`navigator.serviceWorker.controller !== null`),
		script(`navigator.serviceWorker.getRegistration().then((r) => { window.waits = r.waiting !== null; })`),
		holds(`window.waits === false`),
	)
	s.mu.Lock()
	s.next = assets.For(release, assets.Site{Name: "Site", Edition: "2", Pages: []string{"/posts/{slug}"}})
	s.mu.Unlock()
	do(ctx, t,
		chromedp.SendKeys(chromedp.CSS(`[name=remark]`), "Half a thought"),
		script(`navigator.serviceWorker.getRegistration().then((r) => r.update())`),
		holds(notice+`?.textContent.includes('A new version of this site is ready.') === true`),
		script(`window.before = true`),
		press("Reload"),
		holds(notice+`.textContent.includes('holds text that is not sent yet') && document.querySelector('[name=remark]').value === 'Half a thought' && window.before`),
		script(`document.querySelector('[name=remark]').value = ''`),
		press("Reload"),
		holds(`window.before === undefined && document.readyState === 'complete' && navigator.serviceWorker.controller !== null`),
		script(`navigator.serviceWorker.getRegistration().then((r) => { window.waits = r.waiting !== null; })`),
		holds(`window.waits === false && `+notice+` === null`),
		// A page of the version before is fetched again, with what it names now.
		chromedp.Navigate(url+"/posts/members"),
		script(`(async function wait() {
			const cache = await caches.open('neoforge-pages');
			const copy = await cache.match('/posts/welcome');
			if (copy?.headers.get('X-Kept-Edition') !== '2') return setTimeout(wait, 20);
			window.renewed = true;
		})()`),
		holds(`window.renewed === true`),
		// What the browser offers becomes a button, once.
		script(`(() => {
			const offer = new Event('beforeinstallprompt', {cancelable: true});
			offer.prompt = async () => { window.asked = true; };
			dispatchEvent(offer);
			window.held = offer.defaultPrevented;
		})()`),
		holds(`window.held === true && document.querySelector('nf-platform-install') === null`),
		script(`dispatchEvent(new Event('scroll'))`),
		holds(`document.querySelector('nf-platform-install button')?.textContent === 'Install as an app'`),
		script(`document.querySelector('nf-platform-install button').click()`),
		holds(`window.asked === true && document.querySelector('nf-platform-install') === null`),
	)
}
