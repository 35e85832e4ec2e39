package wire

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/cloudflare"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/ports/cdn"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	purgeKind = "platform.purge_pages"
	// purgeDelay is how long after its commit a change is purged: by then no replica
	// hands out the old page any more, which the network would keep again.
	purgeDelay = time.Second
)

// openCDN has each change that makes pages stale purge them at the network in front. The
// job is committed with the change, so that no replica's death loses it and one replica
// does it.
func (i *infra) openCDN(cfg config.Cloudflare, modules []Module) error {
	if !cfg.Purges() {
		return nil
	}
	purger, err := cloudflare.New(cfg.API, cfg.ZoneID, cfg.Token, breaker.Transport(i.services.Breaker(serviceCDN, breaker.Options{}), nil))
	if err != nil {
		return err
	}
	i.cdn = purger
	var onPages []string
	for _, m := range modules {
		onPages = append(onPages, m.Web.PageTags...)
	}
	i.db.WithInvalidation(func(ctx context.Context, tx *sql.Tx, tags []string) error {
		stale := tagsOnPages(tags, onPages)
		if len(stale) == 0 {
			return nil
		}
		payload, err := json.Marshal(stale)
		if err != nil {
			return err
		}
		return i.queue.InsertTx(ctx, tx, jobs.Job{Kind: purgeKind, Payload: payload, RunAt: i.clock.Now().Add(purgeDelay)})
	})
	return nil
}

// tagsOnPages are the tags that pages may carry.
func tagsOnPages(tags, onPages []string) []string {
	var out []string
	for _, tag := range tags {
		if slices.ContainsFunc(onPages, func(known string) bool {
			return tag == known || strings.HasSuffix(known, ":") && strings.HasPrefix(tag, known)
		}) {
			out = append(out, tag)
		}
	}
	return out
}

// purgeHandler does what openCDN queues.
func purgeHandler(purger cdn.Purger) jobs.Handler {
	return jobs.Handler{Kind: purgeKind, Queue: jobs.OutsideQueue, Run: func(ctx context.Context, payload []byte) error {
		if purger == nil {
			return errors.New("this process cannot purge pages: give it the CLOUDFLARE_ZONE_ID of the process in which they were changed")
		}
		var tags []string
		if err := json.Unmarshal(payload, &tags); err != nil {
			return fmt.Errorf("the tags to purge cannot be read: %w", err)
		}
		return purger.Purge(ctx, tags...)
	}}
}
