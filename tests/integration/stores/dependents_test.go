package stores_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/identitystore"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

func TestDeletionBlockers_TakesTheSameQueriesForTenOrganizationsAsForAHundred(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			var asked atomic.Int64
			db.Watch(func(_ context.Context, s entstore.Statement) {
				if s.InTransaction {
					asked.Add(1)
				}
			})
			store, err := identitystore.New(db, entstoretest.MustOutbox(t, db))
			if err != nil {
				t.Fatal(err)
			}
			count := func(n int) int64 {
				t.Helper()
				owner, member := identitytest.User(), identitytest.User()
				do := func(fn func(ctx context.Context, s identity.Stores) error) {
					t.Helper()
					if err := store.Do(t.Context(), fn); err != nil {
						t.Fatal(err)
					}
				}
				do(func(ctx context.Context, s identity.Stores) error {
					for _, u := range []identity.User{owner, member} {
						if err := s.Users.Insert(ctx, u); err != nil {
							return err
						}
					}
					for range n {
						o := identitytest.Organization()
						o.Personal = false
						if err := s.Organizations.Insert(ctx, o, owner.ID); err != nil {
							return err
						}
						if err := s.Organizations.Join(ctx, identity.Membership{Organization: o.ID, User: member.ID, Role: identity.Reader, CreatedAt: identitytest.Now}); err != nil {
							return err
						}
					}
					return nil
				})
				var before int64
				do(func(ctx context.Context, s identity.Stores) error {
					before = asked.Load()
					d, err := s.Deletions.DeletionBlockers(ctx, owner.ID)
					if len(d.Organizations) != n {
						t.Errorf("%d of %d organizations are left without an owner", len(d.Organizations), n)
					}
					return err
				})
				return asked.Load() - before
			}
			ten, hundred := count(10), count(100)
			if ten == 0 || ten != hundred {
				t.Errorf("10 organizations take %d queries, 100 take %d", ten, hundred)
			}
		})
	}
}
