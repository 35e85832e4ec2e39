package identity_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestUnlinkIdentity_LeavesOneAuthMethodOfTwoAtOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		for round := range fixture.Rounds(200) {
			h.Clock.Advance(time.Hour) // the limits of attempts are not what is tested
			first, second := "a"+h.Deps.IDs.New(), "b"+h.Deps.IDs.New()
			cleo := h.MustActor(t, h.MustCome(t, fixture.VerifiedClaim(first, first+"@neoforge.test")).Secret)
			h.Provider.Answers(fixture.VerifiedClaim(second, ""))
			if _, err := h.LinkIdentity(t.Context(), h.MustBeginLink(t, cleo)); err != nil {
				t.Fatal(err)
			}
			all := h.MustConnections(t, cleo)
			var running sync.WaitGroup
			failed := make(chan error, len(all))
			for _, c := range all {
				running.Go(func() {
					if err := h.UnlinkIdentity(t.Context(), cleo, c.ID); err != nil {
						failed <- err
					}
				})
			}
			running.Wait()
			close(failed)
			if left := h.MustConnections(t, cleo); len(left) != 1 || !left[0].LastAuthMethod {
				t.Fatalf("round %d: left %+v", round, left)
			}
			for err := range failed {
				if !errors.Is(err, identity.ErrLastAuthMethod) {
					t.Errorf("round %d: %v", round, err)
				}
			}
		}
	})
}

func TestLinkIdentity_GivesAnAccountToOnePersonOfManyAtOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		people := []identity.Actor{h.MustMember(t, "cleo@neoforge.test"), h.MustMember(t, "ben@neoforge.test")}
		for round := range fixture.Rounds(200) {
			h.Provider.Answers(fixture.VerifiedClaim("s"+h.Deps.IDs.New(), ""))
			var backs []identity.ProviderReturn
			for i := range 6 {
				backs = append(backs, h.MustBeginLink(t, people[i%2]))
			}
			var running sync.WaitGroup
			var mu sync.Mutex
			owners := map[identity.UserID]bool{}
			for _, back := range backs {
				running.Go(func() {
					linked, err := h.LinkIdentity(t.Context(), back)
					switch {
					case err == nil:
						mu.Lock()
						owners[linked.Identity.User] = true
						mu.Unlock()
					case !errors.Is(err, identity.ErrIdentityTaken):
						t.Errorf("round %d: %v", round, err)
					}
				})
			}
			running.Wait()
			if len(owners) != 1 {
				t.Fatalf("round %d: %d owners", round, len(owners))
			}
		}
	})
}
