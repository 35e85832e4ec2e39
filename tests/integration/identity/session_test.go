package identity_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignOut_IsToldToTheCacheLaterWhenItIsAway(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		in := h.MustEnter(t, "cleo@neoforge.test")
		a := h.MustActor(t, in.Secret)
		h.Cache.Away.Store(true)
		if err := h.SignOut(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		notes := h.Cache.Cache.(*fixture.NotedCache)
		if err := notes.HandOver(t.Context(), h.Cache); err == nil {
			t.Error("the cache was told while it was away")
		}
		h.Cache.Away.Store(false)
		if err := notes.HandOver(t.Context(), h.Cache); err != nil {
			t.Fatal(err)
		}
		h.MustRefuse(t, "signed out", in.Secret)
	})
}

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
