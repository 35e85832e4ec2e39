package identityapp

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const forgetKind = "identity.forget_cached"

// forgetPatience bounds how long a sign-out waits for the cache.
const forgetPatience = 5 * time.Second

// forget makes every replica drop what it keeps under the tags. It is called after
// the commit, so it goes on when the caller has left. A cache that cannot be told
// now is told by a job that is retried; forget fails only when that could not be
// queued either.
func (a *App) forget(ctx context.Context, tags ...string) error {
	if len(tags) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetPatience)
	defer cancel()
	if a.deps.Cache.Invalidate(ctx, tags...) == nil {
		return nil
	}
	payload, err := json.Marshal(tags)
	if err != nil {
		return fmt.Errorf("identityapp: encode tags: %w", err)
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), forgetPatience)
	defer cancel()
	err = a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) error {
		return s.Jobs.Enqueue(ctx, jobs.Job{Kind: forgetKind, Payload: payload})
	})
	if err != nil {
		return fmt.Errorf("identityapp: queue forgetting %v: %w", tags, err)
	}
	return nil
}

func (a *App) runForget(ctx context.Context, payload []byte) error {
	var tags []string
	if err := json.Unmarshal(payload, &tags); err != nil {
		return fmt.Errorf("identityapp: decode tags: %w", err)
	}
	return a.deps.Cache.Invalidate(ctx, tags...)
}
