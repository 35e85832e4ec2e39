package administration_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestImpersonate_IsForAllToSee(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada := h.MustAdministrator(t, "ada@neoforge.test")
	eve := h.MustAdministrator(t, "eve@neoforge.test")
	cleo := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.Deps.Policy[identityport.RoleAdministrator] = ada.Permissions
	own, err := h.SignInFrom(t.Context(), "ada@neoforge.test", fixture.Password, fixture.Laptop)
	if err != nil {
		t.Fatal(err)
	}
	ada.SessionID = own.Session.ID

	for what, c := range map[string]struct {
		by   identity.Actor
		whom identity.UserID
		want error
	}{
		"a visitor":     {identity.Actor{}, cleo.ID, identity.ErrNotSignedIn},
		"a member":      {identity.Actor{UserID: cleo.ID, Permissions: []identity.Permission{"content.comment"}}, cleo.ID, identity.ErrForbidden},
		"themselves":    {ada, ada.UserID, identity.ErrOwnAccount},
		"an equal":      {ada, eve.UserID, identity.ErrImpersonateAdmin},
		"nobody":        {ada, "01a20468-855c-7bf0-87b6-52811b6c4664", identity.ErrUserNotFound},
		"what is no id": {ada, "' OR 1=1 --", identity.ErrUserNotFound},
	} {
		if _, err := h.Impersonate(t.Context(), administration.Impersonate{Actor: c.by, User: c.whom}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", what, err, c.want)
		}
	}

	in, err := h.Impersonate(t.Context(), administration.Impersonate{Actor: ada, User: cleo.ID, Device: identity.Device{IP: "203.0.113.9"}})
	if err != nil {
		t.Fatal(err)
	}
	h.MustBeOpenedBy(t, in.Session.ID, identity.SignedInBy{Method: identity.ByImpersonation})
	acting, err := h.AuthenticateSession(t.Context(), in.Secret)
	if err != nil || acting.UserID != cleo.ID || acting.Impersonator != ada.UserID || acting.May(identity.PermissionManageUsers) {
		t.Fatalf("acting: %+v, %v", acting, err)
	}
	if acting.RecentlyAuthenticated(h.Clock.Now()) {
		t.Error("who impersonates has proven nothing")
	}
	acting.Permissions = ada.Permissions // even so
	for what, err := range map[string]error{
		"suspend":  h.SuspendUser(t.Context(), acting, eve.UserID, "a reason"),
		"erase":    h.ErasePerson(t.Context(), acting, eve.UserID),
		"sign out": h.SignOutUser(t.Context(), acting, eve.UserID),
		"impersonate": func() error {
			_, err := h.Impersonate(t.Context(), administration.Impersonate{Actor: acting, User: eve.UserID})
			return err
		}(),
	} {
		if !errors.Is(err, identity.ErrImpersonating) {
			t.Errorf("%s: %v", what, err)
		}
	}
	p, err := h.Profile(t.Context(), identity.Actor{UserID: cleo.ID})
	if err != nil || len(p.Sessions) != 1 || p.Sessions[0].Impersonator != ada.UserID {
		t.Errorf("the person sees %+v, %v", p.Sessions, err)
	}
	back, err := h.StopImpersonating(t.Context(), acting, own.Secret)
	if err != nil || !back {
		t.Errorf("back: %t, %v", back, err)
	}
	if _, err := h.AuthenticateSession(t.Context(), in.Secret); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("still acting: %v", err)
	}

	// It ends by itself after an hour, and at once with what the administrator may do.
	in, err = h.Impersonate(t.Context(), administration.Impersonate{Actor: ada, User: cleo.ID})
	if err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(identity.ImpersonationTTL)
	if _, err := h.AuthenticateSession(t.Context(), in.Secret); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("after an hour: %v", err)
	}
	in, err = h.Impersonate(t.Context(), administration.Impersonate{Actor: ada, User: cleo.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.AuthenticateSession(t.Context(), in.Secret); err != nil {
		t.Fatal(err)
	}
	if err := h.SuspendUser(t.Context(), eve, ada.UserID, "Left the house."); err != nil {
		t.Fatal(err)
	}
	if _, err := h.AuthenticateSession(t.Context(), in.Secret); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a suspended administrator still acts: %v", err)
	}
	page, err := h.AuditTrail(t.Context(), eve, administration.AuditQuery{Actor: "ada@neoforge.test", Action: "identity.impersonation_started"})
	if err != nil || len(page.Entries) != 3 {
		t.Errorf("the trail has %d, %v", len(page.Entries), err)
	}
}

