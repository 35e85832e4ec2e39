package signin_test

import (
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestRefreshTokens_TakesATokenOnce(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	u := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	pair := h.MustSignInProgram(t, "cleo@neoforge.test")
	if pair.ExpiresIn != identity.AccessTTL {
		t.Errorf("good for %s", pair.ExpiresIn)
	}
	h.Clock.Advance(identity.AccessTTL)
	if _, err := h.AuthenticateToken(t.Context(), pair.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("past its time: %v", err)
	}
	next, err := h.RefreshTokens(t.Context(), pair.RefreshToken)
	if err != nil || next.RefreshToken == pair.RefreshToken {
		t.Fatalf("refresh: %v", err)
	}
	a, err := h.AuthenticateToken(t.Context(), next.AccessToken)
	if err != nil || a.UserID != u.ID || !a.May("content.comment") {
		t.Fatalf("actor: %+v, %v", a, err)
	}
	for _, unknown := range []identity.Secret{"", identity.NewSecret()} {
		if _, err := h.RefreshTokens(t.Context(), unknown); !errors.Is(err, identity.ErrInvalidToken) {
			t.Errorf("an unknown token: %v", err)
		}
	}
}

func TestRefreshTokens_RevokesTheFamilyOfATokenUsedTwice(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	stolen := h.MustSignInProgram(t, "cleo@neoforge.test")
	own, err := h.RefreshTokens(t.Context(), stolen.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.AuthenticateToken(t.Context(), own.AccessToken); err != nil {
		t.Fatal(err)
	}
	if _, err := h.RefreshTokens(t.Context(), stolen.RefreshToken); !errors.Is(err, identity.ErrTokenReused) {
		t.Fatalf("reuse: %v", err)
	}
	if _, err := h.AuthenticateToken(t.Context(), own.AccessToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the access token lives on: %v", err)
	}
	if _, err := h.RefreshTokens(t.Context(), own.RefreshToken); !errors.Is(err, identity.ErrInvalidToken) {
		t.Errorf("the family's newest token lives on: %v", err)
	}
	if len(h.Ledger.Did("identity.refresh_token_reused")) == 0 {
		t.Error("the reuse is not in the trail")
	}
}
