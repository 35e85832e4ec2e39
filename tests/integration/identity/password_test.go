package identity_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestRefreshTokens_SucceedOnceOfManyAtOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		pair := h.MustSignInProgram(t, "cleo@neoforge.test")
		won := make(chan signin.TokenPair, 8)
		var running sync.WaitGroup
		for range cap(won) {
			running.Go(func() {
				next, err := h.RefreshTokens(t.Context(), pair.RefreshToken)
				switch {
				case err == nil:
					won <- next
				case !errors.Is(err, identity.ErrTokenReused) && !errors.Is(err, identity.ErrInvalidToken):
					t.Error(err)
				}
			})
		}
		running.Wait()
		close(won)
		if len(won) > 1 {
			t.Fatalf("%d refreshes succeeded", len(won))
		}
		for next := range won {
			if _, err := h.AuthenticateToken(t.Context(), next.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
				t.Errorf("the winner of a race with a thief: %v", err)
			}
		}
	})
}
