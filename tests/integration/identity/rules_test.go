package identity_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestRulesOfIdentity holds identity to rules that no story comes upon by itself.
func TestRulesOfIdentity(t *testing.T) {
	t.Parallel()
	rules := map[string]func(t *testing.T, h *testApp){
		"a visitor has nothing of their own":                      visitorsHaveNothing,
		"an administrator helps, and is told what is in order":    administratorHelps,
		"who acts for somebody acts for one, and while they may":  impersonationBounds,
		"a passkey confirms who one is, once":                     passkeyConfirms,
		"a program signs in by a passkey that knows its person":   programPasskey,
		"nobody has passkeys, roles or organizations without end": boundsOfMany,
		"an invitation counts as it was sent last":                invitationRenewed,
		"a grant is for who proved their address":                 grantNeedsProof,
	}
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for title, rule := range rules {
				t.Run(title, func(t *testing.T) {
					t.Parallel()
					rule(t, newTestApp(t, open(t)))
				})
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func visitorsHaveNothing(t *testing.T, h *testApp) {
	ctx, nobody := t.Context(), identity.Actor{}
	for what, err := range map[string]error{
		"a picture":         second(h.app.SetAvatar(ctx, nobody, nil)),
		"no picture":        h.app.RemoveAvatar(ctx, nobody),
		"connections":       second(h.app.Connections(ctx, nobody)),
		"consents":          second(h.app.Consents(ctx, nobody)),
		"tokens":            second(h.app.PersonalTokens(ctx, nobody)),
		"leaving":           second(h.app.DeletionBlockers(ctx, nobody)),
		"staying":           h.app.KeepAccount(ctx, nobody),
		"an organization":   second(h.app.CreateOrganization(ctx, nobody, "x")),
		"theirs":            second(h.app.OpenOrganization(ctx, nobody, fixture.GoldenOrganization)),
		"an end of it":      h.app.DeleteOrganization(ctx, nobody, fixture.GoldenOrganization),
		"an invitation":     second(h.app.AcceptInvitation(ctx, nobody, organizations.AcceptInvitation{ID: fixture.GoldenUser})),
		"exports":           second(h.app.Exports(ctx, nobody)),
		"an export":         second(h.app.DataExport(ctx, nobody, fixture.GoldenUser)),
		"what protects":     second(h.app.Security(ctx, nobody)),
		"a grant":           h.app.OfferOnResource(ctx, nobody, "cleo@neoforge.test", "content.post.edit", "post:1", ""),
		"a grant's end":     h.app.RevokeGrant(ctx, nobody, fixture.GoldenUser, "content.post.edit", "post:1"),
		"a role":            second(h.app.CreateRole(ctx, nobody, "x", nil)),
		"a confirmation":    second(h.app.Confirm(ctx, account.Confirm{Password: fixture.Password})),
		"an erasure":        h.app.EraseUser(ctx, nobody, fixture.GoldenUser),
		"an act on another": h.app.SignOutUser(ctx, nobody, fixture.GoldenUser),
	} {
		failsWith(t, what, err, identity.ErrNotSignedIn)
	}
	if places, open, err := h.app.ListOrganizations(ctx, nobody); len(places)+len(open) != 0 {
		t.Errorf("belongs to %v, %v, %v", places, open, err)
	}
}

func administratorHelps(t *testing.T, h *testApp) {
	ada, ctx := h.administrator(t, "ada@neoforge.test"), t.Context()
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.enter(t, "cleo@neoforge.test")
	pair := h.program(t, "cleo@neoforge.test")
	cleo := h.actor(t, in.Secret)
	h.deliver(t)
	h.unprove(t, cleo.UserID)

	if err := h.app.SendUserVerification(ctx, ada, cleo.UserID); err != nil {
		t.Fatal(err)
	}
	if err := h.verify(t, link(t, h.mail(t, "cleo@neoforge.test"), "/verify-email")); err != nil {
		t.Errorf("the link of that mail: %v", err)
	}
	failsWith(t, "proven already", h.app.SendUserVerification(ctx, ada, cleo.UserID), identity.ErrEmailVerified)
	h.deliver(t)
	if err := h.app.SendPasswordReset(ctx, ada, cleo.UserID); err != nil {
		t.Fatal(err)
	}
	if err := h.reset(t, link(t, h.mail(t, "cleo@neoforge.test"), "/reset"), otherPassword); err != nil {
		t.Errorf("the link of that mail: %v", err)
	}
	failsWith(t, "no name", h.app.RenameUser(ctx, ada, cleo.UserID, " "), identity.ErrInvalidName)
	if err := h.app.RenameUser(ctx, ada, cleo.UserID, "  Cleo of the Forge "); err != nil {
		t.Fatal(err)
	}
	if u := h.person(t, "cleo@neoforge.test"); u.Name != "Cleo of the Forge" {
		t.Errorf("named %q", u.Name)
	}

	in, err := h.tries(t, "cleo@neoforge.test", otherPassword)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.app.SignOutUser(ctx, ada, cleo.UserID); err != nil {
		t.Fatal(err)
	}
	h.refused(t, "signed out by an administrator", in.Secret)
	failsWith(t, "and their program", second(h.app.RefreshTokens(ctx, pair.RefreshToken)), identity.ErrInvalidToken)
	if _, err := h.tries(t, "cleo@neoforge.test", otherPassword); err != nil {
		t.Errorf("comes back: %v", err)
	}

	cleo.Permissions = nil
	for what, act := range map[string]func(by identity.Actor, id identity.UserID) error{
		"sign out":     func(by identity.Actor, id identity.UserID) error { return h.app.SignOutUser(ctx, by, id) },
		"rename":       func(by identity.Actor, id identity.UserID) error { return h.app.RenameUser(ctx, by, id, "x") },
		"reset":        func(by identity.Actor, id identity.UserID) error { return h.app.SendPasswordReset(ctx, by, id) },
		"verification": func(by identity.Actor, id identity.UserID) error { return h.app.SendUserVerification(ctx, by, id) },
	} {
		failsWith(t, what+" by a member", act(cleo, ada.UserID), identity.ErrForbidden)
		failsWith(t, what+" of oneself", act(ada, ada.UserID), identity.ErrOwnAccount)
		failsWith(t, what+" of nobody", act(ada, fixture.GoldenUser), identity.ErrUserNotFound)
	}
}

func impersonationBounds(t *testing.T, h *testApp) {
	ada, eve := h.administrator(t, "ada@neoforge.test"), h.administrator(t, "eve@neoforge.test")
	h.deps.Policy[identityport.RoleAdministrator] = ada.Permissions
	cleo, ctx := h.member(t, "cleo@neoforge.test"), t.Context()
	own, err := enter(t, h.app, "ada@neoforge.test")
	if err != nil {
		t.Fatal(err)
	}
	ada.SessionID = own.Session.ID
	act := func() administration.Impersonation {
		t.Helper()
		in, err := h.app.Impersonate(ctx, administration.Impersonate{Actor: ada, User: cleo.UserID})
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	failsWith(t, "stopping what is not", second(h.app.StopImpersonating(ctx, ada, own.Secret)), identity.ErrNotImpersonating)

	// Whose session is kept aside makes a difference: nobody is handed another's.
	for what, kept := range map[string]identity.Secret{"none": "", "nobody's": identity.NewSecret(), "another's": h.enter(t, "eve@neoforge.test").Secret} {
		if back, err := h.app.StopImpersonating(ctx, h.actor(t, act().Secret), kept); err != nil || back {
			t.Errorf("%s: back %t, %v", what, back, err)
		}
	}

	// Signing out ends what is kept aside too.
	in := act()
	if err := h.app.SignOut(ctx, h.actor(t, in.Secret)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.app.SignOutKept(ctx, own.Secret); err != nil {
			t.Error(err)
		}
	}
	h.refused(t, "acting", in.Secret)
	h.refused(t, "kept aside", own.Secret)

	ada.SessionID, eve.SessionID = h.enter(t, "ada@neoforge.test").Session.ID, h.enter(t, "eve@neoforge.test").Session.ID
	in = act() // ends with the permission of who acts
	if err := h.app.AssignRole(ctx, eve, ada.UserID, identityport.RoleMember); err != nil {
		t.Fatal(err)
	}
	h.refused(t, "who may no longer act", in.Secret)
	if err := h.app.SuspendUser(ctx, eve, cleo.UserID, "A test of it."); err != nil {
		t.Fatal(err)
	}
	failsWith(t, "in the name of who is suspended", second(h.app.Impersonate(ctx, administration.Impersonate{Actor: eve, User: cleo.UserID})), identity.ErrImpersonateGone)
	twice := eve
	twice.Impersonator = ada.UserID
	failsWith(t, "twice over", second(h.app.Impersonate(ctx, administration.Impersonate{Actor: twice, User: cleo.UserID})), identity.ErrImpersonating)
}

func passkeyConfirms(t *testing.T, h *testApp) {
	cleo, in := h.signedIn(t, "cleo@neoforge.test")
	eve, _ := h.signedIn(t, "eve@neoforge.test")
	failsWith(t, "without a passkey", second(h.app.BeginPasskeyConfirmation(t.Context(), cleo)), identity.ErrPasskeyNotFound)
	key, _ := h.addPasskey(t, cleo, "Laptop")
	h.addPasskey(t, eve, "Phone")
	h.clock.Advance(identityport.RecentAuthentication)
	begin := func(a identity.Actor) (identity.Secret, []byte) {
		t.Helper()
		begun, err := h.app.BeginPasskeyConfirmation(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		return begun.Challenge, begun.Options
	}
	confirm := func(a identity.Actor, challenge identity.Secret, answer []byte) (account.Confirmed, error) {
		return h.app.Confirm(t.Context(), account.Confirm{Actor: a, Challenge: challenge, Proof: identity.FactorProof{Passkey: answer}})
	}
	challenge, options := begin(eve)
	failsWith(t, "by another's challenge", second(confirm(cleo, challenge, key.proves(t, options))), identity.ErrChallengeUnknown)
	challenge, options = begin(eve)
	failsWith(t, "by another's key", second(confirm(eve, challenge, key.proves(t, options))), identity.ErrPasskeyInvalid)
	challenge, options = begin(cleo)
	failsWith(t, "by a malformed answer", second(confirm(cleo, challenge, []byte(`{"id":`))), identity.ErrPasskeyInvalid)
	answer := key.proves(t, options)
	done, err := confirm(cleo, challenge, answer)
	if err != nil {
		t.Fatal(err)
	}
	if a := h.holder(t, done.Secret); a.UserID != cleo.UserID || !a.RecentlyAuthenticated(h.clock.Now()) {
		t.Errorf("confirmed: %+v", a)
	}
	h.refused(t, "the cookie from before", in.Secret)
	failsWith(t, "once more", second(confirm(h.holder(t, done.Secret), challenge, answer)), identity.ErrChallengeUnknown)
}

func programPasskey(t *testing.T, h *testApp) {
	cleo, _ := h.signedIn(t, "cleo@neoforge.test")
	key, _ := h.addPasskey(t, cleo, "Laptop")
	sign := func() (signin.TokenPair, error) {
		t.Helper()
		begun, err := h.app.BeginPasskeySignIn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return h.app.SignInProgramWithPasskey(t.Context(), signin.SignInWithPasskey{Challenge: begun.Challenge, Response: key.proves(t, begun.Options), Device: fixture.Laptop})
	}
	pair, err := sign()
	if err != nil {
		t.Fatal(err)
	}
	if a, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken); err != nil || a.UserID != cleo.UserID {
		t.Errorf("signed in: %+v, %v", a, err)
	}
	key.flags = present // touched, by whoever it was
	failsWith(t, "who is not known to the key", second(sign()), identity.ErrPasskeyInvalid)
}

func boundsOfMany(t *testing.T, h *testApp) {
	ada, ctx := h.manager(t, "ada"), t.Context()
	h.within(t, func(ctx context.Context, s identity.Stores) error {
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
	failsWith(t, "one passkey more", second(h.app.BeginPasskey(ctx, ada)), identity.ErrTooManyPasskeys)
	failsWith(t, "one role more", second(h.app.CreateRole(ctx, ada, "One more", nil)), identity.ErrTooManyRoles)
	if err := h.app.DeleteRole(ctx, ada, "role-7"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.app.CreateRole(ctx, ada, "One more", nil); err != nil {
		t.Errorf("in the place of one that is gone: %v", err)
	}
	failsWith(t, "a permission that does not exist", second(h.app.CreateRole(ctx, ada, "Void", []identity.Permission{"no.such.thing"})), identity.ErrInvalidRole)
	crowded := ada
	for range identity.MaxOrganizations {
		crowded.Organizations = append(crowded.Organizations, fixture.GoldenOrganization)
	}
	failsWith(t, "one organization more", second(h.app.CreateOrganization(ctx, crowded, "One more")), identity.ErrTooManyOrganizations)
	if err := h.app.TransferOrganization(ctx, ada, h.found(t, ada), ada.UserID); err != nil {
		t.Errorf("who hands it to themselves keeps it: %v", err)
	}
}

func invitationRenewed(t *testing.T, h *testApp) {
	ada, cleo, ctx := h.arrives(t, "ada", identityport.RoleMember), h.arrives(t, "cleo", identityport.RoleMember), t.Context()
	o := h.found(t, ada)
	failsWith(t, "no address", second(h.app.Invite(ctx, ada, organizations.Invite{Organization: o, Email: "cleo", Role: identity.Reader})), identity.ErrInvalidEmail)
	i, err := h.app.Invite(ctx, ada, organizations.Invite{Organization: o, Email: cleo.Email, Role: identity.Reader})
	if err != nil {
		t.Fatal(err)
	}
	first := h.lastInvitation(t)
	h.clock.Advance(time.Hour)
	if err := h.app.ResendInvitation(ctx, ada, o, i.ID); err != nil {
		t.Fatal(err)
	}
	h.deliver(t)
	latest := h.lastInvitation(t)
	failsWith(t, "the link of the mail before", second(h.app.AcceptInvitation(ctx, cleo, organizations.AcceptInvitation{Token: first})), identity.ErrInvitationAbsent)

	h.signUp(t, "ben@neoforge.test", fixture.Password, "Ben")
	ben := identity.Actor{UserID: h.person(t, "ben@neoforge.test").ID, Email: "ben@neoforge.test", SessionID: "s"}
	j, err := h.app.Invite(ctx, ada, organizations.Invite{Organization: o, Email: ben.Email, Role: identity.Reader})
	if err != nil {
		t.Fatal(err)
	}
	failsWith(t, "an address that nobody proved", second(h.app.AcceptInvitation(ctx, ben, organizations.AcceptInvitation{ID: j.ID})), identity.ErrInvitationProof)
	if _, err := h.app.AcceptInvitation(ctx, cleo, organizations.AcceptInvitation{Token: latest}); err != nil {
		t.Errorf("the link of the last mail: %v", err)
	}
}

func grantNeedsProof(t *testing.T, h *testApp) {
	ada, ctx := h.arrives(t, "ada", identityport.RoleMember), t.Context()
	h.signUp(t, "cleo@neoforge.test", fixture.Password, "Cleo")
	h.deliver(t)
	if err := h.app.OfferOnResource(ctx, ada, "cleo@neoforge.test", "content.post.edit", "post:1", "the post"); err != nil {
		t.Errorf("an address that nobody proved is told apart: %v", err)
	}
	if mails := h.deliver(t); len(mails) != 0 {
		t.Errorf("an address that nobody proved gets %+v", mails)
	}
	for _, of := range []string{"cleo@neoforge.test", "ada@neoforge.test"} {
		if have, err := h.deps.Reads.GrantsOf(ctx, h.person(t, of).ID); err != nil || len(have) != 0 {
			t.Errorf("%s has %+v, %v", of, have, err)
		}
	}
	if err := h.app.RevokeGrant(ctx, ada, ada.UserID, "content.post.edit", "post:1"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("taking back what was not given: %v", err)
	}
	if n := len(h.ledger.Did("identity.resource_granted")); n != 0 {
		t.Errorf("%d entries in the trail", n)
	}
}
