package mailer_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/mailer"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	port "github.com/neoforge-dev/neoforge/ports/mail"
)

func newMailbox(limit int) *mailer.Mailbox {
	var mu sync.Mutex
	n := 0
	ids := idgen.Func(func() string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return fmt.Sprintf("mail-%d", n)
	})
	return mailer.NewMailbox(clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), ids, limit)
}

func TestMailbox_KeepsMailsNewestFirst(t *testing.T) {
	t.Parallel()
	b := newMailbox(10)
	for i, to := range []string{"ada@example.com", "ben@example.com", "Ada@Example.com"} {
		if err := b.Send(t.Context(), port.Message{To: to, Subject: fmt.Sprint(i), Text: "text", HTML: "<p>text</p>"}); err != nil {
			t.Fatal(err)
		}
	}
	all, hers := b.List(""), b.List("ada@example.com")
	if len(all) != 3 || all[0].Subject != "2" || all[2].Subject != "0" {
		t.Fatalf("all: %+v", all)
	}
	if len(hers) != 2 || hers[0].Subject != "2" || hers[1].Subject != "0" {
		t.Fatalf("hers: %+v", hers)
	}
	want := mailer.Mail{ID: "mail-1", To: "ada@example.com", Subject: "0", Text: "text", HTML: "<p>text</p>", SentAt: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	if all[2] != want {
		t.Fatalf("%+v, want %+v", all[2], want)
	}
	if got := b.List("nobody@example.com"); got == nil || len(got) != 0 {
		t.Fatalf("nobody has %v", got)
	}
}

func TestMailbox_DropsTheOldest(t *testing.T) {
	t.Parallel()
	b := newMailbox(3)
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			if err := b.Send(t.Context(), port.Message{To: "ada@example.com"}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := b.List(""); len(got) != 3 || got[0].ID != "mail-10" || got[2].ID != "mail-8" {
		t.Fatalf("%+v", got)
	}
}

func TestMailbox_RefusesWhatNoServerTakes(t *testing.T) {
	t.Parallel()
	b := newMailbox(3)
	for _, m := range []port.Message{
		{To: ""}, {To: "nobody"}, {To: "ada@example.com\r\nBcc: eve@example.com"},
		{To: "ada@example.com", Subject: "one\r\nBcc: eve@example.com"},
	} {
		if err := b.Send(t.Context(), m); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v, want a fault that no retry mends", m, err)
		}
	}
	if got := b.List(""); len(got) != 0 {
		t.Fatalf("kept %+v", got)
	}
}
