package signin_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// Every request of somebody signed in pays for this.
func TestAuthenticateSession_AllocatesLittleForACachedOne(t *testing.T) {
	h := fixture.NewRoom(t, entstoretest.MustSQLite(t))
	h.Deps.OrganizationPolicy = identity.IdentityOrganizationPolicy()
	app, err := fixture.NewIdentity(h.Deps)
	if err != nil {
		t.Fatal(err)
	}
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.MustEnter(t, "cleo@neoforge.test")
	read := func() {
		if _, err := app.AuthenticateSession(t.Context(), in.Secret); err != nil {
			t.Fatal(err)
		}
	}
	read()
	if n := testing.AllocsPerRun(1000, read); n > 42 {
		t.Errorf("%v allocations", n)
	}
}
