package retention_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestPurgeEnded_TakesWhatEndedLongAgo(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	old := h.MustEnter(t, "cleo@neoforge.test")
	if err := h.SignOut(t.Context(), h.MustActor(t, old.Secret)); err != nil {
		t.Fatal(err)
	}
	h.MustBegin(t, "")
	if s := h.Schedules(); s[0].Kind != "identity.purge_ended" || s[0].Every != time.Hour {
		t.Fatalf("schedules: %+v", s)
	}
	if err := h.Run(t, "identity.purge_ended", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Deps.Reads.Session(t.Context(), old.Session.ID); err != nil {
		t.Errorf("a session that ended just now: %v", err)
	}
	h.Clock.Advance(31 * 24 * time.Hour)
	live := h.MustEnter(t, "cleo@neoforge.test")
	if err := h.Run(t, "identity.purge_ended", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Deps.Reads.Session(t.Context(), old.Session.ID); !errors.Is(err, identity.ErrSessionNotFound) {
		t.Errorf("a session that ended long ago: %v", err)
	}
	h.MustActor(t, live.Secret)
}
