package identity_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/cachestore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/pubsub"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestAuthenticateSession_RefusesWhatEndedOnAnotherReplica has two replicas on one database and
// one Redis, each with a cache of its own that has seen the session.
func TestAuthenticateSession_RefusesWhatEndedOnAnotherReplica(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			redis := harness.Redis(t)
			here, there := replica(t, h, redis), replica(t, h, redis)
			h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)

			for round := range 20 {
				in, err := here.SignInWithPassword(t.Context(), signin.SignInWithPassword{
					Email: "cleo@neoforge.test", Password: fixture.Password,
					Device: identity.Device{IP: "203.0.113." + string(rune('a'+round))},
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, app := range []*fixture.Identity{here, there, here, there} {
					if _, err := app.AuthenticateSession(t.Context(), in.Secret); err != nil {
						t.Fatalf("round %d: %v", round, err)
					}
				}
				a, err := there.AuthenticateSession(t.Context(), in.Secret)
				if err != nil {
					t.Fatal(err)
				}
				if err := there.SignOut(t.Context(), a); err != nil {
					t.Fatal(err)
				}
				for what, app := range map[string]*fixture.Identity{"here": here, "there": there} {
					if _, err := app.AuthenticateSession(t.Context(), in.Secret); !errors.Is(err, identity.ErrNotSignedIn) {
						t.Fatalf("round %d: still signed in %s: %v", round, what, err)
					}
				}
				h.Clock.Advance(identity.AccessTTL) // lets the limit on guesses recover
			}
		})
	}
}

// replica is another process's use cases: the same database, the same Redis.
func replica(t *testing.T, h *fixture.Room, redisURL string) *fixture.Identity {
	t.Helper()
	client, err := redisstore.Open(t.Context(), redisURL, "")
	if err != nil {
		t.Fatal(err)
	}
	store, err := cachestore.New(client, pubsub.New(client), 1<<20, func(msg string, err error) { t.Logf("%s: %v", msg, err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(store.Close(), client.Close()); err != nil {
			t.Error(err)
		}
	})
	deps := h.Deps
	deps.Cache = store
	app, err := fixture.NewIdentity(deps)
	if err != nil {
		t.Fatal(err)
	}
	return app
}
