package signin_test

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestWelcome_IsQueuedOnceAndSentToWhoIsStillThere(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	registered := h.Ledger.Published("identity.user_registered.v1")
	subscribers := h.Subscribers()
	if len(subscribers) != 1 || subscribers[0].Name != "identity.send_welcome" || subscribers[0].Event != registered[0].Name {
		t.Fatalf("subscribers: %+v", subscribers)
	}
	for range 3 {
		if err := subscribers[0].Handle(t.Context(), registered[0]); err != nil {
			t.Fatal(err)
		}
	}
	queued := h.Ledger.Queued("identity.send_mail")
	if len(queued) != 1 || bytes.Contains(queued[0].Payload, []byte("@")) {
		t.Fatalf("queued: %+v", queued)
	}
	h.Outbox.Err = errors.New("the server is away")
	if err := h.Run(t, queued[0].Kind, queued[0].Payload); err == nil {
		t.Error("a mail that was not sent is not tried again")
	}
	h.Outbox.Err = &mail.Refusal{To: "cleo@neoforge.test", Reason: "550 no such user"}
	if err := h.Run(t, queued[0].Kind, queued[0].Payload); !errors.Is(err, mail.ErrRefused) { // what keeps refused mails ends the job
		t.Errorf("a refused address: %v", err)
	}
	h.Outbox.Err = nil
	if err := h.Run(t, queued[0].Kind, queued[0].Payload); err != nil {
		t.Fatal(err)
	}
	if len(h.Outbox.Sent) != 1 || h.Outbox.Sent[0].To != "cleo@neoforge.test" {
		t.Fatalf("sent: %+v", h.Outbox.Sent)
	}

	// The published form, about somebody who is gone by now.
	payload, err := os.ReadFile("../../../ports/identityport/testdata/user_registered.v1.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	e := events.Event{ID: h.Deps.IDs.New(), Name: "identity.user_registered.v1", OccurredAt: h.Clock.Now(), Payload: payload}
	if err := subscribers[0].Handle(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	queued = h.Ledger.Queued("identity.send_mail")
	if len(queued) != 2 {
		t.Fatalf("%d jobs", len(queued))
	}
	if err := h.Run(t, queued[1].Kind, queued[1].Payload); err != nil || len(h.Outbox.Sent) != 1 {
		t.Fatalf("to nobody: %v, %d mails", err, len(h.Outbox.Sent))
	}
}
