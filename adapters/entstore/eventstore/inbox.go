package eventstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/platforment"
	"github.com/neoforge-dev/neoforge/ent/platforment/inboxentry"
	"github.com/neoforge-dev/neoforge/ports/events"
)

// Inbox remembers in tx what a subscriber has dealt with. Of two transactions
// that record the same, the second waits for the first: it answers false when
// that commits, and true when that is rolled back.
func (s *Store) Inbox(tx entstore.Tx) events.Inbox { return inbox{s, on(tx)} }

type inbox struct {
	s  *Store
	tx transaction
}

// Record implements events.Inbox.
func (i inbox) Record(ctx context.Context, eventID, subscriber string) (bool, error) {
	id, err := entstore.ID(eventID)
	if err != nil {
		return false, fmt.Errorf("eventstore: record: %w", err)
	}
	err = i.tx.Ent.InboxEntry.Create().
		SetEventID(id).SetSubscriber(subscriber).SetRecordedAt(i.s.clock.Now()).
		OnConflict(entsql.ConflictColumns(inboxentry.FieldEventID, inboxentry.FieldSubscriber), entsql.DoNothing()).
		Exec(ctx)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, sql.ErrNoRows): // how ent reports that nothing was inserted
		return false, nil
	default:
		return false, entstore.Failure(err, entstore.Rules{}, "eventstore: record %s for %s", eventID, subscriber)
	}
}

// RecordAll implements events.Inbox. The entries that are there afterwards under the ids
// made here are those that were not before. They are written in one order, so that two
// transactions that record the same wait for each other and for nothing else.
func (i inbox) RecordAll(ctx context.Context, eventIDs []string, subscriber string) (map[string]bool, error) {
	ids := slices.Clone(eventIDs)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return nil, nil
	}
	entries, keys := make([]*platforment.InboxEntryCreate, len(ids)), make([]uuid.UUID, len(ids))
	for n, eventID := range ids {
		id, err := entstore.ID(eventID)
		if err != nil {
			return nil, fmt.Errorf("eventstore: record: %w", err)
		}
		if keys[n], err = entstore.ID(i.s.ids.New()); err != nil {
			return nil, fmt.Errorf("eventstore: record: %w", err)
		}
		entries[n] = i.tx.Ent.InboxEntry.Create().SetID(keys[n]).SetEventID(id).SetSubscriber(subscriber).SetRecordedAt(i.s.clock.Now())
	}
	err := i.tx.Ent.InboxEntry.CreateBulk(entries...).
		OnConflict(entsql.ConflictColumns(inboxentry.FieldEventID, inboxentry.FieldSubscriber), entsql.DoNothing()).
		Exec(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, entstore.Failure(err, entstore.Rules{}, "eventstore: record %d events for %s", len(ids), subscriber)
	}
	rows, err := i.tx.Ent.InboxEntry.Query().Where(inboxentry.IDIn(keys...)).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, entstore.Rules{}, "eventstore: which of %d events are recorded for %s", len(ids), subscriber)
	}
	first := make(map[string]bool, len(rows))
	for _, row := range rows {
		first[row.EventID.String()] = true
	}
	return first, nil
}
