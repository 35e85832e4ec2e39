package organizations_test

import (
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestListMembers_TakesTheCursorsThatItGaveOutAlone(t *testing.T) {
	t.Parallel()
	h := fixture.OpenRoom(t)
	ada, _ := h.Arrive(t, "ada", identityport.RoleMember)
	cleo, _ := h.Arrive(t, "cleo", identityport.RoleMember)
	o := found(t, h, ada)
	admit(t, h, ada, cleo, o, identity.Reader)
	seen := map[identity.UserID]bool{}
	for from, pages := "", 1; ; pages++ {
		members, next, err := h.ListMembers(t.Context(), ada, o, from, 1)
		if err != nil || len(members) != 1 || pages > 2 {
			t.Fatalf("page %d: %+v, %v", pages, members, err)
		}
		seen[members[0].User] = true
		if from = next; from == "" {
			break
		}
	}
	if !seen[ada.UserID] || !seen[cleo.UserID] {
		t.Errorf("listed: %v", seen)
	}
	for _, wrong := range []string{string(ada.UserID), "x", "MS4y"} { // an id, nothing, 1.2
		_, _, err := h.ListMembers(t.Context(), ada, o, wrong, 1)
		failsWith(t, "a cursor "+wrong, err, identity.ErrInvalidCursor)
	}
}
