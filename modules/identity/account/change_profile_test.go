package account_test

import (
	"errors"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestChangeProfile_IsToldAtTheNextRequest(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	cleo, cookie := h.Arrive(t, "cleo", identityport.RoleMember)
	if _, err := h.ChangeProfile(t.Context(), account.ChangeProfile{Actor: cleo, Name: "  Cleo Quill "}); err != nil {
		t.Fatal(err)
	}
	if have := h.MustActor(t, cookie).Name; have != "Cleo Quill" {
		t.Errorf("the next request is told %q", have)
	}
	for want, cmd := range map[error]account.ChangeProfile{
		identity.ErrInvalidName: {Actor: cleo, Name: " "},
		identity.ErrNotSignedIn: {Name: "Nobody"},
	} {
		if _, err := h.ChangeProfile(t.Context(), cmd); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	cleo.Impersonator = fixture.GoldenUser
	h.Clock.Advance(time.Second)
	ctx := audit.WithImpersonator(t.Context(), fixture.GoldenUser) // as the edge does
	if _, err := h.ChangeProfile(ctx, account.ChangeProfile{Actor: cleo, Name: "Cleo"}); err != nil {
		t.Fatal(err)
	}
	acts, err := h.Deps.Reads.AuditEntries(t.Context(), audit.Filter{Action: "identity.profile_changed"}, cursor.Position{}, 10)
	if err != nil || len(acts) != 2 || acts[0].Impersonator != fixture.GoldenUser || acts[1].Impersonator != "" {
		t.Errorf("trail: %+v, %v", acts, err)
	}
}
