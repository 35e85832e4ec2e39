package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// TestEmbed_AsksNothingOfAnotherSiteBeforeItsReaderAgrees opens a post with two films and a
// site that the operator does not allow, counts what leaves for other hosts, agrees, keeps
// that, and takes it back.
func TestEmbed_AsksNothingOfAnotherSiteBeforeItsReaderAgrees(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	p := program.Start(t, program.Options{Environ: []string{"RATE_LIMIT=off", "EMBED_PROVIDERS=youtube"}})
	ben := p.SignedIn(t, "ben@neoforge.test")
	id := fmt.Sprint(ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts", map[string]string{
		"title": "Two films", "visibility": "public",
		"body_markdown": "Look.\n\n[How a blade is made](https://youtu.be/dQw4w9WgXcQ)\n\nhttps://www.youtube.com/watch?v=AAAAAAAAAAA\n\n[Elsewhere](https://vimeo.com/1)",
	})["id"])
	ask(t, ben, http.MethodPost, p.URL+"/api/v1/posts/"+id+"/publish", nil)
	b := open(t, p.URL)
	var asked atomic.Int32
	err := chromedp.Listen(b.ctx, func(event any) {
		paused, ok := event.(*fetch.EventRequestPaused)
		if !ok {
			return
		}
		go func() {
			if strings.HasPrefix(paused.Request.URL, p.URL) {
				_, _ = chromedp.Call(b.ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: paused.RequestID})
				return
			}
			asked.Add(1)
			_, _ = chromedp.Call(b.ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{
				RequestID: paused.RequestID, ResponseCode: 200, Body: []byte("<!doctype html><title>A film</title><p>A film."),
				ResponseHeaders: []*fetch.HeaderEntry{{Name: "Content-Type", Value: "text/html"}},
			})
		}()
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(b.ctx, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*"}}}); err != nil {
		t.Fatal(err)
	}
	const cards, buttons = `[...document.querySelectorAll('nf-content-embed')]`, `[...document.querySelectorAll('nf-content-embed')].map((e) => e.shadowRoot?.querySelector('.asks button'))`
	b.visit("/posts/two-films")
	b.until("both films are offered, and what is not allowed is a link", cards+`.length === 2 && `+buttons+`.every((e) => e?.textContent.includes('Load from YouTube')) && document.querySelector('.prose > p > a[href="https://vimeo.com/1"]') !== null`)
	b.until("the links are there", cards+`.every((e) => e.querySelector('a[href*="youtu"]').checkVisibility())`)
	if n := asked.Load(); n != 0 {
		t.Fatalf("%d requests left before anybody agreed", n)
	}
	b.run(buttons + `[0].click()`)
	b.until("the frame is there, closed in, and has the focus", `(() => {
		const frame = document.querySelector('nf-content-embed').shadowRoot.querySelector('iframe');
		return frame?.src === 'https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ' && frame.title === 'How a blade is made (YouTube)' && frame.sandbox.contains('allow-scripts') &&
			!frame.sandbox.contains('allow-top-navigation') && frame.referrerPolicy === 'strict-origin' && document.querySelector('nf-content-embed').shadowRoot.activeElement === frame;
	})()`)
	b.eventually("its site is asked", func() bool { return asked.Load() == 1 })
	b.run(`(() => {
		const frame = document.querySelector('nf-content-embed').shadowRoot.querySelector('iframe');
		frame.dataset.mark = 'the same';
		Object.defineProperty(navigator, 'onLine', {value: false, configurable: true});
		dispatchEvent(new Event('offline'));
	})()`)
	b.until("the other film waits for the connection", cards+`[1].shadowRoot.querySelector('.note').textContent.includes('as soon as you are online')`)
	b.until("who watches one goes on with it", cards+`[0].shadowRoot.querySelector('iframe')?.dataset.mark === 'the same'`)
	b.run(`(() => { delete navigator.onLine; dispatchEvent(new Event('online')); })()`)
	b.until("the other film still waits, and nothing is kept", buttons+`[1]?.isConnected && localStorage.length === 0`)
	b.run(`(() => { const e = document.querySelectorAll('nf-content-embed')[1].shadowRoot; e.querySelector('input').click(); e.querySelector('.asks button').click(); })()`)
	b.until("consent is kept", `localStorage.getItem('nf-embed:youtube') === '1' && document.querySelectorAll('nf-content-embed')[0].shadowRoot.querySelector('.below button')?.textContent.includes('Ask again')`)
	b.visit("/posts/two-films")
	b.until("both films are there", cards+`.every((e) => e.shadowRoot?.querySelector('iframe'))`)
	b.run(`(() => { const moved = document.querySelectorAll('nf-content-embed')[1]; moved.closest('.prose').append(moved); })()`)
	b.run(`document.querySelector('nf-content-embed').shadowRoot.querySelector('.below button').click()`)
	b.until("consent is taken back for both", cards+`.every((e) => e.shadowRoot.querySelector('iframe') === null) && localStorage.length === 0`)
	b.withoutScripts()
	before := asked.Load()
	b.visit("/posts/two-films")
	b.until("without a script they are links", cards+`.every((e) => e.shadowRoot === null && e.querySelector('a').checkVisibility())`)
	if n := asked.Load(); n != before {
		t.Errorf("%d requests left without a script", n-before)
	}
}
