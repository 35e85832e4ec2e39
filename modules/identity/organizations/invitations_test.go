package organizations_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestAcceptInvitation_IsForWhoItWentToOnce(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, cleo, ben := h.MustArrive(t, "ada", identityport.RoleMember), h.MustArrive(t, "cleo", identityport.RoleMember), h.MustArrive(t, "ben", identityport.RoleMember)
	o := h.MustFound(t, ada)
	invite := organizations.Invite{Organization: o, Email: cleo.Email, Role: identity.Staff}
	if _, err := h.Invite(t.Context(), ada, invite); err != nil {
		t.Fatal(err)
	}
	_, err := h.Invite(t.Context(), ada, invite)
	fixture.FailsWith(t, "invited twice", err, identity.ErrInvitationOpen)
	_, err = h.Invite(t.Context(), ben, invite)
	fixture.FailsWith(t, "invited by a stranger", err, identity.ErrOrganizationAbsent)
	for _, j := range h.Ledger.Queued("identity.send_mail") {
		if bytes.Contains(j.Payload, []byte("token")) {
			t.Error("a token lies in the queue")
		}
	}
	token := h.MustInvitation(t)
	if v, err := h.PeekInvitation(t.Context(), token); err != nil || v.Organization != "The Forge" || v.Inviter == "" {
		t.Errorf("looked at: %+v, %v", v, err)
	}
	_, err = h.AcceptInvitation(t.Context(), ben, organizations.AcceptInvitation{Token: token})
	fixture.FailsWith(t, "taken up by somebody else", err, identity.ErrInvitationForeign)
	if have, err := h.AcceptInvitation(t.Context(), cleo, organizations.AcceptInvitation{Token: token}); err != nil || have != o {
		t.Fatalf("accepted: %v, %v", have, err)
	}
	_, err = h.AcceptInvitation(t.Context(), cleo, organizations.AcceptInvitation{Token: token})
	fixture.FailsWith(t, "accepted twice", err, identity.ErrInvitationAbsent)
	_, err = h.Invite(t.Context(), ada, invite)
	fixture.FailsWith(t, "a member is invited", err, identity.ErrAlreadyMember)

	late, err := h.Invite(t.Context(), ada, organizations.Invite{Organization: o, Email: ben.Email, Role: identity.Reader})
	if err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(identity.InvitationTTL)
	_, err = h.AcceptInvitation(t.Context(), ben, organizations.AcceptInvitation{ID: late.ID})
	fixture.FailsWith(t, "accepted too late", err, identity.ErrInvitationAbsent)
	again, err := h.Invite(t.Context(), ada, organizations.Invite{Organization: o, Email: ben.Email, Role: identity.Reader})
	if err != nil {
		t.Fatalf("invited anew: %v", err)
	}
	if err := h.RevokeInvitation(t.Context(), ada, o, again.ID); err != nil {
		t.Fatal(err)
	}
	_, err = h.AcceptInvitation(t.Context(), ben, organizations.AcceptInvitation{ID: again.ID})
	fixture.FailsWith(t, "accepted after it was revoked", err, identity.ErrInvitationAbsent)
}

func TestResendInvitation_EndsTheLinkOfTheMailBefore(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, cleo, ctx := h.MustArrive(t, "ada", identityport.RoleMember), h.MustArrive(t, "cleo", identityport.RoleMember), t.Context()
	o := h.MustFound(t, ada)
	fixture.FailsWith(t, "no address", fixture.Second(h.Invite(ctx, ada, organizations.Invite{Organization: o, Email: "cleo", Role: identity.Reader})), identity.ErrInvalidEmail)
	i, err := h.Invite(ctx, ada, organizations.Invite{Organization: o, Email: cleo.Email, Role: identity.Reader})
	if err != nil {
		t.Fatal(err)
	}
	first := h.MustInvitation(t)
	h.Clock.Advance(time.Hour)
	if err := h.ResendInvitation(ctx, ada, o, i.ID); err != nil {
		t.Fatal(err)
	}
	h.MustDeliver(t)
	latest := h.MustInvitation(t)
	fixture.FailsWith(t, "the link of the mail before", fixture.Second(h.AcceptInvitation(ctx, cleo, organizations.AcceptInvitation{Token: first})), identity.ErrInvitationAbsent)

	h.MustSignUp(t, "ben@neoforge.test", fixture.Password, "Ben")
	ben := identity.Actor{UserID: h.MustPerson(t, "ben@neoforge.test").ID, Email: "ben@neoforge.test", SessionID: "s"}
	j, err := h.Invite(ctx, ada, organizations.Invite{Organization: o, Email: ben.Email, Role: identity.Reader})
	if err != nil {
		t.Fatal(err)
	}
	fixture.FailsWith(t, "an address that nobody proved", fixture.Second(h.AcceptInvitation(ctx, ben, organizations.AcceptInvitation{ID: j.ID})), identity.ErrInvitationProof)
	if _, err := h.AcceptInvitation(ctx, cleo, organizations.AcceptInvitation{Token: latest}); err != nil {
		t.Errorf("the link of the last mail: %v", err)
	}
}
