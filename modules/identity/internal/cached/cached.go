// Package cached says how long what identity knows of somebody may be kept, and has all
// replicas drop it when it has changed.
package cached

import (
	"context"
	"time"

	"github.com/neoforge-dev/neoforge/ports/cache"
)

// ActorTTL is how long what a request is told about somebody may be kept. It is dropped
// as soon as anything about them changes; a minute bounds what a lost message could cost.
const ActorTTL = time.Minute

// Timeout bounds how long whoever changed something waits for the cache.
const Timeout = 5 * time.Second

// Invalidate makes every replica drop what it keeps under the tags. It is called after
// the commit, so it goes on when the caller has left. A cache that cannot be told is no
// failure of what was committed: the transaction has noted the tags, and every process
// that serves reads these notes.
func Invalidate(ctx context.Context, c cache.Cache, tags ...string) {
	if len(tags) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Timeout)
	defer cancel()
	_ = c.Invalidate(ctx, tags...)
}
