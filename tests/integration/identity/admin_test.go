package identity_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func enter(t *testing.T, app *fixture.Identity, address string) (signin.SignedIn, error) {
	t.Helper()
	return app.SignInWithPassword(t.Context(), signin.SignInWithPassword{
		Email: address, Password: fixture.Password, Device: identity.Device{Address: "203.0.113.7", UserAgent: "Browser/1.0"},
	})
}

// TestSuspendUser_HoldsAtTheNextRequestOnEveryReplica has the suspension on one
// replica and the requests on the other.
func TestSuspendUser_HoldsAtTheNextRequestOnEveryReplica(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			redis := harness.Redis(t)
			here, there := replica(t, h, redis), replica(t, h, redis)
			ada := h.MustAdministrator(t, "ada@neoforge.test")
			cleo := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
			in, err := enter(t, here, "cleo@neoforge.test")
			if err != nil {
				t.Fatal(err)
			}
			for _, app := range []*fixture.Identity{here, there} {
				if _, err := app.AuthenticateSession(t.Context(), in.Secret); err != nil {
					t.Fatal(err)
				}
			}
			if err := here.SuspendUser(t.Context(), ada, cleo.ID, " x "); !errors.Is(err, identity.ErrInvalidReason) {
				t.Errorf("without a reason: %v", err)
			}
			if err := here.SuspendUser(t.Context(), ada, cleo.ID, "Sends\nunwanted  mails."); err != nil {
				t.Fatal(err)
			}
			for what, app := range map[string]*fixture.Identity{"here": here, "there": there} {
				if _, err := app.AuthenticateSession(t.Context(), in.Secret); !errors.Is(err, identity.ErrNotSignedIn) {
					t.Errorf("still signed in %s: %v", what, err)
				}
				if _, err := enter(t, app, "cleo@neoforge.test"); !errors.Is(err, identity.ErrSuspended) {
					t.Errorf("let in %s: %v", what, err)
				}
			}
			page, err := there.AuditTrail(t.Context(), ada, administration.AuditQuery{Resource: "cleo@neoforge.test", Action: "identity.user_suspended"})
			if err != nil || len(page.Entries) != 1 || page.Entries[0].Detail != "Sends unwanted mails." || page.Entries[0].Actor != string(ada.UserID) {
				t.Errorf("the trail has %+v, %v", page.Entries, err)
			}
			if err := there.RestoreUser(t.Context(), ada, cleo.ID); err != nil {
				t.Fatal(err)
			}
			if _, err := here.AuthenticateSession(t.Context(), in.Secret); !errors.Is(err, identity.ErrNotSignedIn) {
				t.Errorf("the old session came back: %v", err)
			}
			if _, err := enter(t, here, "cleo@neoforge.test"); err != nil {
				t.Errorf("restored, but not let in: %v", err)
			}
		})
	}
}

func TestImpersonate_IsForAllToSee(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			ada := h.MustAdministrator(t, "ada@neoforge.test")
			eve := h.MustAdministrator(t, "eve@neoforge.test")
			cleo := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
			h.Deps.Policy[identityport.RoleAdministrator] = ada.Permissions
			own, err := enter(t, h.Identity, "ada@neoforge.test")
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

			in, err := h.Impersonate(t.Context(), administration.Impersonate{Actor: ada, User: cleo.ID, Device: identity.Device{Address: "203.0.113.9"}})
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
		})
	}
}

