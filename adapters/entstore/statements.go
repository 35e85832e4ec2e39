package entstore

import (
	"context"
	"database/sql"
	"errors"
	"hash/maphash"
	"sync"
	"sync/atomic"
)

const (
	// maxStatements bounds the cache: ent writes a text of its own for each length of
	// an IN list, and a caller chooses that length.
	maxStatements = 256
	// maxSeen bounds what is remembered of texts that were asked once.
	maxSeen = 4 * maxStatements
)

// statements prepares each query that is asked more than once. SQLite compiles a
// query's text to a program before it runs; for a read of one row that is most of the
// work. Beyond maxStatements the one that was asked longest ago makes room, so that
// what is asked often stays, whatever was asked first.
type statements struct {
	db    *sql.DB
	turns atomic.Uint64 // counts questions

	mu     sync.RWMutex
	byText map[string]*statement
	seen   map[uint64]struct{} // hashes of texts that were asked once
	seed   maphash.Seed
}

type statement struct {
	*sql.Stmt
	last  atomic.Uint64 // the turn of its last question
	users atomic.Int64  // who ask right now: it is not closed under them
}

var _ Querier = (*statements)(nil)

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, byText: map[string]*statement{}, seen: map[uint64]struct{}{}, seed: maphash.MakeSeed()}
}

// ExecContext implements [Querier].
func (s *statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return s.db.ExecContext(ctx, query, args...)
}

// QueryContext implements [Querier].
func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := s.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return s.db.QueryContext(ctx, query, args...)
	}
	defer stmt.users.Add(-1) // rows that are open keep their own hold on it
	return stmt.QueryContext(ctx, args...)
}

// prepared returns the statement of a text, in use by the caller; nil for a text that
// is asked for the first time.
func (s *statements) prepared(ctx context.Context, query string) (*statement, error) {
	turn := s.turns.Add(1)
	s.mu.RLock()
	stmt := s.byText[query]
	if stmt != nil {
		stmt.users.Add(1)
		stmt.last.Store(turn)
	}
	s.mu.RUnlock()
	if stmt != nil || !s.again(query) {
		return stmt, nil
	}
	made, err := s.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stmt = s.byText[query]
	if stmt == nil {
		stmt = &statement{Stmt: made}
		err = s.makeRoom()
		s.byText[query] = stmt
	} else {
		err = made.Close() // somebody else was faster
	}
	stmt.users.Add(1)
	stmt.last.Store(turn)
	if err != nil {
		stmt.users.Add(-1)
		return nil, err
	}
	return stmt, nil
}

// again reports whether a text was asked before, and remembers it when not: one that
// never comes again, as an IN list of a rare length, takes nobody's place.
func (s *statements) again(query string) bool {
	hash := maphash.String(s.seed, query)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.seen[hash]; known {
		delete(s.seen, hash)
		return true
	}
	if len(s.seen) >= maxSeen {
		clear(s.seen)
	}
	s.seen[hash] = struct{}{}
	return false
}

// makeRoom closes the statement that was asked longest ago of those that nobody is
// asking, once there are maxStatements.
func (s *statements) makeRoom() error {
	if len(s.byText) < maxStatements {
		return nil
	}
	var oldest string
	var victim *statement
	for text, stmt := range s.byText {
		if stmt.users.Load() == 0 && (victim == nil || stmt.last.Load() < victim.last.Load()) {
			oldest, victim = text, stmt
		}
	}
	if victim == nil {
		return nil // all are being asked: as many more than the bound as there are readers
	}
	delete(s.byText, oldest)
	return victim.Close()
}

// Close forgets every statement.
func (s *statements) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, stmt := range s.byText {
		errs = append(errs, stmt.Stmt.Close())
	}
	clear(s.byText)
	return errors.Join(errs...)
}