func TestImpersonate_IsForOneWhileTheyMay(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, eve := h.MustAdministrator(t, "ada@neoforge.test"), h.MustAdministrator(t, "eve@neoforge.test")
	h.Deps.Policy[identityport.RoleAdministrator] = ada.Permissions
	cleo, ctx := h.MustMember(t, "cleo@neoforge.test"), t.Context()
	own, err := h.SignInFrom(t.Context(), "ada@neoforge.test", fixture.Password, fixture.Laptop)
	if err != nil {
		t.Fatal(err)
	}
	ada.SessionID = own.Session.ID
	act := func() administration.Impersonation {
		t.Helper()
		in, err := h.Impersonate(ctx, administration.Impersonate{Actor: ada, User: cleo.UserID})
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	fixture.FailsWith(t, "stopping what is not", fixture.Second(h.StopImpersonating(ctx, ada, own.Secret)), identity.ErrNotImpersonating)

	// Whose session is kept aside makes a difference: nobody is handed another's.
	for what, kept := range map[string]identity.Secret{"none": "", "nobody's": identity.NewSecret(), "another's": h.MustEnter(t, "eve@neoforge.test").Secret} {
		if back, err := h.StopImpersonating(ctx, h.MustActor(t, act().Secret), kept); err != nil || back {
			t.Errorf("%s: back %t, %v", what, back, err)
		}
	}

	// Signing out ends what is kept aside too.
	in := act()
	if err := h.SignOut(ctx, h.MustActor(t, in.Secret)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.SignOutKept(ctx, own.Secret); err != nil {
			t.Error(err)
		}
	}
	h.MustRefuse(t, "acting", in.Secret)
	h.MustRefuse(t, "kept aside", own.Secret)

	ada.SessionID, eve.SessionID = h.MustEnter(t, "ada@neoforge.test").Session.ID, h.MustEnter(t, "eve@neoforge.test").Session.ID
	in = act() // ends with the permission of who acts
	if err := h.AssignRole(ctx, eve, ada.UserID, identityport.RoleMember); err != nil {
		t.Fatal(err)
	}
	h.MustRefuse(t, "who may no longer act", in.Secret)
	if err := h.SuspendUser(ctx, eve, cleo.UserID, "A test of it."); err != nil {
		t.Fatal(err)
	}
	fixture.FailsWith(t, "in the name of who is suspended", fixture.Second(h.Impersonate(ctx, administration.Impersonate{Actor: eve, User: cleo.UserID})), identity.ErrImpersonateGone)
	twice := eve
	twice.Impersonator = ada.UserID
	fixture.FailsWith(t, "twice over", fixture.Second(h.Impersonate(ctx, administration.Impersonate{Actor: twice, User: cleo.UserID})), identity.ErrImpersonating)
}

// Who helps somebody is not them: the person was not here.
func TestImpersonate_MakesNobodyActive(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada := h.MustAdministrator(t, "ada@neoforge.test")
	cleo := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.Deps.Policy[identityport.RoleAdministrator] = ada.Permissions
	own, err := h.SignInFrom(t.Context(), "ada@neoforge.test", fixture.Password, fixture.Laptop)
	if err != nil {
		t.Fatal(err)
	}
	ada.SessionID = own.Session.ID
	in, err := h.Impersonate(t.Context(), administration.Impersonate{Actor: ada, User: cleo.ID})
	if err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(identity.SessionTouch)
	if _, err := h.AuthenticateSession(t.Context(), in.Secret); err != nil {
		t.Fatal(err)
	}
	f, _, err := h.Figures(t.Context(), nil)
	if err != nil || f.ActiveWithin[1] != 1 || f.Active != 2 {
		t.Errorf("%+v, %v", f, err)
	}
}