func TestSuspendUser_LeavesSomebodyWhoAdministers(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			ada, eve := h.MustAdministrator(t, "ada@neoforge.test"), h.MustAdministrator(t, "eve@neoforge.test")
			for round := range fixture.Rounds(200) {
				// Two suspend each other at the same moment: one stays.
				done, ready := make(chan error, 2), make(chan struct{})
				for _, pair := range [][2]identity.Actor{{ada, eve}, {eve, ada}} {
					go func() {
						<-ready
						done <- h.SuspendUser(t.Context(), pair[0], pair[1].UserID, "A quarrel.")
					}()
				}
				close(ready)
				succeeded := 0
				for range 2 {
					switch err := <-done; {
					case err == nil:
						succeeded++
					case !errors.Is(err, identity.ErrLastAdministrator):
						t.Errorf("round %d: %v", round, err)
					}
				}
				if succeeded != 1 {
					t.Fatalf("round %d: %d were suspended", round, succeeded)
				}
				for _, a := range []identity.Actor{ada, eve} {
					for _, other := range []identity.Actor{ada, eve} {
						if err := h.RestoreUser(t.Context(), other, a.UserID); err != nil && !errors.Is(err, identity.ErrOwnAccount) {
							t.Fatal(err)
						}
					}
				}
			}
			if err := h.SuspendUser(t.Context(), ada, ada.UserID, "Enough of it."); !errors.Is(err, identity.ErrOwnAccount) {
				t.Errorf("suspends themselves: %v", err)
			}
			if err := h.ErasePerson(t.Context(), ada, ada.UserID); !errors.Is(err, identity.ErrOwnAccount) {
				t.Errorf("erases themselves: %v", err)
			}
			if err := h.ErasePerson(t.Context(), ada, eve.UserID); err != nil {
				t.Errorf("another administrator: %v", err)
			}
			operator := identity.Actor{UserID: "01a20468-855c-7bf0-87b6-52811b6c4664", Permissions: ada.Permissions}
			for what, err := range map[string]error{
				"suspended": h.SuspendUser(t.Context(), operator, ada.UserID, "The last one."),
				"erased":    h.ErasePerson(t.Context(), operator, ada.UserID),
			} {
				if !errors.Is(err, identity.ErrLastAdministrator) {
					t.Errorf("the last administrator was %s: %v", what, err)
				}
			}
		})
	}
}

func TestListPeople_IsPagedAsTheTrailByCursorsThatNobodyMakesUp(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			ada := h.MustAdministrator(t, "ada@neoforge.test")
			for _, address := range []string{"ben@neoforge.test", "cleo@neoforge.test", "dan@neoforge.test"} {
				h.MustCreate(t, address, identityport.RoleMember, true)
			}
			var seen []string
			for cursor := ""; ; {
				page, err := h.ListPeople(t.Context(), ada, administration.ListPeople{Search: "neoforge", Limit: 1, Cursor: cursor})
				if err != nil {
					t.Fatal(err)
				}
				for _, u := range page.Items {
					seen = append(seen, string(u.Email))
				}
				if cursor = page.NextCursor; cursor == "" {
					break
				}
			}
			if strings.Join(seen, " ") != "dan@neoforge.test cleo@neoforge.test ben@neoforge.test ada@neoforge.test" {
				t.Errorf("seen: %v", seen)
			}
			for _, cursor := range []string{"x", "MDE", "%00", strings.Repeat("A", 101), "MS4wMWEyMDQ2OC04NTVjLTdiZjAtODdiNi01MjgxMWI2YzQ2NjQ=", "LTEuMDFhMjA0Njg"} {
				if _, err := h.ListPeople(t.Context(), ada, administration.ListPeople{Cursor: cursor}); !errors.Is(err, identity.ErrInvalidCursor) {
					t.Errorf("people after %q: %v", cursor, err)
				}
				if _, err := h.AuditTrail(t.Context(), ada, administration.AuditQuery{Cursor: cursor}); !errors.Is(err, identity.ErrInvalidCursor) {
					t.Errorf("entries after %q: %v", cursor, err)
				}
			}
			member := identity.Actor{UserID: "01a20468-855c-7bf0-87b6-52811b6c4664"}
			for what, err := range map[string]error{
				"people": func() error { _, err := h.ListPeople(t.Context(), member, administration.ListPeople{}); return err }(),
				"trail":  func() error { _, err := h.AuditTrail(t.Context(), member, administration.AuditQuery{}); return err }(),
				"person": func() error { _, err := h.PersonDetail(t.Context(), member, ada.UserID); return err }(),
			} {
				if !errors.Is(err, identity.ErrForbidden) {
					t.Errorf("a member sees the %s: %v", what, err)
				}
			}
			var got []audit.Entry
			cut, err := h.ExportAudit(t.Context(), ada, administration.AuditQuery{From: h.Clock.Now().Add(-time.Hour)}, func(part []audit.Entry) error {
				got = append(got, part...)
				return nil
			})
			if err != nil || cut || len(got) < 5 || got[0].Action != "identity.audit_exported" {
				t.Errorf("exported %d, cut %t, %v", len(got), cut, err)
			}
		})
	}
}
