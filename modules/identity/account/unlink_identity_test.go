package account_test

import (
	"context"
	"errors"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestUnlinkIdentity_LeavesTheLastAuthMethod(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo := h.MustActor(t, h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test")).Secret)
	only := h.MustConnections(t, cleo)
	if len(only) != 1 || !only[0].LastAuthMethod {
		t.Fatalf("connected: %+v", only)
	}
	if err := h.UnlinkIdentity(t.Context(), cleo, only[0].ID); !errors.Is(err, identity.ErrLastAuthMethod) {
		t.Fatalf("have %v", err)
	}
	if len(h.MustConnections(t, cleo)) != 1 || len(h.Ledger.Did("identity.identity_unlinked")) != 0 {
		t.Fatal("it is gone")
	}
	// An account at a provider that is not set up here opens nothing.
	err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
		return s.Identities.Insert(ctx, identity.ExternalIdentity{
			ID: h.Deps.IDs.New(), User: cleo.UserID, Provider: "gone", Subject: "1", CreatedAt: h.Clock.Now(),
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.UnlinkIdentity(t.Context(), cleo, only[0].ID); !errors.Is(err, identity.ErrLastAuthMethod) {
		t.Errorf("with an idle one beside it: %v", err)
	}
	all := h.MustConnections(t, cleo)
	if len(all) != 2 || all[1].Label != "" || all[1].LastAuthMethod {
		t.Fatalf("connected: %+v", all)
	}
	if err := h.UnlinkIdentity(t.Context(), cleo, all[1].ID); err != nil {
		t.Errorf("the idle one: %v", err)
	}
}
