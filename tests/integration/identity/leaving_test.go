package identity_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/identitytest"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// insertLeaving makes n people whose account ends at a time; each may own an organization to
// which somebody else belongs.
func insertLeaving(t *testing.T, h *fixture.Room, n int, ends time.Time, owners bool) {
	t.Helper()
	err := h.Deps.UnitOfWork.Do(t.Context(), func(ctx context.Context, s identity.Stores) error {
		stays := identitytest.User()
		if err := s.Users.Insert(ctx, stays); err != nil {
			return err
		}
		for range n {
			u := identitytest.User()
			u.EraseAt = ends
			if err := s.Users.Insert(ctx, u); err != nil {
				return err
			}
			if !owners {
				continue
			}
			o := identity.Organization{ID: identity.OrganizationID(idgentest.New()), Name: "The Forge", CreatedAt: h.Clock.Now(), UpdatedAt: h.Clock.Now()}
			if err := s.Organizations.Insert(ctx, o, u.ID); err != nil {
				return err
			}
			if err := s.Organizations.Join(ctx, identity.Membership{Organization: o.ID, User: stays.ID, Role: identity.Reader, CreatedAt: h.Clock.Now()}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestEraseLeaving_TakesTheSameQueriesForTenAsForAHundred: 99 are one batch. Who is
// erased, or cannot be, is looked at in a transaction of their own, so that nobody waits
// for another; what is written of all who are still here is written at once.
func TestEraseLeaving_TakesTheSameQueriesForTenAsForAHundred(t *testing.T) {
	t.Parallel()
	for kind, row := range map[string]struct {
		ends    time.Duration // from now
		owners  bool
		counted string // part of the statements that are counted
		record  string // of the trail, one for each
	}{
		"notices":            {time.Hour, false, "", ""},
		"erasures that wait": {-time.Hour, true, "platform_inbox", "identity.deletion_delayed"},
	} {
		for name, open := range fixture.Databases {
			t.Run(kind+" on "+name, func(t *testing.T) {
				t.Parallel()
				db := open(t)
				var asked atomic.Int64
				db.Watch(func(_ context.Context, s entstore.Statement) {
					if s.InTransaction && strings.Contains(s.Text, row.counted) {
						asked.Add(1)
					}
				})
				h := fixture.NewRoom(t, db)
				queued := &fixture.EnqueueCounter{UnitOfWork: h.Ledger.UnitOfWork}
				h.Ledger.UnitOfWork = queued
				leave := func(n int) int64 {
					t.Helper()
					h.Clock.Advance(30 * 24 * time.Hour)
					insertLeaving(t, h, n, h.Clock.Now().Add(row.ends), row.owners)
					var count int64
					for run, want := range []int{n, 0} { // each is written to once
						before, recorded := len(h.Ledger.Queued("identity.send_mail")), len(h.Ledger.Did(row.record))
						asked.Store(0)
						queued.Calls.Store(0)
						if err := h.Run(t, "identity.erase_leaving", nil); err != nil {
							t.Fatal(err)
						}
						if run == 0 {
							count = asked.Load()
						}
						if have := len(h.Ledger.Queued("identity.send_mail")) - before; have != want {
							t.Errorf("run %d: %d of %d are written to", run, have, n)
						}
						if have := len(h.Ledger.Did(row.record)) - recorded; row.record != "" && have != want {
							t.Errorf("run %d: %d of %d are recorded", run, have, n)
						}
						if calls := queued.Calls.Load(); calls > 1 {
							t.Errorf("the mails to %d people are queued in %d steps", n, calls)
						}
					}
					fixture.Exec(t, db, "DELETE FROM identity_users WHERE erase_at IS NOT NULL")
					return count
				}
				ten, hundred := leave(10), leave(99)
				if ten == 0 || ten != hundred {
					t.Errorf("10 take %d queries, 99 take %d", ten, hundred)
				}
			})
		}
	}
}
