package identity_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/ratestore"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/tests/harness"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignUp_MakesOneAccountOfManyAtOnce(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		var running sync.WaitGroup
		for i := range 5 {
			running.Go(func() {
				err := h.SignUp(t.Context(), signin.SignUp{
					Email: "cleo@neoforge.test", Password: fixture.Password, Name: "Cleo", IP: "198.51.100." + string(rune('1'+i)),
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		if n := len(h.Ledger.Published("identity.user_registered.v1")); n != 1 {
			t.Errorf("%d accounts", n)
		}
		if sent := h.MustDeliver(t); len(sent) != 5 {
			t.Errorf("%d mails", len(sent))
		}
	})
}

// TestSignInWithLink_TakesALinkOnce has many take one link at the same moment, round after round.
func TestSignInWithLink_TakesALinkOnce(t *testing.T) {
	t.Parallel()
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := fixture.NewRoom(t, open(t))
			h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
			id := h.MustPerson(t, "cleo@neoforge.test").ID
			for round := range rounds {
				secret := identity.NewSecret()
				token := identity.NewMailToken(id, identity.MagicLink, "cleo@neoforge.test", secret, h.Clock.Now())
				err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
					return s.MailTokens.Insert(ctx, token)
				})
				if err != nil {
					t.Fatal(err)
				}
				var won atomic.Int64
				var running sync.WaitGroup
				ready := make(chan struct{})
				for range 4 {
					running.Go(func() {
						<-ready
						_, err := h.FollowLink(t, secret)
						switch {
						case err == nil:
							won.Add(1)
						case !errors.Is(err, identity.ErrInvalidLink):
							t.Error(err)
						}
					})
				}
				close(ready)
				running.Wait()
				if won.Load() != 1 {
					t.Fatalf("round %d: the link was taken %d times", round, won.Load())
				}
				h.Clock.Advance(15 * time.Minute) // lets the limit on links recover
			}
		})
	}
}

// TestAskedMails_AreCountedOverReplicas has two replicas on one Redis: what is asked of
// one counts at the other, and when Redis is away each still counts.
func TestAskedMails_AreCountedOverReplicas(t *testing.T) {
	t.Parallel()
	h := fixture.NewRoom(t, fixture.Databases["sqlite"](t))
	client, err := redisstore.Open(t.Context(), harness.Redis(t), "")
	if err != nil {
		t.Fatal(err)
	}
	var replicas []*fixture.Identity
	for range 2 {
		deps := h.Deps
		deps.Limiter = ratestore.New(client, ratemem.New(h.Clock))
		app, err := fixture.NewIdentity(deps)
		if err != nil {
			t.Fatal(err)
		}
		replicas = append(replicas, app)
	}
	h.MustCreate(t, "cleo@neoforge.test", identityport.RoleMember, true)
	h.MustCreate(t, "ben@neoforge.test", identityport.RoleMember, true)
	h.MustDeliver(t)
	ask := func(i int, email string) error {
		return replicas[i%2].ForgotPassword(t.Context(), signin.AskedByMail{Email: email, IP: fixture.Laptop.IP})
	}
	for i := range 5 {
		if err := ask(i, "cleo@neoforge.test"); err != nil {
			t.Fatalf("mail %d: %v", i+1, err)
		}
	}
	if sent := h.MustDeliver(t); len(sent) != 5 {
		t.Errorf("%d mails, want 5", len(sent))
	}
	for i := range 2 {
		if err := ask(i, "cleo@neoforge.test"); err != nil {
			t.Errorf("the sixth, at replica %d: %v", i, err)
		}
		if sent := h.MustDeliver(t); len(sent) != 0 {
			t.Errorf("the sixth, at replica %d: %d mails", i, len(sent))
		}
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := ask(0, "ben@neoforge.test"); err != nil {
			t.Fatal(err)
		}
	}
	if sent := h.MustDeliver(t); len(sent) == 0 || len(sent) > 5 {
		t.Errorf("%d mails without Redis", len(sent))
	}
}
