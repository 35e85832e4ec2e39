package identity_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ports/cache"
)

// noted fails a test whose use cases make something stale that the transaction of the
// change has not noted: a replica that Redis does not reach would never hear of it.
type noted struct {
	cache.Cache
	t *testing.T

	mu   sync.Mutex
	tags map[string]bool
}

// withNotes checks what use cases on db invalidate in c.
func withNotes(t *testing.T, db *entstore.DB, c cache.Cache) *noted {
	n := &noted{Cache: c, t: t, tags: map[string]bool{}}
	db.OnInvalidation(func(_ int64, tags []string) {
		n.mu.Lock()
		defer n.mu.Unlock()
		for _, tag := range tags {
			n.tags[tag] = true
		}
	})
	return n
}

// Invalidate implements cache.Cache. That a session or a token is in use is no change that
// others must hear of, and who is proven may have had no picture, so these may go without a
// note; see TestSessions_NoteWhatEnds.
func (n *noted) Invalidate(ctx context.Context, tags ...string) error {
	n.mu.Lock()
	missing := slices.DeleteFunc(slices.Clone(tags), func(tag string) bool {
		free := func(prefix string) bool { return strings.HasPrefix(tag, prefix) }
		return n.tags[tag] || slices.ContainsFunc([]string{"identity.session:", "identity.token:", "identity.avatar:"}, free)
	})
	n.mu.Unlock()
	if len(missing) > 0 {
		n.t.Errorf("%q were made stale, and no transaction has noted it", missing)
	}
	return n.Cache.Invalidate(ctx, tags...)
}

// handOver tells a cache what transactions have noted, as every process that serves does
// with the notes that it reads.
func (n *noted) handOver(ctx context.Context, c cache.Cache) error {
	n.mu.Lock()
	tags := slices.Collect(maps.Keys(n.tags))
	n.mu.Unlock()
	return c.Invalidate(ctx, tags...)
}
