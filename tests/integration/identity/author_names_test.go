package identity_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/account"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestChangeProfile_IsLimitedADay holds how often people change their own names.
func TestChangeProfile_IsLimitedADay(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		cleo, _ := h.MustCleo(t)
		change := func(name string) error {
			_, err := h.ChangeProfile(t.Context(), account.ChangeProfile{Actor: cleo, Name: name})
			return err
		}
		for i := range 10 {
			for range 3 { // what changes nothing is not counted
				if err := change(fmt.Sprintf("Cleo %d", i)); err != nil {
					t.Fatalf("rename %d: %v", i, err)
				}
			}
			if err := change(" "); !errors.Is(err, identity.ErrInvalidName) {
				t.Errorf("rename %d to nothing: %v", i, err)
			}
		}
		err := change("Cleo again")
		f := fault.As(err)
		if !errors.Is(err, identity.ErrTooManyRenames) || f.RetryAfter <= 0 || f.RetryAfter > 24*time.Hour || !strings.Contains(f.Message, "Try again in") {
			t.Fatalf("the eleventh: %v", err)
		}
		if err := change("Cleo 9"); err != nil {
			t.Errorf("the present name: %v", err)
		}
		if err := h.RenameUser(t.Context(), h.MustManager(t, "ada"), cleo.UserID, "Cleo Reed"); err != nil {
			t.Errorf("an administrator: %v", err)
		}
		h.Clock.Advance(f.RetryAfter)
		if err := change("Cleo again"); err != nil {
			t.Errorf("after the wait: %v", err)
		}
		h.Limiter.Away.Store(true)
		if err := change("Cleo once more"); !errors.Is(err, identity.ErrBusy) {
			t.Errorf("uncounted: %v", err)
		}
	})
}
