package identity_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func profile(t *testing.T, h *testApp) {
	u := h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.enter(t, "cleo@neoforge.test")
	h.mustCome(t, verified("1", "cleo@neoforge.test"))
	p, err := h.app.Profile(t.Context(), h.actor(t, in.Secret))
	if err != nil {
		t.Fatal(err)
	}
	if p.User.ID != u.ID || !p.HasPassword || len(p.Sessions) != 2 || len(p.Identities) != 1 || p.Identities[0].Provider != "acme" ||
		len(p.Memberships) != 1 || p.Memberships[0].Role != identity.Owner || !p.Memberships[0].Personal {
		t.Fatalf("profile: %+v", p)
	}
	if _, err := h.app.Profile(t.Context(), identity.Actor{}); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}
	if have := h.app.Providers(); !reflect.DeepEqual(have, []identity.ProviderInfo{{Name: "acme", Label: "Acme"}}) {
		t.Errorf("providers: %+v", have)
	}
}

func erase(t *testing.T, h *testApp) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.enter(t, "cleo@neoforge.test")
	h.mustCome(t, verified("1", "cleo@neoforge.test"))
	pair := h.program(t, "cleo@neoforge.test")
	a := h.actor(t, in.Secret)
	if err := h.app.EraseUser(t.Context(), a, a.UserID); err != nil {
		t.Fatal(err)
	}
	h.refused(t, "erased", in.Secret)
	if _, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the access token: %v", err)
	}
	if _, err := h.app.RefreshTokens(t.Context(), pair.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the refresh token: %v", err)
	}
	if _, err := h.app.Person(t.Context(), a.UserID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("person: %v", err)
	}
	if _, err := h.app.BillingContact(t.Context(), a.PersonalOrganization()); fault.KindOf(err) != fault.NotFound {
		t.Errorf("billing contact: %v", err)
	}
	erased := h.ledger.Published("identity.user_erased.v1")
	if len(erased) != 1 {
		t.Fatalf("%d events", len(erased))
	}
	golden(t, "user_erased.v1.golden.json", erased[0].Payload,
		string(a.UserID), fixture.GoldenUser, string(a.PersonalOrganization()), fixture.GoldenOrganization)
	if acts := h.ledger.Did("identity.account_erased"); len(acts) != 1 || strings.Contains(acts[0].Resource, "cleo") {
		t.Errorf("trail: %+v", acts)
	}
	if in := h.mustCome(t, verified("1", "cleo@neoforge.test")); !in.NewAccount || in.Session.User == a.UserID {
		t.Errorf("who comes again is new: %+v", in)
	}
}

func eraseOthers(t *testing.T, h *testApp) {
	cleo := h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.create(t, "ben@neoforge.test", identityport.RoleMember, true)
	h.create(t, "ada@neoforge.test", identityport.RoleAdministrator, true)
	ben := h.actor(t, h.enter(t, "ben@neoforge.test").Secret)
	ada := h.actor(t, h.enter(t, "ada@neoforge.test").Secret)
	if err := h.app.EraseUser(t.Context(), ben, cleo.ID); !errors.Is(err, identity.ErrUserNotFound) {
		t.Errorf("ben: %v", err)
	}
	if err := h.app.EraseUser(t.Context(), identity.Actor{}, cleo.ID); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}
	if _, err := h.app.Person(t.Context(), cleo.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.app.EraseUser(t.Context(), ada, cleo.ID); err != nil {
		t.Errorf("ada: %v", err)
	}
	if err := h.app.EraseUser(t.Context(), ada, cleo.ID); !errors.Is(err, identity.ErrUserNotFound) {
		t.Errorf("who is gone: %v", err)
	}
	if n := len(h.ledger.Published("identity.user_erased.v1")); n != 1 {
		t.Errorf("%d events", n)
	}
}

