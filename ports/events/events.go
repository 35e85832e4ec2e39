// Package events is how one context tells the others what has happened.
//
// An event is written in the transaction of the change that it reports and
// delivered at least once to every subscriber. A subscriber records the event in
// its [Inbox], in the transaction of its effect, so that the effect happens once.
// Payloads are versioned ("identity.user_registered.v1"): a field may be added
// to a version, never removed or given another meaning.
package events

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Event is one thing that happened. Payload is JSON.
type Event struct {
	ID         string
	Name       string
	OccurredAt time.Time
	Payload    []byte
}

// Payload is a versioned event struct; EventName is its name on the wire.
type Payload interface {
	EventName() string
}

// New wraps a payload. It fails only when the payload cannot be written as JSON.
func New(id string, at time.Time, p Payload) (Event, error) {
	data, err := json.Marshal(p)
	if err != nil {
		return Event{}, fmt.Errorf("encode event %s: %w", p.EventName(), err)
	}
	return Event{ID: id, Name: p.EventName(), OccurredAt: at, Payload: data}, nil
}

// Decode reads an event's payload as T. It fails when the event has another name
// or its payload is not T's JSON.
func Decode[T Payload](e Event) (T, error) {
	var p T
	if e.Name != p.EventName() {
		return p, fmt.Errorf("event %s: want %s, have %s", e.ID, p.EventName(), e.Name)
	}
	if err := json.Unmarshal(e.Payload, &p); err != nil {
		return p, fmt.Errorf("decode event %s %s: %w", e.Name, e.ID, err)
	}
	return p, nil
}

// Writer writes events in the transaction it was made for; they are delivered
// after the commit, and only then.
type Writer interface {
	Write(ctx context.Context, events ...Event) error
}

// Log is what was written, for those who have to take something back out of it.
type Log interface {
	// Redact puts p in the place of the first event of p's name that happened at
	// since or later and whose payload mentions a text. Subscribers that have not
	// dealt with it yet get p. No such event is no fault.
	Redact(ctx context.Context, since time.Time, mentions string, p Payload) error
}

// Inbox remembers, in the transaction it was made for, which events a subscriber
// has dealt with. Record answers false when this one was recorded before: the
// subscriber then returns nil without acting.
type Inbox interface {
	Record(ctx context.Context, eventID, subscriber string) (first bool, err error)
	// RecordAll records many at once, in a constant number of queries, and returns which
	// were not recorded before.
	RecordAll(ctx context.Context, eventIDs []string, subscriber string) (first map[string]bool, err error)
}

// Subscriber handles one kind of event. Name is stable and unique
// ("billing.open_account"): it is the key of the inbox. Handle may be called more
// than once and out of order; an error has it called again later, with backoff.
type Subscriber struct {
	Name   string
	Event  string
	Handle func(ctx context.Context, e Event) error
}
