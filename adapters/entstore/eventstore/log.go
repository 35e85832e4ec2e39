package eventstore

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/platforment"
	"github.com/neoforge-dev/neoforge/ent/platforment/event"
	"github.com/neoforge-dev/neoforge/ent/platforment/predicate"
	"github.com/neoforge-dev/neoforge/ports/events"
)

// Log takes things back out of the log of events, in tx.
func (s *Store) Log(tx entstore.Tx) events.Log { return past{on(tx)} }

type past struct{ tx transaction }

// redactPage is how many events are looked at in one query. The one that is meant
// happened at the moment that is asked for, and so stands on the first page.
const redactPage = 200

// Redact implements events.Log.
func (l past) Redact(ctx context.Context, since time.Time, mentions string, p events.Payload) error {
	next := event.OccurredAtGTE(since.UTC())
	for {
		rows, err := l.tx.Ent.Event.Query().
			Where(event.Name(p.EventName()), next).
			Order(event.ByOccurredAt(), event.ByID()).Limit(redactPage).All(ctx)
		if err != nil {
			return entstore.Failure(err, entstore.Rules{}, "eventstore: find %s", p.EventName())
		}
		for _, row := range rows {
			if bytes.Contains(row.Payload, []byte(mentions)) {
				return l.replace(ctx, row, p)
			}
		}
		if len(rows) < redactPage {
			return nil
		}
		last := rows[len(rows)-1]
		next = after(last)
	}
}

// after continues a list of events, oldest first.
func after(last *platforment.Event) predicate.Event {
	at, id := last.OccurredAt.UTC(), last.ID
	return func(s *entsql.Selector) {
		s.Where(entstore.After(s.C(event.FieldOccurredAt), s.C(event.FieldID), at, id))
	}
}

// replace writes the row anew: its payload is not made to be changed.
func (l past) replace(ctx context.Context, row *platforment.Event, p events.Payload) error {
	payload, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("eventstore: encode %s: %w", p.EventName(), err)
	}
	if err := l.tx.Ent.Event.DeleteOne(row).Exec(ctx); err != nil {
		return entstore.Failure(err, entstore.Rules{}, "eventstore: redact %s %s", row.Name, row.ID)
	}
	err = l.tx.Ent.Event.Create().SetID(row.ID).SetName(row.Name).SetOccurredAt(row.OccurredAt.UTC()).SetPayload(payload).Exec(ctx)
	return entstore.Failure(err, entstore.Rules{}, "eventstore: redact %s %s", row.Name, row.ID)
}
