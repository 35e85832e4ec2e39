package eventstore

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/platforment"
	"github.com/neoforge-dev/neoforge/ent/platforment/event"
	"github.com/neoforge-dev/neoforge/ent/platforment/inboxentry"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// PruneKind is the kind of the job that deletes what is past its time.
const PruneKind = "platform.prune"

// pruneBatch bounds what one transaction deletes, so that none holds locks for long.
const pruneBatch = 500

// Retention is how long the platform's rows are kept; zero is for ever.
type Retention struct {
	Events time.Duration // and what the inboxes remember of them
	Audit  time.Duration
}

// Unended lists the payloads of jobs of a kind that were queued before t and are not
// done: those that wait, and those that are dead.
type Unended interface {
	Unended(ctx context.Context, kind string, t time.Time) ([][]byte, error)
}

// PruneHandler deletes what is past its time, in small transactions. An event stays
// for as long as somebody is to be told of it, and an inbox remembers it for as long
// as it stays. Audit entries are sealed before they go, so that the chain can say that
// retention took them, and nobody else.
func (s *Store) PruneHandler(r Retention, queue Unended, seals *AuditSeals) jobs.Handler {
	return jobs.Handler{Kind: PruneKind, Queue: jobs.LongQueue, Timeout: 10 * time.Minute, Run: func(ctx context.Context, _ []byte) error {
		now := s.clock.Now().UTC()
		if r.Events > 0 {
			if err := s.pruneEvents(ctx, now.Add(-r.Events), queue); err != nil {
				return err
			}
			if err := s.pruneAll(ctx, "inboxes", inboxBefore(now.Add(-r.Events))); err != nil {
				return err
			}
		}
		if r.Audit > 0 {
			err := seals.Seal(ctx)
			if err == nil {
				err = seals.prune(ctx, now.Add(-r.Audit))
			}
			return seals.told(ctx, err)
		}
		return nil
	}}
}

// pruneAll deletes a batch in a transaction until there is none.
func (s *Store) pruneAll(ctx context.Context, what string, batch func(ctx context.Context, c *platforment.Client) (int, error)) error {
	for deleted := pruneBatch; deleted == pruneBatch; {
		err := s.db.Do(ctx, func(ctx context.Context, tx entstore.Tx) (err error) {
			deleted, err = batch(ctx, on(tx).Ent)
			return err
		})
		if err != nil {
			return fmt.Errorf("eventstore: prune %s: %w", what, err)
		}
	}
	return nil
}

// pruneEvents deletes events from before t, the oldest first, but for those that a
// subscriber has not been told of.
func (s *Store) pruneEvents(ctx context.Context, t time.Time, queue Unended) error {
	// A delivery is queued after its event, by a clock that may be another's.
	undelivered, err := undelivered(ctx, t.Add(time.Hour), queue)
	if err != nil {
		return err
	}
	next := event.OccurredAtLT(t)
	for {
		rows, err := s.reads.Event.Query().Where(event.OccurredAtLT(t), next).
			Order(event.ByOccurredAt(), event.ByID()).Limit(pruneBatch).Select(event.FieldID, event.FieldOccurredAt).All(ctx)
		if err != nil || len(rows) == 0 {
			return entstore.Failure(err, entstore.Rules{}, "eventstore: events that are past their time")
		}
		var expired []uuid.UUID
		for _, row := range rows {
			if !undelivered[row.ID] {
				expired = append(expired, row.ID)
			}
		}
		err = s.db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error {
			_, err := on(tx).Ent.Event.Delete().Where(event.IDIn(expired...)).Exec(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("eventstore: prune events: %w", err)
		}
		next = after(rows[len(rows)-1])
	}
}

// undelivered are the events from before t that a subscriber has not been told of.
func undelivered(ctx context.Context, t time.Time, queue Unended) (map[uuid.UUID]bool, error) {
	payloads, err := queue.Unended(ctx, DeliverKind, t)
	if err != nil {
		return nil, fmt.Errorf("eventstore: deliveries that are not done: %w", err)
	}
	out := make(map[uuid.UUID]bool, len(payloads))
	for _, payload := range payloads {
		var d delivery
		if err := json.Unmarshal(payload, &d); err != nil {
			continue // a dead letter that nobody can deliver
		}
		if id, err := entstore.ID(d.EventID); err == nil {
			out[id] = true
		}
	}
	return out, nil
}

// inboxBefore deletes what inboxes remember from before t, but for events that are
// there still: one could be delivered once more.
func inboxBefore(t time.Time) func(ctx context.Context, c *platforment.Client) (int, error) {
	eventDeleted := func(s *entsql.Selector) {
		e := entsql.Table(event.Table)
		s.Where(entsql.NotExists(entsql.Select(e.C(event.FieldID)).From(e).Where(entsql.ColumnsEQ(e.C(event.FieldID), s.C(inboxentry.FieldEventID)))))
	}
	return func(ctx context.Context, c *platforment.Client) (int, error) {
		keys, err := c.InboxEntry.Query().Where(inboxentry.RecordedAtLT(t), eventDeleted).Limit(pruneBatch).IDs(ctx)
		if err != nil || len(keys) == 0 {
			return 0, err
		}
		return c.InboxEntry.Delete().Where(inboxentry.IDIn(keys...)).Exec(ctx)
	}
}
