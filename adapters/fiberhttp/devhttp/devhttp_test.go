//go:build !release

package devhttp_test

import (
	"context"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/devhttp"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/fiberhttptest"
	"github.com/neoforge-dev/neoforge/ports/clock"
)

func site(t *testing.T) (due *int, _ *clock.Adjustable, _ fiberhttptest.Client) {
	t.Helper()
	now := clock.NewAdjustable(clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)))
	mails := func(to string) []devhttp.Mail {
		all := []devhttp.Mail{{ID: "l1", To: "cleo@forge.test", Subject: "<Hello>", Text: "Text", HTML: "<p>Text</p>", SentAt: now.Now()}}
		if abroad := "dora@xn--mnchen-3ya.test"; to == abroad {
			return []devhttp.Mail{{ID: "l3", To: abroad, Subject: "Abroad", SentAt: now.Now()}}
		}
		if to != "" && to != all[0].To {
			return nil
		}
		return all
	}
	due = new(int)
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	if err := devhttp.Register(s, devhttp.Deps{
		Mails: mails, Clock: now, Password: "p",
		Advanced: func(context.Context) error { *due++; return nil },
		Tools:    []devhttp.Tool{{Title: "Printer", Path: "/dev/printer", Text: "What was printed."}},
		People:   []devhttp.Person{{Name: "Cleo", Email: "cleo@forge.test", About: "reads"}},
	}); err != nil {
		t.Fatal(err)
	}
	return due, now, fiberhttptest.Serve(t, s)
}

func TestMailbox_IsForPeopleAndPrograms(t *testing.T) {
	t.Parallel()
	_, _, c := site(t)
	want := `[{"id":"l1","to":"cleo@forge.test","subject":"\u003cHello\u003e","text":"Text","html":"\u003cp\u003eText\u003c/p\u003e","sent_at":"2026-03-01T09:00:00Z"}]`
	if a := c.Get("/dev/mailbox.json?to=cleo@forge.test", ""); a.Body != want {
		t.Errorf("%s", a.Body)
	}
	if a := c.Get("/dev/mailbox.json?to=nobody@forge.test", ""); a.Body != "[]" {
		t.Errorf("%s", a.Body)
	}
	if a := c.Get("/dev/mailbox", ""); a.StatusCode != 200 || !strings.Contains(a.Body, "/dev/mailbox/l1") || strings.Contains(a.Body, "<Hello>") {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.Get("/dev/mailbox/l1", ""); a.StatusCode != 200 {
		t.Errorf("%d", a.StatusCode)
	}
	if a := c.Get("/dev/mailbox/l2", ""); a.StatusCode != 404 {
		t.Errorf("%d", a.StatusCode)
	}
}

func TestMailbox_FindsAndSaysAnAddressAsItIsRead(t *testing.T) {
	t.Parallel()
	_, _, c := site(t)
	for _, typed := range []string{"dora@münchen.test", "Dora@MÜNCHEN.test", " dora@xn--mnchen-3ya.test "} {
		to := "?to=" + url.QueryEscape(typed)
		if a := c.Get("/dev/mailbox"+to, ""); a.StatusCode != 200 || !strings.Contains(a.Body, "To dora@münchen.test") || strings.Contains(a.Body, "To dora@xn--") {
			t.Errorf("%q: %d", typed, a.StatusCode)
		}
		if a := c.Get("/dev/mailbox.json"+to, ""); !strings.Contains(a.Body, `"to":"dora@xn--mnchen-3ya.test"`) {
			t.Errorf("%q: %s", typed, a.Body)
		}
	}
}

func TestClockPage_MovesForwardOnly(t *testing.T) {
	t.Parallel()
	due, now, c := site(t)
	before := now.Now()
	a := c.Do("POST", "/dev/clock", `{"advance":"720h"}`, "Content-Type", "application/json")
	if a.StatusCode != 200 || a.Body != `{"now":"2026-03-31T09:00:00Z"}` || now.Now().Sub(before) != 720*time.Hour {
		t.Errorf("%d %s", a.StatusCode, a.Body)
	}
	for _, body := range []string{`{"advance":"-1h"}`, `{"advance":"0s"}`, `{"advance":"soon"}`, `{}`, ``} {
		if a := c.Do("POST", "/dev/clock", body); a.StatusCode != 422 {
			t.Errorf("%q: %d", body, a.StatusCode)
		}
	}
	if *due != 1 {
		t.Errorf("what came due was done %d times", *due)
	}
}

func TestIndex_ListsWhatThereIs(t *testing.T) {
	t.Parallel()
	_, _, c := site(t)
	if a := c.Get("/dev", ""); a.StatusCode != 200 || !strings.Contains(a.Body, "/dev/mailbox") {
		t.Errorf("the index: %d", a.StatusCode)
	}
	if a := c.Get("/dev/routes", ""); a.StatusCode != 200 || !strings.Contains(a.Body, `"path": "/dev/clock"`) {
		t.Errorf("the routes: %d", a.StatusCode)
	}
	a := c.Get("/dev", "")
	for _, want := range []string{`href="/dev/printer"`, "What was printed.", "cleo@forge.test", "reads"} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the index lacks %s", want)
		}
	}
	if strings.Contains(a.Body, "/auth/dev") {
		t.Error("the index leads to a provider that nobody brought")
	}
}

func TestEvents_AreWrittenAsTheyCome(t *testing.T) {
	t.Parallel()
	s := fiberhttptest.MustNew(t, fiberhttptest.Settings(t))
	if err := devhttp.Register(s, devhttp.Deps{Saved: func(_ context.Context, w io.Writer) error {
		if _, flushes := w.(interface{ Flush() error }); !flushes {
			t.Error("an event would wait for the next one")
		}
		_, err := io.WriteString(w, "data: {}\n\n")
		return err
	}}); err != nil {
		t.Fatal(err)
	}
	if a := fiberhttptest.Serve(t, s).Get("/dev/events", ""); a.StatusCode != 200 || a.Body != "data: {}\n\n" || a.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%d, %q, %v", a.StatusCode, a.Body, a.Header)
	}
	_, _, c := site(t)
	if a := c.Get("/dev/events", ""); a.StatusCode != 404 {
		t.Errorf("where nothing is told: %d", a.StatusCode)
	}
}
