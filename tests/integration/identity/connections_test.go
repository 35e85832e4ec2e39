package identity_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
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
			if left := h.MustConnections(t, cleo); len(left) != 1 || !left[0].LastWayIn {
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

func TestSignInWithProvider_EndsWhatAPreRegistrantConnected(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		u := h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
		mallory := h.MustActor(t, h.MustEnter(t, "cleo@neoforge.test").Secret)
		h.Provider.Answers(fixture.VerifiedClaim("mallory", "mallory@neoforge.test"))
		if _, err := h.LinkIdentity(t.Context(), h.MustBeginLink(t, mallory)); err != nil {
			t.Fatal(err)
		}
		waiting := h.MustBeginLink(t, mallory)
		h.MustUnprove(t, u.ID)
		cleo := h.MustCome(t, fixture.VerifiedClaim("cleo", "cleo@neoforge.test"))
		if cleo.Session.User != mallory.UserID {
			t.Fatal("another account")
		}
		if all := h.MustConnections(t, h.MustActor(t, cleo.Secret)); len(all) != 1 || all[0].Subject != "cleo" {
			t.Errorf("connected: %+v", all)
		}
		in := h.MustCome(t, fixture.VerifiedClaim("mallory", "mallory@neoforge.test"))
		if in.Session.User == cleo.Session.User || !in.NewAccount {
			t.Errorf("the one who planted it came in: %+v", in)
		}
		// The session was ended, so it makes nothing that lasts, whoever still takes it for good.
		if _, err := h.LinkIdentity(t.Context(), waiting); !errors.Is(err, identity.ErrNotSignedIn) {
			t.Errorf("what was begun before: %v", err)
		}
	})
}

func TestSignInWithProvider_ChangesNothingForANewAddressAtTheProvider(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		first := h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
		h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
		again := h.MustCome(t, fixture.VerifiedClaim("1", "ben@neoforge.test"))
		if again.Session.User != first.Session.User {
			t.Fatal("a changed address led to somebody else")
		}
		if a := h.MustActor(t, again.Secret); a.Email != "cleo@neoforge.test" {
			t.Errorf("actor: %+v", a)
		}
		// Somebody else's new account at the provider, with the address that was left.
		other := h.MustCome(t, fixture.VerifiedClaim("2", "cleo@neoforge.test"))
		if other.Session.User != first.Session.User {
			t.Error("the address is proven on both sides, and was not linked")
		}
	})
}

func TestSignInWithProvider_RefusesWhoIsSuspended(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		in := h.MustCome(t, fixture.VerifiedClaim("1", "cleo@neoforge.test"))
		u := h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
		err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
			for _, id := range []identity.UserID{in.Session.User, u.ID} {
				v, err := s.Users.ByID(ctx, id)
				if err != nil {
					return err
				}
				v.SuspendedAt = h.Clock.Now()
				if err := s.Users.Update(ctx, v); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []identity.Claim{fixture.VerifiedClaim("1", "cleo@neoforge.test"), fixture.VerifiedClaim("2", "cleo@neoforge.test"), fixture.VerifiedClaim("3", "ben@neoforge.test")} {
			if _, err := h.ComeByProvider(t, c); !errors.Is(err, identity.ErrSuspended) {
				t.Errorf("%s: %v", c.Subject, err)
			}
		}
		if n := len(h.Ledger.Did("identity.identity_linked")); n != 1 {
			t.Errorf("%d links: one that was refused stayed", n)
		}
	})
}
