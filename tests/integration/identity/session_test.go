package identity_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func signOut(t *testing.T, h *testApp) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in, other := h.enter(t, "cleo@neoforge.test"), h.enter(t, "cleo@neoforge.test")
	a := h.actor(t, in.Secret)
	h.actor(t, other.Secret)
	if err := h.app.SignOut(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	h.refused(t, "signed out", in.Secret)
	h.actor(t, other.Secret)
	if err := h.app.SignOut(t.Context(), a); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if err := h.app.SignOut(t.Context(), identity.Actor{}); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}

	pair := h.program(t, "cleo@neoforge.test")
	p, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.app.SignOut(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if _, err := h.app.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the access token: %v", err)
	}
	if _, err := h.app.RefreshTokens(t.Context(), pair.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the refresh token: %v", err)
	}
}

func revokeOwn(t *testing.T, h *testApp) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.create(t, "ben@neoforge.test", identityport.RoleMember, true)
	laptopIn, phoneIn := h.enter(t, "cleo@neoforge.test"), h.enter(t, "cleo@neoforge.test")
	cleo, ben := h.actor(t, laptopIn.Secret), h.actor(t, h.enter(t, "ben@neoforge.test").Secret)
	h.actor(t, phoneIn.Secret)
	for what, id := range map[string]string{"another's": phoneIn.Session.ID, "nobody's": fixture.GoldenUser, "no id": "x"} {
		if err := h.app.RevokeSession(t.Context(), ben, id); !errors.Is(err, identity.ErrSessionNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	h.actor(t, phoneIn.Secret)
	if err := h.app.RevokeSession(t.Context(), cleo, phoneIn.Session.ID); err != nil {
		t.Fatal(err)
	}
	h.refused(t, "revoked", phoneIn.Secret)
	h.actor(t, laptopIn.Secret)
	if err := h.app.RevokeSession(t.Context(), identity.Actor{}, laptopIn.Session.ID); !errors.Is(err, identity.ErrNotSignedIn) {
		t.Errorf("a visitor: %v", err)
	}
}

func cachedSessionEnds(t *testing.T, h *testApp) {
	h.create(t, "cleo@neoforge.test", identityport.RoleMember, true)
	in := h.enter(t, "cleo@neoforge.test")
	h.actor(t, in.Secret)
	h.clock.Advance(identity.SessionIdle - time.Minute)
	a := h.actor(t, in.Secret) // in use once more
	p, err := h.app.Profile(t.Context(), a)
	if err != nil || len(p.Sessions) != 1 || !p.Sessions[0].LastSeenAt.After(in.Session.LastSeenAt) {
		t.Fatalf("profile: %+v, %v", p, err)
	}
	h.clock.Advance(identity.SessionIdle - time.Minute)
	h.actor(t, in.Secret)
	h.clock.Advance(identity.SessionIdle)
	h.refused(t, "idle", in.Secret)
	if p, err := h.app.Profile(t.Context(), a); err != nil || len(p.Sessions) != 0 {
		t.Errorf("profile: %+v, %v", p, err)
	}
}

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
	for _, handler := range h.app.JobHandlers() {
		if handler.Kind == kind {
			return handler.Run(t.Context(), payload)
		}
	}
	t.Fatalf("no handler of %s", kind)
	return nil
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
