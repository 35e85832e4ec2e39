// Package eventstore keeps what contexts tell each other: the outbox of events,
// the inbox of each subscriber, and the audit trail.
//
// It owns the tables whose names begin with platform_. An event is a row, plus one
// job for each of its subscribers, all in the transaction of the change; the jobs
// carry it out at least once, and the inbox makes that once. Events stay, as the
// log of what happened.
package eventstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/platforment"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/idgen"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// JobInserter queues jobs in a transaction, and changes dead ones in it.
type JobInserter interface {
	InsertTx(ctx context.Context, tx *sql.Tx, jobs ...jobs.Job) error
	DeadChanges(tx *sql.Tx) jobs.DeadChanges
}

// Store writes events and carries them out. The other stores take it along, so
// that a context's transaction includes what it tells the others.
type Store struct {
	db          *entstore.DB
	reads       *platforment.Client
	jobs        JobInserter
	subscribers func() []events.Subscriber
	clock       clock.Clock
	ids         idgen.Generator
	published   func(name string) // see OnPublish
}

// New makes the store. subscribers is asked at each event, because the modules
// that subscribe are made after the stores that they need.
func New(db *entstore.DB, inserter JobInserter, subscribers func() []events.Subscriber, c clock.Clock, ids idgen.Generator) (*Store, error) {
	switch {
	case db == nil:
		return nil, errors.New("eventstore: the database is missing")
	case inserter == nil:
		return nil, errors.New("eventstore: the job queue is missing")
	case subscribers == nil:
		return nil, errors.New("eventstore: the list of subscribers is missing")
	case c == nil:
		return nil, errors.New("eventstore: the clock is missing")
	case ids == nil:
		return nil, errors.New("eventstore: the generator of ids is missing")
	}
	return &Store{db: db, reads: platforment.NewClient(platforment.Driver(db.Reads())), jobs: inserter, subscribers: subscribers, clock: c, ids: ids}, nil
}

// OnPublish has f called with the name of each event that this process has published, once
// that is committed. It is called before the first event.
func (s *Store) OnPublish(f func(name string)) { s.published = f }

// Jobs queues jobs that run when the transaction is committed.
func (s *Store) Jobs(tx entstore.Tx) jobs.Enqueuer { return enqueuer{s, on(tx)} }

// DeadJobs changes dead jobs when the transaction is committed.
func (s *Store) DeadJobs(tx entstore.Tx) jobs.DeadChanges { return s.jobs.DeadChanges(tx.SQL) }

type enqueuer struct {
	s  *Store
	tx transaction
}

// Enqueue implements jobs.Enqueuer.
func (e enqueuer) Enqueue(ctx context.Context, js ...jobs.Job) error {
	return e.s.jobs.InsertTx(ctx, e.tx.SQL, js...)
}
