package entstore

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// maxStatements bounds the cache: ent writes a text of its own for each length of
// an IN list, and a caller chooses that length.
const maxStatements = 256

// statements prepares each query once. SQLite compiles a query's text to a
// program before it runs; for a read of one row that is most of the work.
type statements struct {
	db *sql.DB

	mu     sync.RWMutex
	byText map[string]*sql.Stmt
}

var _ Querier = (*statements)(nil)

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, byText: make(map[string]*sql.Stmt)}
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
	return stmt.QueryContext(ctx, args...)
}

// prepared returns nil when the cache is full of other queries.
func (s *statements) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mu.RLock()
	stmt, full := s.byText[query], len(s.byText) >= maxStatements
	s.mu.RUnlock()
	if stmt != nil || full {
		return stmt, nil
	}
	stmt, err := s.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other, raced := s.byText[query]; raced {
		return other, stmt.Close()
	}
	s.byText[query] = stmt
	return stmt, nil
}

// Close forgets every statement.
func (s *statements) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, stmt := range s.byText {
		errs = append(errs, stmt.Close())
	}
	clear(s.byText)
	return errors.Join(errs...)
}
