package eventstore_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/ent/platforment"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 891_234_000, time.UTC)

func event(name string) events.Event {
	return events.Event{ID: uuidv7.Generator{}.New(), Name: name, OccurredAt: now, Payload: []byte(`{"b":1, "a":2}`)}
}

// delivered are subscribers that tell what they were handed.
func delivered(to chan<- string, got chan<- events.Event) []events.Subscriber {
	tell := func(name string) func(context.Context, events.Event) error {
		return func(_ context.Context, e events.Event) error {
			to <- name
			got <- e
			return nil
		}
	}
	return []events.Subscriber{
		{Name: "one.reacts", Event: "test.happened.v1", Handle: tell("one.reacts")},
		{Name: "two.reacts", Event: "test.happened.v1", Handle: tell("two.reacts")},
		{Name: "one.elsewhere", Event: "test.other.v1", Handle: tell("one.elsewhere")},
	}
}

// newStore is an event store whose queue works.
func newStore(t *testing.T, subscribers ...events.Subscriber) (*entstore.DB, *eventstore.Store) {
	t.Helper()
	db := entstoretest.MustSQLite(t)
	queue := entstoretest.MustQueue(t, db)
	outbox, err := eventstore.New(db, queue, func() []events.Subscriber { return subscribers }, clock.System{}, uuidv7.Generator{})
	if err != nil {
		t.Fatal(err)
	}
	if err := queue.Register([]jobs.Handler{outbox.DeliverHandler()}, nil); err != nil {
		t.Fatal(err)
	}
	if err := queue.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := queue.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return db, outbox
}

func write(t *testing.T, db *entstore.DB, outbox *eventstore.Store, all ...events.Event) {
	t.Helper()
	err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error { return outbox.Writer(tx).Write(ctx, all...) })
	if err != nil {
		t.Fatal(err)
	}
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func TestEvents_AnEventReachesEverySubscriberOfItsName(t *testing.T) {
	t.Parallel()
	to, got := make(chan string, 8), make(chan events.Event, 8)
	db, outbox := newStore(t, delivered(to, got)...)
	e := event("test.happened.v1")
	write(t, db, outbox, e, event("test.unheard.v1"))
	have := map[string]bool{receive(t, to): true, receive(t, to): true}
	if want := map[string]bool{"one.reacts": true, "two.reacts": true}; !reflect.DeepEqual(have, want) {
		t.Errorf("have %v, want %v", have, want)
	}
	for range 2 {
		if have := receive(t, got); !reflect.DeepEqual(have, e) {
			t.Errorf("\nhave %+v\nwant %+v", have, e)
		}
	}
}

func TestEvents_AnEventOfATransactionThatIsRolledBackReachesNobody(t *testing.T) {
	t.Parallel()
	to, got := make(chan string, 8), make(chan events.Event, 8)
	db, outbox := newStore(t, delivered(to, got)...)
	failed := errors.New("the rule said no")
	err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
		if err := outbox.Writer(tx).Write(ctx, event("test.happened.v1")); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Fatal(err)
	}
	write(t, db, outbox, event("test.other.v1"))
	if have := receive(t, to); have != "one.elsewhere" {
		t.Errorf("%s was told", have)
	}
	if n, err := platforment.NewClient(platforment.Driver(db.Reads())).Event.Query().Count(t.Context()); n != 1 || err != nil {
		t.Errorf("%d events are kept, %v", n, err)
	}
}

func TestInbox_RecordsManyEventsAtOnce(t *testing.T) {
	t.Parallel()
	entstoretest.RunInbox(t, entstoretest.MustSQLite(t))
}

func TestEvents_ADeliveryToNobodyIsAnError(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	outbox := entstoretest.MustOutbox(t, db)
	deliver := outbox.DeliverHandler()
	for _, payload := range []string{`{"event_id":"x","subscriber":"gone"}`, `not JSON`, ``} {
		if err := deliver.Run(t.Context(), []byte(payload)); err == nil {
			t.Errorf("%q was delivered", payload)
		}
	}
}

func TestEvents_ADeliveryOfAnUnknownEventIsAnError(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	outbox := entstoretest.MustOutbox(t, db, delivered(make(chan string, 1), make(chan events.Event, 1))...)
	for _, id := range []string{"x", uuidv7.Generator{}.New()} {
		err := outbox.DeliverHandler().Run(t.Context(), []byte(`{"event_id":"`+id+`","subscriber":"one.reacts"}`))
		if err == nil {
			t.Errorf("%q was delivered", id)
		}
	}
}

