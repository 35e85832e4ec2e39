package identity_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestVisitors_HaveNothingOfTheirOwn(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		ctx, nobody := t.Context(), identity.Actor{}
		for what, err := range map[string]error{
			"a picture":         fixture.Second(h.SetAvatar(ctx, nobody, nil)),
			"no picture":        h.RemoveAvatar(ctx, nobody),
			"connections":       fixture.Second(h.Connections(ctx, nobody)),
			"consents":          fixture.Second(h.Consents(ctx, nobody)),
			"tokens":            fixture.Second(h.PersonalTokens(ctx, nobody)),
			"leaving":           fixture.Second(h.DeletionBlockers(ctx, nobody)),
			"staying":           h.KeepAccount(ctx, nobody),
			"an organization":   fixture.Second(h.CreateOrganization(ctx, nobody, "x")),
			"theirs":            fixture.Second(h.OpenOrganization(ctx, nobody, fixture.GoldenOrganization)),
			"an end of it":      h.DeleteOrganization(ctx, nobody, fixture.GoldenOrganization),
			"an invitation":     fixture.Second(h.AcceptInvitation(ctx, nobody, organizations.AcceptInvitation{ID: fixture.GoldenUser})),
			"exports":           fixture.Second(h.Exports(ctx, nobody)),
			"an export":         fixture.Second(h.DataExport(ctx, nobody, fixture.GoldenUser)),
			"what protects":     fixture.Second(h.Security(ctx, nobody)),
			"a grant":           h.OfferOnResource(ctx, nobody, "cleo@neoforge.test", "content.post.edit", "post:1", ""),
			"a grant's end":     h.RevokeGrant(ctx, nobody, fixture.GoldenUser, "content.post.edit", "post:1"),
			"a role":            fixture.Second(h.CreateRole(ctx, nobody, "x", nil)),
			"a confirmation":    fixture.Second(h.Confirm(ctx, account.Confirm{Password: fixture.Password})),
			"an erasure":        h.EraseUser(ctx, nobody, fixture.GoldenUser),
			"an act on another": h.SignOutUser(ctx, nobody, fixture.GoldenUser),
		} {
			fixture.FailsWith(t, what, err, identity.ErrNotSignedIn)
		}
		if places, open, err := h.ListOrganizations(ctx, nobody); len(places)+len(open) != 0 {
			t.Errorf("belongs to %v, %v, %v", places, open, err)
		}
	})
}

func TestSignInProgramWithPasskey_NeedsAKeyThatKnowsItsPerson(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		cleo, _ := h.MustSignIn(t, "cleo@neoforge.test")
		key, _ := h.MustAddPasskey(t, cleo, "Laptop")
		sign := func() (signin.TokenPair, error) {
			t.Helper()
			begun, err := h.BeginPasskeySignIn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return h.SignInProgramWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: key.Proves(t, begun.Options), Device: fixture.Laptop})
		}
		pair, err := sign()
		if err != nil {
			t.Fatal(err)
		}
		if a, err := h.AuthenticateToken(t.Context(), pair.AccessToken); err != nil || a.UserID != cleo.UserID {
			t.Errorf("signed in: %+v, %v", a, err)
		}
		key.Flags = fixture.KeyPresent // touched, by whoever it was
		fixture.FailsWith(t, "who is not known to the key", fixture.Second(sign()), identity.ErrPasskeyInvalid)
	})
}

func TestCreateRole_IsBoundedAsPasskeysAndOrganizationsAre(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		ada, ctx := h.MustManager(t, "ada"), t.Context()
		h.MustDo(t, func(ctx context.Context, s identity.Stores) error {
			for range identity.MaxPasskeys {
				if err := s.Passkeys.Insert(ctx, identitytest.Passkey(ada.UserID)); err != nil {
					return err
				}
			}
			for i := range identity.MaxRoles {
				r := identitytest.CustomRole("")
				r.Name = fmt.Sprintf("role-%d", i)
				if err := s.Roles.Insert(ctx, r); err != nil {
					return err
				}
			}
			return nil
		})
		fixture.FailsWith(t, "one passkey more", fixture.Second(h.BeginPasskey(ctx, ada)), identity.ErrTooManyPasskeys)
		fixture.FailsWith(t, "one role more", fixture.Second(h.CreateRole(ctx, ada, "One more", nil)), identity.ErrTooManyRoles)
		if err := h.DeleteRole(ctx, ada, "role-7"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.CreateRole(ctx, ada, "One more", nil); err != nil {
			t.Errorf("in the place of one that is gone: %v", err)
		}
		fixture.FailsWith(t, "a permission that does not exist", fixture.Second(h.CreateRole(ctx, ada, "Void", []identity.Permission{"no.such.thing"})), identity.ErrInvalidRole)
		crowded := ada
		for range identity.MaxOrganizations {
			crowded.Organizations = append(crowded.Organizations, fixture.GoldenOrganization)
		}
		fixture.FailsWith(t, "one organization more", fixture.Second(h.CreateOrganization(ctx, crowded, "One more")), identity.ErrTooManyOrganizations)
		if err := h.TransferOrganization(ctx, ada, h.MustFound(t, ada), ada.UserID); err != nil {
			t.Errorf("who hands it to themselves keeps it: %v", err)
		}
	})
}

func TestResendInvitation_EndsTheLinkOfTheMailBefore(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
	})
}

func TestOfferOnResource_IsForWhoProvedTheirAddress(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
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
	})
}
