package eventstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/platforment"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// DeliverKind is the kind of the job that hands one event to one subscriber.
const DeliverKind = "events.deliver"

// delivery is that job's payload.
type delivery struct {
	EventID    string `json:"event_id"`
	Subscriber string `json:"subscriber"`
}

// Writer writes events in tx.
func (s *Store) Writer(tx entstore.Tx) events.Writer { return writer{s, on(tx)} }

type writer struct {
	s  *Store
	tx transaction
}

// Write implements events.Writer.
func (w writer) Write(ctx context.Context, all ...events.Event) error {
	var (
		rows       []*platforment.EventCreate
		deliveries []jobs.Job
	)
	for _, e := range all {
		id, err := entstore.ID(e.ID)
		if err != nil {
			return fmt.Errorf("eventstore: write %s: %w", e.Name, err)
		}
		rows = append(rows, w.tx.Ent.Event.Create().
			SetID(id).SetName(e.Name).SetOccurredAt(e.OccurredAt.UTC()).SetPayload(e.Payload))
		for _, sub := range w.s.subscribers() {
			if sub.Event != e.Name {
				continue
			}
			payload, err := json.Marshal(delivery{EventID: e.ID, Subscriber: sub.Name})
			if err != nil {
				return fmt.Errorf("eventstore: write %s %s: %w", e.Name, e.ID, err)
			}
			deliveries = append(deliveries, jobs.Job{Kind: DeliverKind, Payload: payload})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := w.tx.Ent.Event.CreateBulk(rows...).Exec(ctx); err != nil {
		return entstore.Failure(err, entstore.Rules{}, "eventstore: write %d events", len(rows))
	}
	if w.s.published != nil {
		w.tx.OnCommit(func() {
			for _, e := range all {
				w.s.published(e.Name)
			}
		})
	}
	if len(deliveries) == 0 {
		return nil
	}
	if err := w.s.jobs.InsertTx(ctx, w.tx.SQL, deliveries...); err != nil {
		return fmt.Errorf("eventstore: queue %d deliveries: %w", len(deliveries), err)
	}
	return nil
}

// DeliverHandler hands events to their subscribers. A subscriber that this
// program does not have is an error, and so tried again: in a rolling upgrade the
// next replica may be the one that has it.
func (s *Store) DeliverHandler() jobs.Handler {
	return jobs.Handler{Kind: DeliverKind, Urgent: true, Run: s.deliver}
}

func (s *Store) deliver(ctx context.Context, payload []byte) error {
	var d delivery
	if err := json.Unmarshal(payload, &d); err != nil {
		return fmt.Errorf("eventstore: read a delivery: %w", err)
	}
	subscribers := s.subscribers()
	i := slices.IndexFunc(subscribers, func(sub events.Subscriber) bool { return sub.Name == d.Subscriber })
	if i < 0 {
		return fmt.Errorf("eventstore: deliver %s: there is no subscriber %q", d.EventID, d.Subscriber)
	}
	e, err := s.event(ctx, d.EventID)
	if err != nil {
		return err
	}
	if err := subscribers[i].Handle(ctx, e); err != nil {
		return fmt.Errorf("deliver %s %s to %s: %w", e.Name, e.ID, d.Subscriber, err)
	}
	return nil
}

func (s *Store) event(ctx context.Context, eventID string) (events.Event, error) {
	id, err := entstore.ID(eventID)
	if err != nil {
		return events.Event{}, fmt.Errorf("eventstore: event: %w", err)
	}
	row, err := s.reads.Event.Get(ctx, id)
	if err != nil {
		return events.Event{}, entstore.Failure(err, entstore.Rules{}, "eventstore: event %s", eventID)
	}
	return events.Event{ID: eventID, Name: row.Name, OccurredAt: row.OccurredAt.UTC(), Payload: row.Payload}, nil
}
