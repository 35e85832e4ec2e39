package identity_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func cacheAway(t *testing.T, h *testApp) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.enter(t, "cleo@neoforge.test")
	a := h.actor(t, in.Secret)
	h.cache.Away.Store(true)
	if err := h.app.SignOut(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	notes := h.cache.Cache.(*noted)
	if err := notes.handOver(t.Context(), h.cache); err == nil {
		t.Error("the cache was told while it was away")
	}
	h.cache.Away.Store(false)
	if err := notes.handOver(t.Context(), h.cache); err != nil {
		t.Fatal(err)
	}
	h.refused(t, "signed out", in.Secret)
}

// run does a job's work.
func (h *testApp) run(t *testing.T, kind string, payload []byte) error {
	t.Helper()
	return h.app.Run(t, kind, payload)
}

// Every request of somebody signed in pays for this.
func TestReadingACookieAgainAllocatesLittle(t *testing.T) {
	h := newTestApp(t, entstoretest.MustSQLite(t))
	h.deps.OrganizationPolicy = identity.IdentityOrganizationPolicy()
	app, err := fixture.NewIdentity(h.deps)
	if err != nil {
		t.Fatal(err)
	}
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.enter(t, "cleo@neoforge.test")
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
