package administration_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/administration"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestCreateUser_NeedsAProperAddressAndRole(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	good := administration.CreateUser{Email: "ada@neoforge.test", Role: identityport.RoleAdministrator, EmailVerified: true}
	u, err := h.CreateUser(t.Context(), good)
	if err != nil || u.Name != "ada" || u.Role != identityport.RoleAdministrator {
		t.Fatalf("created %+v, %v", u, err)
	}
	for want, change := range map[error]func(*administration.CreateUser){
		identity.ErrEmailTaken:   func(c *administration.CreateUser) { c.Email = "ADA@neoforge.test" },
		identity.ErrInvalidEmail: func(c *administration.CreateUser) { c.Email = "ada" },
		identity.ErrUnknownRole:  func(c *administration.CreateUser) { c.Role = "root" },
		identity.ErrWeakPassword: func(c *administration.CreateUser) { c.Password = "short" },
		identity.ErrInvalidName:  func(c *administration.CreateUser) { c.Name = "a\x00" },
	} {
		c := good
		change(&c)
		if _, err := h.CreateUser(t.Context(), c); !errors.Is(err, want) {
			t.Errorf("have %v, want %v", err, want)
		}
	}
	if acts := h.Ledger.Did("identity.account_created"); len(acts) != 1 || acts[0].Actor != "system" {
		t.Errorf("trail: %+v", acts)
	}
}