func export(t *testing.T, h *testApp) {
	u := h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.enter(t, "cleo@neoforge.test")
	h.mustCome(t, verified("subject-1", "cleo@neoforge.test"))
	document, err := h.app.ExportUser(t.Context(), identityport.Subject{User: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{string(u.ID), "cleo@neoforge.test", "subject-1", fixture.Laptop.Address, in.Session.ID, `"has_password":true`} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	for _, proof := range []string{"cheap:", in.Secret.Reveal()} {
		if bytes.Contains(text, []byte(proof)) {
			t.Errorf("the export holds the proof %q", proof)
		}
	}
	if _, err := h.app.ExportUser(t.Context(), identityport.Subject{User: fixture.GoldenUser}); !errors.Is(err, identity.ErrUserNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func welcome(t *testing.T, h *testApp) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	registered := h.ledger.Published("identity.user_registered.v1")
	subscribers := h.app.Subscribers()
	if len(subscribers) != 1 || subscribers[0].Name != "identity.send_welcome" || subscribers[0].Event != registered[0].Name {
		t.Fatalf("subscribers: %+v", subscribers)
	}
	for range 3 {
		if err := subscribers[0].Handle(t.Context(), registered[0]); err != nil {
			t.Fatal(err)
		}
	}
	queued := h.ledger.Queued("identity.send_mail")
	if len(queued) != 1 || bytes.Contains(queued[0].Payload, []byte("@")) {
		t.Fatalf("queued: %+v", queued)
	}
	h.outbox.Err = errors.New("the server is away")
	if err := h.run(t, queued[0].Kind, queued[0].Payload); err == nil {
		t.Error("a mail that was not sent is not tried again")
	}
	h.outbox.Err = &mail.Refusal{To: "cleo@neoforge.test", Reason: "550 no such user"}
	if err := h.run(t, queued[0].Kind, queued[0].Payload); !errors.Is(err, mail.ErrRefused) { // what keeps refused mails ends the job
		t.Errorf("a refused address: %v", err)
	}
	h.outbox.Err = nil
	if err := h.run(t, queued[0].Kind, queued[0].Payload); err != nil {
		t.Fatal(err)
	}
	if len(h.outbox.Sent) != 1 || h.outbox.Sent[0].To != "cleo@neoforge.test" {
		t.Fatalf("sent: %+v", h.outbox.Sent)
	}

	// The published form, about somebody who is gone by now.
	payload, err := os.ReadFile("../../../ports/identityport/testdata/user_registered.v1.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	e := events.Event{ID: h.deps.IDs.New(), Name: "identity.user_registered.v1", OccurredAt: h.clock.Now(), Payload: payload}
	if err := subscribers[0].Handle(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	queued = h.ledger.Queued("identity.send_mail")
	if len(queued) != 2 {
		t.Fatalf("%d jobs", len(queued))
	}
	if err := h.run(t, queued[1].Kind, queued[1].Payload); err != nil || len(h.outbox.Sent) != 1 {
		t.Fatalf("to nobody: %v, %d mails", err, len(h.outbox.Sent))
	}
}

func purge(t *testing.T, h *testApp) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	old := h.enter(t, "cleo@neoforge.test")
	if err := h.app.SignOut(t.Context(), h.actor(t, old.Secret)); err != nil {
		t.Fatal(err)
	}
	h.begin(t, "")
	if s := h.app.Schedules(); s[0].Kind != "identity.purge_ended" || s[0].Every != time.Hour {
		t.Fatalf("schedules: %+v", s)
	}
	if err := h.run(t, "identity.purge_ended", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.deps.Reads.Session(t.Context(), old.Session.ID); err != nil {
		t.Errorf("a session that ended just now: %v", err)
	}
	h.clock.Advance(31 * 24 * time.Hour)
	live := h.enter(t, "cleo@neoforge.test")
	if err := h.run(t, "identity.purge_ended", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.deps.Reads.Session(t.Context(), old.Session.ID); !errors.Is(err, identity.ErrSessionNotFound) {
		t.Errorf("a session that ended long ago: %v", err)
	}
	h.actor(t, live.Secret)
}
