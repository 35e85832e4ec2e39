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
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// inviteMany invites addresses to an organization until one is refused, and returns
// how many were taken.
func inviteMany(t *testing.T, h *fixture.Room, by identity.Actor, to identity.OrganizationID, email func(i int) string, most int) int {
	t.Helper()
	for i := range most {
		_, err := h.Invite(t.Context(), by, organizations.Invite{Organization: to, Email: email(i), Role: identity.Reader})
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
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		ada, _ := h.MustSignIn(t, "ada@neoforge.test")
		o := h.MustFound(t, ada)
		i, err := h.Invite(t.Context(), ada, organizations.Invite{Organization: o, Email: "ben@neoforge.test", Role: identity.Reader})
		if err != nil {
			t.Fatal(err)
		}
		err = h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
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
		_, err = h.Invite(t.Context(), ada, organizations.Invite{Organization: o, Email: "dan@neoforge.test", Role: identity.Reader})
		fixture.FailsWith(t, "an invitation", err, identity.ErrEmailUnproven)
		fixture.FailsWith(t, "an invitation sent again", h.ResendInvitation(t.Context(), ada, o, i.ID), identity.ErrEmailUnproven)
	})
}

func TestInvite_IsLimited(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		ada, _ := h.MustSignIn(t, "ada@neoforge.test")
		anywhere := func(i int) string { return fmt.Sprintf("a@d%d.test", i) }
		if n := inviteMany(t, h, ada, h.MustFound(t, ada), anywhere, 60); n != 50 {
			t.Errorf("one person invited %d addresses in a day, want 50", n)
		}
		ofDomain := func(from int) func(i int) string {
			return func(i int) string { return fmt.Sprintf("n%d@crowd.test", from+i) }
		}
		invited := 0
		for n := range 3 {
			by, _ := h.MustSignIn(t, fmt.Sprintf("by%d@neoforge.test", n))
			invited += inviteMany(t, h, by, h.MustFound(t, by), ofDomain(100*n), 50)
		}
		if invited != 100 {
			t.Errorf("%d addresses of one domain were invited in an hour, want 100", invited)
		}
	})
}

func TestInvite_IsLimitedForAnOrganizationAndARecipient(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		ada, _ := h.MustSignIn(t, "ada@neoforge.test")
		o := h.MustFound(t, ada)
		invited := inviteMany(t, h, ada, o, func(i int) string { return fmt.Sprintf("a@d%d.test", i) }, 50)
		for n := range 2 {
			u := h.MustCreate(t, fmt.Sprintf("by%d@neoforge.test", n), identityport.RoleMember, true)
			err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
				return s.Organizations.Join(ctx, identity.Membership{Organization: o, User: u.ID, Role: identity.Owner, CreatedAt: h.Clock.Now()})
			})
			if err != nil {
				t.Fatal(err)
			}
			by := h.MustActor(t, h.MustEnter(t, string(u.Email)).Secret)
			invited += inviteMany(t, h, by, o, func(i int) string { return fmt.Sprintf("b%d@e%d.test", n, i) }, 45)
		}
		if invited != 100 {
			t.Errorf("an organization invited %d in a day, want 100", invited)
		}
		taken := 0
		for n := range 12 {
			by, _ := h.MustSignIn(t, fmt.Sprintf("one%d@neoforge.test", n))
			taken += inviteMany(t, h, by, h.MustFound(t, by), func(int) string { return "cleo@neoforge.test" }, 1)
		}
		if taken != 10 {
			t.Errorf("one address got %d invitations in a day, want 10", taken)
		}
	})
}

func TestSignUp_IsLimitedMoreWithoutACaptcha(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		for i := range 11 {
			err := h.SignUp(t.Context(), signin.SignUp{Email: fmt.Sprintf("n%d@neoforge.test", i), Password: fixture.OtherPassword, Name: "Cleo", IP: "192.0.2.9"})
			if i < 10 && err != nil {
				t.Fatalf("registration %d: %v", i+1, err)
			}
			if i == 10 {
				fixture.FailsWith(t, "the eleventh registration in an hour", err, identity.ErrTooManyAttempts)
			}
		}
	})
}

func TestNames_WithWebAddressesAreRefused(t *testing.T) {
	t.Parallel()
	onLimiters(t, func(t *testing.T, h *fixture.Room) {
		ada, _ := h.MustSignIn(t, "ada@neoforge.test")
		ada = fixture.WithProof(ada, h.Clock.Now().Add(-time.Second))
		founded := h.MustFound(t, ada)
		for _, name := range []string{"URGENT http://evil.example", "Your bank tel:+4930123", "//evil.example"} {
			err := h.SignUp(t.Context(), signin.SignUp{Email: "cleo@neoforge.test", Password: fixture.OtherPassword, Name: name, IP: "192.0.2.9"})
			fixture.FailsWith(t, "a registration", err, identity.ErrNameHasLink)
			_, err = h.CreateOrganization(t.Context(), ada, name)
			fixture.FailsWith(t, "an organization", err, identity.ErrNameHasLink)
			fixture.FailsWith(t, "an organization renamed", h.RenameOrganization(t.Context(), ada, founded, name), identity.ErrNameHasLink)
		}
	})
}
