package e2e_test

import (
	"testing"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/harness/program"
)

// heldBack is the answers to a page that it waits for.
type heldBack struct {
	b  *browser
	id <-chan fetch.RequestID
}

// holdsBack keeps answers from an address (with * for any part) from the page, until each is
// let go or dropped.
func (b *browser) holdsBack(address string) heldBack {
	b.tb.Helper()
	id := make(chan fetch.RequestID, 8)
	if err := chromedp.Listen(b.ctx, func(event any) {
		if e, ok := event.(*fetch.EventRequestPaused); ok {
			id <- e.RequestID
		}
	}); err != nil {
		b.tb.Fatal(err)
	}
	pattern := &fetch.RequestPattern{URLPattern: address, RequestStage: fetch.RequestStageResponse}
	if _, err := chromedp.Call(b.ctx, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{pattern}}); err != nil {
		b.tb.Fatal(err)
	}
	return heldBack{b, id}
}

// wait waits until another answer has come, while the page does something.
func (h heldBack) wait(doing string) fetch.RequestID {
	h.b.tb.Helper()
	var id fetch.RequestID
	h.b.eventually("the page asks for what is held back", func() bool {
		h.b.run(doing)
		select {
		case id = <-h.id:
			return true
		default:
			return false
		}
	})
	return id
}

// letGo gives the page an answer.
func (h heldBack) letGo(id fetch.RequestID) {
	h.b.tb.Helper()
	if _, err := chromedp.Call(h.b.ctx, fetch.ContinueResponse, fetch.ContinueResponseParams{RequestID: id}); err != nil {
		h.b.tb.Fatal(err)
	}
}

// drop has an answer lost, as a network does.
func (h heldBack) drop(id fetch.RequestID) {
	h.b.tb.Helper()
	if _, err := chromedp.Call(h.b.ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: id, ErrorReason: network.ErrorReasonFailed}); err != nil {
		h.b.tb.Fatal(err)
	}
}

func TestLoader_AsksAgainForAnIslandThatTheNetworkDropped(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	b := open(t, program.Start(t, program.Options{Environ: []string{"WEB_VITALS=off"}}).URL)
	b.expects("net::ERR_FAILED")
	answer := b.holdsBack("*/islands/content/share*")
	b.visit("/posts/welcome")
	answer.drop(answer.wait(looked))
	answer.letGo(answer.wait(looked))
	b.until("the island has come", `customElements.get('nf-content-share') !== undefined`)
}

func TestEditor_AsksAgainForCodeMirrorThatTheNetworkDropped(t *testing.T) {
	t.Parallel()
	harness.Chromium(t)
	b := open(t, program.Start(t, program.Options{Environ: []string{"WEB_VITALS=off"}}).URL)
	b.expects("net::ERR_FAILED")
	signIn(b, "ben@neoforge.test", "/studio")
	answer := b.holdsBack("*/codemirror.js*")
	b.visit("/studio/posts/new")
	const nothing = `null`
	answer.drop(answer.wait(nothing))
	answer.letGo(answer.wait(nothing))
	b.editorWakes()
}
