package identity_test

import (
	"net/url"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestSignInWithProvider_MakesOneAccountOfManyFirstCallbacks(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		const many = 12
		h.Provider.Answers(fixture.VerifiedClaim("1", "cleo@neoforge.test"))
		type ready struct {
			browser identity.Secret
			params  url.Values
		}
		all := make([]ready, many)
		for i := range all {
			all[i].browser, all[i].params = h.MustBegin(t, "")
		}
		users := make(chan identity.UserID, many)
		var running sync.WaitGroup
		for _, r := range all {
			running.Go(func() {
				in, err := h.SignInWithProvider(t.Context(), signin.SignInWithProvider{
					Provider: "acme", BrowserSecret: r.browser, Params: r.params, Device: fixture.Laptop,
				})
				if err != nil {
					t.Error(err)
					return
				}
				users <- in.Session.User
			})
		}
		running.Wait()
		close(users)
		distinct := map[identity.UserID]bool{}
		for id := range users {
			distinct[id] = true
		}
		if len(distinct) != 1 || len(h.Ledger.Published("identity.user_registered.v1")) != 1 {
			t.Fatalf("%d accounts, %d events", len(distinct), len(h.Ledger.Published("identity.user_registered.v1")))
		}
	})
}

// TestSignInWithProvider_MakesOneAccountOfTwoFirstCallbacks has two first callbacks of one new person meet, again and again.
func TestSignInWithProvider_MakesOneAccountOfTwoFirstCallbacks(t *testing.T) {
	onDatabases(t, func(t *testing.T, h *fixture.Room) {
		for round := range fixture.Rounds(200) {
			subject := "s" + h.Deps.IDs.New()
			h.Provider.Answers(fixture.VerifiedClaim(subject, subject+"@neoforge.test"))
			type ready struct {
				browser identity.Secret
				params  url.Values
			}
			var both [2]ready
			for i := range both {
				both[i].browser, both[i].params = h.MustBegin(t, "")
			}
			users := make(chan identity.UserID, len(both))
			gate := make(chan struct{})
			var running sync.WaitGroup
			for _, r := range both {
				running.Go(func() {
					<-gate
					in, err := h.SignInWithProvider(t.Context(), signin.SignInWithProvider{
						Provider: "acme", BrowserSecret: r.browser, Params: r.params, Device: fixture.Laptop,
					})
					if err != nil {
						t.Errorf("round %d: %v", round, err)
					}
					users <- in.Session.User
				})
			}
			close(gate)
			running.Wait()
			one, other := <-users, <-users
			linked, err := h.Deps.Reads.IdentitiesOf(t.Context(), one)
			if err != nil {
				t.Fatal(err)
			}
			if one != other || len(linked) != 1 || len(h.Ledger.Published("identity.user_registered.v1")) != round+1 {
				t.Fatalf("round %d: %s and %s, %d identities, %d accounts", round, one, other, len(linked), len(h.Ledger.Published("identity.user_registered.v1")))
			}
		}
	})
}
