package identity_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/organizations"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

// inviteMany invites addresses to an organization until one is refused, and returns
// how many were taken.
func (h *testApp) inviteMany(t *testing.T, by identity.Actor, to identity.OrganizationID, email func(i int) string, most int) int {
	t.Helper()
	for i := range most {
		_, err := h.app.Invite(t.Context(), by, organizations.Invite{Organization: to, Email: email(i), Role: identity.Reader})
		if errors.Is(err, identity.ErrTooManyAttempts) {
			return i
		}
		if err != nil {
			t.Fatalf("invitation %d: %v", i+1, err)
		}
	}
	return most
}

func TestInvite_NeedsAProvenAddressOfTheInviter(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *testApp) {
		ada, _ := h.signedIn(t, "ada@neoforge.test")
		o := h.found(t, ada)
		i, err := h.app.Invite(t.Context(), ada, organizations.Invite{Organization: o, Email: "ben@neoforge.test", Role: identity.Reader})
		if err != nil {
			t.Fatal(err)
		}
		err = h.deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
			u, err := s.Users.ByID(ctx, ada.UserID)
			if err != nil {
				return err
			}
			u.EmailVerified = false
			return s.Users.Update(ctx, u)
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.app.Invite(t.Context(), ada, organizations.Invite{Organization: o, Email: "dan@neoforge.test", Role: identity.Reader})
		failsWith(t, "an invitation", err, identity.ErrEmailUnproven)
		failsWith(t, "an invitation sent again", h.app.ResendInvitation(t.Context(), ada, o, i.ID), identity.ErrEmailUnproven)
	})
}

func TestInvite_IsLimited(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *testApp) {
		ada, _ := h.signedIn(t, "ada@neoforge.test")
		anywhere := func(i int) string { return fmt.Sprintf("a@d%d.test", i) }
		if n := h.inviteMany(t, ada, h.found(t, ada), anywhere, 60); n != 50 {
			t.Errorf("one person invited %d addresses in a day, want 50", n)
		}
		ofDomain := func(from int) func(i int) string {
			return func(i int) string { return fmt.Sprintf("n%d@crowd.test", from+i) }
		}
		invited := 0
		for n := range 3 {
			by, _ := h.signedIn(t, fmt.Sprintf("by%d@neoforge.test", n))
			invited += h.inviteMany(t, by, h.found(t, by), ofDomain(100*n), 50)
		}
		if invited != 100 {
			t.Errorf("%d addresses of one domain were invited in an hour, want 100", invited)
		}
	})
}

func TestInvite_IsLimitedForAnOrganizationAndARecipient(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *testApp) {
		ada, _ := h.signedIn(t, "ada@neoforge.test")
		o := h.found(t, ada)
		invited := h.inviteMany(t, ada, o, func(i int) string { return fmt.Sprintf("a@d%d.test", i) }, 50)
		for n := range 2 {
			u := h.create(t, fmt.Sprintf("by%d@neoforge.test", n), identityport.RoleMember, true)
			err := h.deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
				return s.Organizations.Join(ctx, identity.Membership{Organization: o, User: u.ID, Role: identity.Owner, CreatedAt: h.clock.Now()})
			})
			if err != nil {
				t.Fatal(err)
			}
			by := h.actor(t, h.enter(t, string(u.Email)).Secret)
			invited += h.inviteMany(t, by, o, func(i int) string { return fmt.Sprintf("b%d@e%d.test", n, i) }, 45)
		}
		if invited != 100 {
			t.Errorf("an organization invited %d in a day, want 100", invited)
		}
		taken := 0
		for n := range 12 {
			by, _ := h.signedIn(t, fmt.Sprintf("one%d@neoforge.test", n))
			taken += h.inviteMany(t, by, h.found(t, by), func(int) string { return "cleo@neoforge.test" }, 1)
		}
		if taken != 10 {
			t.Errorf("one address got %d invitations in a day, want 10", taken)
		}
	})
}

func TestSignUp_IsLimitedMoreWithoutACaptcha(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *testApp) {
		for i := range 11 {
			err := h.app.SignUp(t.Context(), signin.SignUp{Email: fmt.Sprintf("n%d@neoforge.test", i), Password: otherPassword, Name: "Cleo", Address: "192.0.2.9"})
			if i < 10 && err != nil {
				t.Fatalf("registration %d: %v", i+1, err)
			}
			if i == 10 {
				failsWith(t, "the eleventh registration in an hour", err, identity.ErrTooManyAttempts)
			}
		}
	})
}

func TestNames_WithWebAddressesAreRefused(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *testApp) {
		ada, _ := h.signedIn(t, "ada@neoforge.test")
		ada = withProof(ada, h.clock.Now().Add(-time.Second))
		founded := h.found(t, ada)
		for _, name := range []string{"URGENT http://evil.example", "Your bank tel:+4930123", "//evil.example"} {
			err := h.app.SignUp(t.Context(), signin.SignUp{Email: "cleo@neoforge.test", Password: otherPassword, Name: name, Address: "192.0.2.9"})
			failsWith(t, "a registration", err, identity.ErrNameHasLink)
			_, err = h.app.CreateOrganization(t.Context(), ada, name)
			failsWith(t, "an organization", err, identity.ErrNameHasLink)
			failsWith(t, "an organization renamed", h.app.RenameOrganization(t.Context(), ada, founded, name), identity.ErrNameHasLink)
		}
	})
}
