package identity_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
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

func TestEraseUser_LeavesNothingAnywhere(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		in := h.MustEnter(t, "cleo@neoforge.test")
		h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
		pair := h.MustSignInProgram(t, "cleo@neoforge.test")
		a := h.MustActor(t, in.Secret)
		if err := h.EraseUser(t.Context(), a, a.UserID); err != nil {
			t.Fatal(err)
		}
		h.MustRefuse(t, "erased", in.Secret)
		if _, err := h.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
			t.Errorf("the access token: %v", err)
		}
		if _, err := h.RefreshTokens(t.Context(), pair.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
			t.Errorf("the refresh token: %v", err)
		}
		if _, err := h.Person(t.Context(), a.UserID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("person: %v", err)
		}
		if _, err := h.BillingContact(t.Context(), a.PersonalOrganization()); fault.KindOf(err) != fault.NotFound {
			t.Errorf("billing contact: %v", err)
		}
		erased := h.Ledger.Published("identity.user_erased.v1")
		if len(erased) != 1 {
			t.Fatalf("%d events", len(erased))
		}
		fixture.MustMatchGolden(t, "user_erased.v1.golden.json", erased[0].Payload,
			string(a.UserID), fixture.GoldenUser, string(a.PersonalOrganization()), fixture.GoldenOrganization)
		if acts := h.Ledger.Did("identity.account_erased"); len(acts) != 1 || strings.Contains(acts[0].Resource, "cleo") {
			t.Errorf("trail: %+v", acts)
		}
		if in := h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test")); !in.NewAccount || in.Session.User == a.UserID {
			t.Errorf("who comes again is new: %+v", in)
		}
	})
}

func TestEraseUser_IsForOneselfOrWhoManagesAccounts(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		cleo := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
		h.MustCreate(t, "ada@neoforge.test", identityport.RoleAdministrator, true)
		ben := h.MustActor(t, h.MustEnter(t, "ben@neoforge.test").Secret)
		ada := h.MustActor(t, h.MustEnter(t, "ada@neoforge.test").Secret)
		if err := h.EraseUser(t.Context(), ben, cleo.ID); !errors.Is(err, identity.ErrUserNotFound) {
			t.Errorf("ben: %v", err)
		}
		if err := h.EraseUser(t.Context(), identity.Actor{}, cleo.ID); !errors.Is(err, identity.ErrNotSignedIn) {
			t.Errorf("a visitor: %v", err)
		}
		if _, err := h.Person(t.Context(), cleo.ID); err != nil {
			t.Fatal(err)
		}
		if err := h.EraseUser(t.Context(), ada, cleo.ID); err != nil {
			t.Errorf("ada: %v", err)
		}
		if err := h.EraseUser(t.Context(), ada, cleo.ID); !errors.Is(err, identity.ErrUserNotFound) {
			t.Errorf("who is gone: %v", err)
		}
		if n := len(h.Ledger.Published("identity.user_erased.v1")); n != 1 {
			t.Errorf("%d events", n)
		}
	})
}

func TestExportUser_HoldsEverythingButProofs(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		u := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		in := h.MustEnter(t, "cleo@neoforge.test")
		h.MustCome(t, fixture.VerifiedClaim("subject-1", "cleo@neoforge.test"))
		document, err := h.ExportUser(t.Context(), identityport.Subject{User: u.ID})
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
		if _, err := h.ExportUser(t.Context(), identityport.Subject{User: fixture.GoldenUser}); !errors.Is(err, identity.ErrUserNotFound) {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestWelcome_IsQueuedOnceAndSentToWhoIsStillThere(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
	})
}

func TestPurgeEnded_TakesWhatEndedLongAgo(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		old := h.MustEnter(t, "cleo@neoforge.test")
		if err := h.SignOut(t.Context(), h.MustActor(t, old.Secret)); err != nil {
			t.Fatal(err)
		}
		h.MustBegin(t, "")
		if s := h.Schedules(); s[0].Kind != "identity.purge_ended" || s[0].Every != time.Hour {
			t.Fatalf("schedules: %+v", s)
		}
		if err := h.Run(t, "identity.purge_ended", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Deps.Reads.Session(t.Context(), old.Session.ID); err != nil {
			t.Errorf("a session that ended just now: %v", err)
		}
		h.Clock.Advance(31 * 24 * time.Hour)
		live := h.MustEnter(t, "cleo@neoforge.test")
		if err := h.Run(t, "identity.purge_ended", nil); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Deps.Reads.Session(t.Context(), old.Session.ID); !errors.Is(err, identity.ErrSessionNotFound) {
			t.Errorf("a session that ended long ago: %v", err)
		}
		h.MustActor(t, live.Secret)
	})
}
