package organizations_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func thePost(email string, until time.Time) identityport.ResourceOffer {
	return identityport.ResourceOffer{Email: email, Permission: "content.post.edit", Resource: "post:1", What: "the post", Until: until}
}

func TestOfferOnResource_IsForOneResource(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, cleo := h.MustArrive(t, "ada", identityport.RoleMember), h.MustArrive(t, "cleo", identityport.RoleMember)
	ctx := t.Context()
	may := func(resource string) bool {
		t.Helper()
		granted, err := h.GrantedOn(ctx, cleo.UserID, resource)
		if err != nil {
			t.Fatal(err)
		}
		return len(granted) > 0
	}
	offer := func(email string) {
		t.Helper()
		if err := h.OfferOnResource(ctx, ada, thePost(email, time.Time{})); err != nil {
			t.Fatalf("offered to %s: %v", email, err)
		}
	}
	listed := func() []identityport.Grant {
		t.Helper()
		people, err := h.ListGrants(ctx, "post:1")
		if err != nil {
			t.Fatal(err)
		}
		return people
	}
	for range 2 {
		offer(cleo.Email)
		offer("nobody@neoforge.test")
	}
	if have := listed(); len(have) != 0 || may("post:1") {
		t.Errorf("an offer tells who has the address: %+v", have)
	}
	var mails []string
	for _, m := range h.MustDeliver(t) {
		if strings.Contains(m.Subject, "shared with you") {
			mails = append(mails, m.To)
		}
	}
	if !slices.Equal(mails, []string{cleo.Email, cleo.Email}) {
		t.Errorf("mails went to %v", mails)
	}
	offers, err := h.ListOffers(ctx, cleo)
	if err != nil || len(offers) != 1 || offers[0].By != ada.Name {
		t.Fatalf("offers %+v, %v", offers, err)
	}
	fixture.FailsWith(t, "an offer to somebody else", h.AcceptOffer(ctx, ada, offers[0].ID), identity.ErrOfferAbsent)
	if err := h.AcceptOffer(ctx, cleo, offers[0].ID); err != nil {
		t.Fatal(err)
	}
	if have := listed(); len(have) != 1 || have[0].Person.ID != cleo.UserID || !may("post:1") || may("post:2") {
		t.Errorf("accepted, and granted %+v", have)
	}
	if n := len(h.Ledger.Did("identity.resource_offered")); n != 4 {
		t.Errorf("%d entries", n)
	}
	if err := h.RevokeGrants(ctx, ada, cleo.UserID, "post:1", "the post"); err != nil || may("post:1") {
		t.Errorf("revoked: %v", err)
	}
}

func TestOfferOnResource_IsForWhoProvedTheirAddress(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, ctx := h.MustArrive(t, "ada", identityport.RoleMember), t.Context()
	h.MustSignUp(t, "cleo@neoforge.test", fixture.Password, "Cleo")
	h.MustDeliver(t)
	if err := h.OfferOnResource(ctx, ada, thePost("cleo@neoforge.test", time.Time{})); err != nil {
		t.Errorf("an address that nobody proved is told apart: %v", err)
	}
	if mails := h.MustDeliver(t); len(mails) != 0 {
		t.Errorf("an address that nobody proved gets %+v", mails)
	}
	for _, of := range []string{"cleo@neoforge.test", "ada@neoforge.test"} {
		if have, err := h.Deps.Reads.GrantsOf(ctx, h.MustPerson(t, of).ID); err != nil || len(have) != 0 {
			t.Errorf("%s has %+v, %v", of, have, err)
		}
	}
	if err := h.RevokeGrants(ctx, ada, ada.UserID, "post:1", "the post"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("taking back what was not given: %v", err)
	}
	if n := len(h.Ledger.Did("identity.resource_granted")); n != 0 {
		t.Errorf("%d entries in the trail", n)
	}
}

// TestOfferOnResource_EndsAndIsTakenBack: a grant with an end is over then, the end can be
// changed without asking again, and who loses it is told.
func TestOfferOnResource_EndsAndIsTakenBack(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, cleo := h.MustArrive(t, "ada", identityport.RoleMember), h.MustArrive(t, "cleo", identityport.RoleMember)
	ctx, now := t.Context(), h.Clock.Now()
	offer := func(until time.Time) error { return h.OfferOnResource(ctx, ada, thePost(cleo.Email, until)) }
	held := func() []identityport.Grant {
		t.Helper()
		all, err := h.GrantedTo(ctx, cleo.UserID, "post")
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	mailed := func() (subjects []string) {
		t.Helper()
		for _, m := range h.MustDeliver(t) {
			if m.To == cleo.Email && strings.Contains(m.Subject, "shared with you") {
				subjects = append(subjects, m.Subject)
			}
		}
		return subjects
	}
	fixture.FailsWith(t, "an end that is past", offer(now), identity.ErrGrantEnded)
	fixture.FailsWith(t, "an end that cannot be written down", offer(time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -3600))), identity.ErrEndTooLate)
	if err := offer(now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	h.MustDeliver(t)
	offers, err := h.ListOffers(ctx, cleo)
	if err != nil || len(offers) != 1 {
		t.Fatalf("offers %+v, %v", offers, err)
	}
	if err := h.AcceptOffer(ctx, cleo, offers[0].ID); err != nil {
		t.Fatal(err)
	}
	if have := held(); len(have) != 1 || !have[0].Until.Equal(now.Add(time.Hour)) {
		t.Errorf("held: %+v", have)
	}
	if err := offer(now.Add(2 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	if have := mailed(); len(have) != 0 {
		t.Errorf("another end is mailed as another offer: %q", have)
	}
	h.Clock.Advance(90 * time.Minute)
	if have := held(); len(have) != 1 {
		t.Errorf("the later end does not hold: %+v", have)
	}
	h.Clock.Advance(30 * time.Minute)
	if have := held(); len(have) != 0 {
		t.Errorf("over, and held: %+v", have)
	}
	if people, err := h.ListGrants(ctx, "post:1"); err != nil || len(people) != 0 {
		t.Errorf("over, and listed: %+v, %v", people, err)
	}

	// What is over is offered anew, and has to be accepted anew.
	if err := offer(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if have := mailed(); len(have) != 1 || len(held()) != 0 {
		t.Errorf("offered anew: mailed %q, held %+v", have, held())
	}
	if offers, err = h.ListOffers(ctx, cleo); err != nil || len(offers) != 1 {
		t.Fatalf("offers %+v, %v", offers, err)
	}
	if err := h.AcceptOffer(ctx, cleo, offers[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := h.RevokeGrants(ctx, ada, cleo.UserID, "post:1", "the post"); err != nil {
		t.Fatal(err)
	}
	if have := mailed(); len(have) != 1 || !strings.Contains(have[0], "no longer") {
		t.Errorf("taken back, and mailed %q", have)
	}
	entries := h.Ledger.Did("identity.resource_grant_revoked")
	if len(entries) != 1 || entries[0].Detail != "content.post.edit of user:"+string(cleo.UserID) || entries[0].Resource != "post:1" {
		t.Errorf("entries: %+v", entries)
	}
	if accepted := h.Ledger.Did("identity.offer_accepted"); len(accepted) != 2 || accepted[0].Resource != "post:1" || !strings.HasPrefix(accepted[0].Detail, "content.post.edit until ") {
		t.Errorf("accepted: %+v", accepted)
	}
}
