package privacy_test

import (
	"context"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestErasePerson_TakesThemOutOfTheLogOfWhatHasHappened(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, _ := h.MustCleo(t)
	registered := h.Ledger.Published("identity.user_registered.v1")
	if err := h.EraseUser(t.Context(), cleo, cleo.UserID); err != nil {
		t.Fatal(err)
	}
	// What a subscriber is handed that comes late holds nothing to act on.
	redacted := identityport.UserRegistered{UserID: cleo.UserID}
	err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
		return s.Log.Redact(ctx, registered[0].OccurredAt, "cleo@neoforge.test", redacted)
	})
	if err != nil {
		t.Error(err)
	}
}
