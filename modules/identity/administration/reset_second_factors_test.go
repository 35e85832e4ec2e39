package administration_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestResetSecondFactors_IsForAdministrators(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	actor, _ := h.MustSignIn(t, "cleo@neoforge.test")
	h.MustAddTOTP(t, actor)
	h.MustAddPasskey(t, actor, "Laptop")
	fixture.MustFailWith(t, "a member", h.ResetSecondFactors(t.Context(), actor, actor.UserID), identity.ErrForbidden)
	fixture.MustFailWith(t, "a visitor", h.ResetSecondFactors(t.Context(), identity.Actor{}, actor.UserID), identity.ErrNotSignedIn)
	h.MustCreate(t, "ada@neoforge.test", identityport.RoleAdministrator, true)
	ada := h.MustHolder(t, h.MustEnter(t, "ada@neoforge.test").Secret)
	fixture.MustFailWith(t, "nobody", h.ResetSecondFactors(t.Context(), ada, "01890000-0000-7000-8000-000000000000"), identity.ErrUserNotFound)
	if err := h.ResetSecondFactors(t.Context(), ada, actor.UserID); err != nil {
		t.Fatal(err)
	}
	if in := h.MustEnter(t, "cleo@neoforge.test"); in.Secret == "" {
		t.Fatal("a second factor is still asked for")
	}
	if did := h.Ledger.Did("identity.second_factors_reset"); len(did) != 1 || did[0].Actor != string(ada.UserID) {
		t.Errorf("%+v", did)
	}
}
