package identity_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/tokens"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// anotherProcess is the use cases of a further process: the same database, a view of the
// signing keys of its own.
func anotherProcess(t *testing.T, h *fixture.Room) *fixture.Identity {
	t.Helper()
	deps := h.Deps
	signer, err := tokens.New(h.Deps.Reads, h.Deps.Sealer, h.Deps.BaseURL, h.Clock, uuidv7.Generator{})
	if err != nil {
		t.Fatal(err)
	}
	deps.Tokens = signer
	app, err := fixture.NewIdentity(deps)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

// published are the ids of the keys in the key set.
func published(t *testing.T, app *fixture.Identity) []string {
	t.Helper()
	data, err := app.KeySet(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		Keys []struct {
			Kid string `json:"kid"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, k := range set.Keys {
		out = append(out, k.Kid)
	}
	return out
}

func TestKeySet_MakesTheFirstKeyOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		apps := []*fixture.Identity{h.Identity, anotherProcess(t, h), anotherProcess(t, h), anotherProcess(t, h)}
		var all sync.WaitGroup
		for i, app := range apps {
			all.Go(func() {
				if i%2 == 0 {
					if _, err := app.KeySet(t.Context()); err != nil {
						t.Error(err)
					}
					return
				}
				_, err := app.SignInProgram(t.Context(), signin.SignInProgram{Email: "cleo@neoforge.test", Password: fixture.Password, Device: fixture.Laptop})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		keys, err := h.ListSigningKeys(t.Context())
		if err != nil || len(keys) != 1 || len(h.Ledger.Did("identity.signing_key_created")) != 1 {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
		for _, app := range apps {
			if have := published(t, app); len(have) != 1 || have[0] != keys[0].ID {
				t.Errorf("published: %v", have)
			}
		}
	})
}

func TestRotateKeys_FollowOneAnotherWithoutARefusal(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		there := anotherProcess(t, h)
		old := h.MustSignInProgram(t, "cleo@neoforge.test")
		if _, err := there.AuthenticateToken(t.Context(), old.AccessToken); err != nil {
			t.Fatal(err)
		}
		first := published(t, h.Identity)

		next, err := h.RotateKeys(t.Context(), identity.Announced)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.RotateKeys(t.Context(), identity.Announced); !errors.Is(err, identity.ErrKeyAnnounced) {
			t.Errorf("a second announcement: %v", err)
		}
		if have := published(t, h.Identity); len(have) != 2 || have[1] != next.ID {
			t.Errorf("published: %v", have)
		}
		h.Clock.Advance(identity.KeyReload)
		if have := published(t, there); len(have) != 2 {
			t.Errorf("published elsewhere after a minute: %v", have)
		}
		h.Clock.Advance(identity.KeyAnnouncement - identity.KeyReload - time.Second)
		last := h.MustSignInProgram(t, "cleo@neoforge.test") // the last token of the old key
		h.Clock.Advance(2 * time.Second)
		fresh := h.MustSignInProgram(t, "cleo@neoforge.test")
		for what, token := range map[string]string{"of the old key": last.AccessToken, "of the new key": fresh.AccessToken} {
			for where, app := range map[string]*fixture.Identity{"here": h.Identity, "there": there} {
				if _, err := app.AuthenticateToken(t.Context(), token); err != nil {
					t.Errorf("a token %s, %s: %v", what, where, err)
				}
			}
		}
		h.Clock.Advance(identity.KeyRetirement)
		fresh, err = h.RefreshTokens(t.Context(), fresh.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		if have := published(t, there); len(have) != 1 || have[0] != next.ID || have[0] == first[0] {
			t.Errorf("published in the end: %v", have)
		}
		if _, err := there.AuthenticateToken(t.Context(), fresh.AccessToken); err != nil {
			t.Error(err)
		}
		if err := h.Run(t, "identity.purge_ended", nil); err != nil {
			t.Fatal(err)
		}
		if keys, err := h.ListSigningKeys(t.Context()); err != nil || len(keys) != 1 || keys[0].ID != next.ID {
			t.Errorf("kept: %v, %v", keys, err)
		}
	})
}

func TestRotateKeys_AtOnceAndAfterALeak(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		there := anotherProcess(t, h)
		old := h.MustSignInProgram(t, "cleo@neoforge.test")
		if _, err := there.AuthenticateToken(t.Context(), old.AccessToken); err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(10 * time.Second)
		if _, err := h.RotateKeys(t.Context(), identity.AtOnce); err != nil {
			t.Fatal(err)
		}
		fresh := h.MustSignInProgram(t, "cleo@neoforge.test")
		for what, token := range map[string]string{"of the old key": old.AccessToken, "of the new key": fresh.AccessToken} {
			for where, app := range map[string]*fixture.Identity{"here": h.Identity, "there": there} {
				if _, err := app.AuthenticateToken(t.Context(), token); err != nil {
					t.Errorf("a token %s, %s: %v", what, where, err)
				}
			}
		}

		h.Clock.Advance(10 * time.Second)
		leaked, err := h.RefreshTokens(t.Context(), old.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		next, err := h.RotateKeys(t.Context(), identity.AfterLeak)
		if err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(identity.KeyReload)
		for where, app := range map[string]*fixture.Identity{"here": h.Identity, "there": there} {
			if _, err := app.AuthenticateToken(t.Context(), leaked.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
				t.Errorf("a token of the leaked key, %s: %v", where, err)
			}
			if have := published(t, app); len(have) != 1 || have[0] != next.ID {
				t.Errorf("published %s: %v", where, have)
			}
		}
		if _, err := there.RefreshTokens(t.Context(), leaked.RefreshToken); err != nil {
			t.Errorf("the refresh token: %v", err)
		}
	})
}
