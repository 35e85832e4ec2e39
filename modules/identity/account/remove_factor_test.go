package account_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestRemoveFactor_LeavesTheLastAuthMethod(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	browser, params := h.MustBegin(t, "/")
	h.Provider.Answers(fixture.VerifiedClaim("subject-1", "cleo@neoforge.test"))
	in, err := h.ReturnToSignIn(t, browser, params)
	if err != nil {
		t.Fatal(err)
	}
	actor := h.MustHolder(t, in.Secret)
	_, added := h.MustAddPasskey(t, actor, "Laptop")
	connections, err := h.Connections(t.Context(), actor)
	if err != nil || len(connections) != 1 {
		t.Fatalf("%v, %v", connections, err)
	}
	if err := h.UnlinkIdentity(t.Context(), actor, connections[0].ID); err != nil {
		t.Fatal(err)
	}
	fixture.MustFailWith(t, "the last passkey", h.RemovePasskey(t.Context(), actor, added.Passkey.ID), identity.ErrLastAuthMethod)
}
