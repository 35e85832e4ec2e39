package organizations_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestOfferOnResource_IsForOneResource(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, cleo := h.MustArrive(t, "ada", identityport.RoleMember), h.MustArrive(t, "cleo", identityport.RoleMember)
	ctx := t.Context()
	may := func(resource string) bool {
		t.Helper()
		yes, err := h.May(ctx, cleo.UserID, "content.post.edit", resource)
		if err != nil {
			t.Fatal(err)
		}
		return yes
	}
	offer := func(email string) {
		t.Helper()
		if err := h.OfferOnResource(ctx, ada, email, "content.post.edit", "post:1", "the post"); err != nil {
			t.Fatalf("offered to %s: %v", email, err)
		}
	}
	listed := func() []identity.Person {
		t.Helper()
		people, err := h.ListGrants(ctx, "content.post.edit", "post:1")
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
	if have := listed(); len(have) != 1 || have[0].ID != cleo.UserID || !may("post:1") || may("post:2") {
		t.Errorf("accepted, and granted %+v", have)
	}
	if n := len(h.Ledger.Did("identity.resource_offered")); n != 4 {
		t.Errorf("%d entries", n)
	}
	if err := h.RevokeGrant(ctx, ada, cleo.UserID, "content.post.edit", "post:1"); err != nil || may("post:1") {
		t.Errorf("revoked: %v", err)
	}
}

func TestOfferOnResource_IsForWhoProvedTheirAddress(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, ctx := h.MustArrive(t, "ada", identityport.RoleMember), t.Context()
	h.MustSignUp(t, "cleo@neoforge.test", fixture.Password, "Cleo")
	h.MustDeliver(t)
	if err := h.OfferOnResource(ctx, ada, "cleo@neoforge.test", "content.post.edit", "post:1", "the post"); err != nil {
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
	if err := h.RevokeGrant(ctx, ada, ada.UserID, "content.post.edit", "post:1"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("taking back what was not given: %v", err)
	}
	if n := len(h.Ledger.Did("identity.resource_granted")); n != 0 {
		t.Errorf("%d entries in the trail", n)
	}
}
