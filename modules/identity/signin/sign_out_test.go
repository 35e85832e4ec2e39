package signin_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignOut_IsToldToTheCacheLaterWhenItIsAway(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
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
}
