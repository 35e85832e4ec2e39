package content_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/content"
	"github.com/neoforge-dev/neoforge/modules/content/contentapp"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/identityport"
	"github.com/neoforge-dev/neoforge/ports/idgen/idgentest"
	"github.com/neoforge-dev/neoforge/tests/integration/fixture"
)

// TestEraseAuthor_TakesTheSameQueriesForThreePostsAsForThirty: an event is published for each.
func TestEraseAuthor_TakesTheSameQueriesForThreePostsAsForThirty(t *testing.T) {
	t.Parallel()
	for name, open := range fixture.Databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t)
			var asked atomic.Int64
			db.Watch(func(_ context.Context, s entstore.Statement) {
				// The index is compacted afterwards, in as many steps as it has parts.
				if s.InTransaction && !strings.Contains(s.Text, "'merge'") && !strings.Contains(s.Text, "total_changes()") {
					asked.Add(1)
				}
			})
			p := newTestApp(t, db)
			erase := func(n int) int64 {
				t.Helper()
				author := newAuthor(fmt.Sprintf("Author%d", n))
				for i := range n {
					p.publish(t, author, contentapp.WritePost{Title: fmt.Sprintf("Post %d of %d", i, n)})
				}
				before := len(p.ledger.Published(content.PostChanged{}.EventName()))
				e, err := events.New(idgentest.New(), p.clock.Now(), identityport.UserErased{UserID: author.UserID})
				if err != nil {
					t.Fatal(err)
				}
				asked.Store(0)
				if err := fixture.Deliver(t, p.app.Subscribers(), e); err != nil {
					t.Fatal(err)
				}
				count := asked.Load()
				if have := len(p.ledger.Published(content.PostChanged{}.EventName())) - before; have != n {
					t.Errorf("of %d posts, %d are published", n, have)
				}
				return count
			}
			three, thirty := erase(3), erase(30)
			if three == 0 || three != thirty {
				t.Errorf("3 posts take %d queries, 30 take %d", three, thirty)
			}
		})
	}
}
