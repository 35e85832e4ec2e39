package identity_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func enter(t *testing.T, app *fixture.Identity, address string) (signin.SignedIn, error) {
	t.Helper()
	return app.SignInWithPassword(t.Context(), signin.SignInWithPassword{
		Email: address, Password: fixture.Password, Device: identity.Device{IP: "203.0.113.7", UserAgent: "Browser/1.0"},
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
