package eventstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/inboxentry"
	"github.com/neoforge-dev/neoforge/ports/events"
)

// Inbox remembers in tx what a subscriber has dealt with. Of two transactions
// that record the same, the second waits for the first: it answers false when
// that commits, and true when that is rolled back.
func (s *Store) Inbox(tx entstore.Tx) events.Inbox { return inbox{s, tx} }

type inbox struct {
	s  *Store
	tx entstore.Tx
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