func TestEvents_ASubscribersErrorIsTheDeliverys(t *testing.T) {
	t.Parallel()
	db, failed := entstoretest.MustSQLite(t), errors.New("the effect failed")
	outbox := entstoretest.MustOutbox(t, db, events.Subscriber{
		Name: "one.fails", Event: "test.happened.v1", Handle: func(context.Context, events.Event) error { return failed },
	})
	e := event("test.happened.v1")
	write(t, db, outbox, e)
	err := outbox.DeliverHandler().Run(t.Context(), []byte(`{"event_id":"`+e.ID+`","subscriber":"one.fails"}`))
	if !errors.Is(err, failed) || !strings.Contains(err.Error(), e.ID) {
		t.Errorf("have %v", err)
	}
}

func TestEvents_AuditEntriesAreKeptAsWritten(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	outbox := entstoretest.MustOutbox(t, db)
	full := audit.Entry{ID: uuidv7.Generator{}.New(), Actor: "system", Action: "test.done", Resource: "thing:1", IP: "203.0.113.7", At: now}
	err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
		if err := outbox.Audit(tx).Append(ctx); err != nil {
			return err
		}
		return outbox.Audit(tx).Append(ctx, full, audit.Entry{Actor: "system", Action: "test.bare", Resource: "thing:2"})
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := platforment.NewClient(platforment.Driver(db.Reads())).AuditEntry.Query().All(t.Context())
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d entries, %v", len(rows), err)
	}
	for _, r := range rows {
		have := audit.Entry{ID: r.ID.String(), Actor: r.Actor, Action: r.Action, Resource: r.Resource, IP: r.Address, At: r.At.UTC()}
		switch {
		case r.Action == "test.done" && have != full:
			t.Errorf("\nhave %+v\nwant %+v", have, full)
		case r.Action == "test.bare" && have.At.IsZero():
			t.Errorf("the bare entry has no time: %+v", have)
		}
	}
}

// Whichever module writes the entry, it tells who acted in the actor's name.
func TestEvents_AuditEntriesNameTheImpersonator(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	outbox := entstoretest.MustOutbox(t, db)
	ctx := audit.WithImpersonator(t.Context(), "ada")
	err := db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error {
		return outbox.Audit(tx).Append(ctx,
			audit.Entry{Actor: "cleo", Action: "test.in_her_name", Resource: "thing:1"},
			audit.Entry{Actor: "ada", Action: "test.in_own_name", Resource: "thing:1"},
			audit.Entry{Actor: "cleo", Action: "test.said_so", Resource: "thing:1", Impersonator: "ben"},
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := platforment.NewClient(platforment.Driver(db.Reads())).AuditEntry.Query().All(t.Context())
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d entries, %v", len(rows), err)
	}
	want := map[string]string{"test.in_her_name": "ada", "test.in_own_name": "", "test.said_so": "ben"}
	for _, r := range rows {
		if r.Impersonator != want[r.Action] {
			t.Errorf("%s names %q", r.Action, r.Impersonator)
		}
	}
}

func TestOnPublish_HearsOfWhatIsCommitted(t *testing.T) {
	t.Parallel()
	db := entstoretest.MustSQLite(t)
	outbox := entstoretest.MustOutbox(t, db)
	var published []string
	outbox.OnPublish(func(name string) { published = append(published, name) })
	errRolledBack := errors.New("rolled back on purpose")
	for _, end := range []error{errRolledBack, nil} {
		err := db.Do(t.Context(), func(ctx context.Context, tx entstore.Tx) error {
			for _, name := range []string{"one.happened.v1", "two.happened.v1"} {
				if err := outbox.Writer(tx).Write(ctx, events.Event{ID: uuidv7.Generator{}.New(), Name: name, OccurredAt: now, Payload: []byte("{}")}); err != nil {
					return err
				}
			}
			if len(published) > 0 {
				t.Errorf("%q are published before the commit", published)
			}
			return end
		})
		if !errors.Is(err, end) {
			t.Fatal(err)
		}
	}
	if want := []string{"one.happened.v1", "two.happened.v1"}; !slices.Equal(published, want) {
		t.Errorf("published %q, want %q", published, want)
	}
}
