package entstore

import (
	"context"
	"database/sql"
	"time"
)

// Statement is one statement that a store has run. Texts are ours, and of a bounded
// number but for the lengths of lists; arguments are people's data.
type Statement struct {
	Text          string
	Args          []any
	InTransaction bool
	Begun         time.Time
	Took          time.Duration // until its first row is there, or until its end
	Err           error
}

// Watch has f called after each statement that stores run, also at the same time: for who
// counts them, traces them, or looks at their plans. ctx is that of who asked. It is called
// before the first statement, and again for each who watches; while nobody does, it costs
// nothing.
func (db *DB) Watch(f func(ctx context.Context, s Statement)) { db.watchers = append(db.watchers, f) }

// WatchTransactions has begin called when a transaction is about to begin, and the end that
// it returns, which may be nil, when it is over; err is what it was rolled back for. What
// runs in the transaction has the context that begin returns. It is called before the first
// transaction, and once.
func (db *DB) WatchTransactions(begin func(ctx context.Context) (_ context.Context, end func(err error))) {
	db.transactions = begin
}

type watched struct {
	Querier
	db            *DB
	inTransaction bool
}

// ExecContext implements [Querier].
func (w watched) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	begun := time.Now()
	result, err := w.Querier.ExecContext(ctx, query, args...)
	w.db.notify(ctx, w.of(query, args, begun, err))
	return result, err
}

// QueryContext implements [Querier].
func (w watched) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	begun := time.Now()
	rows, err := w.Querier.QueryContext(ctx, query, args...)
	w.db.notify(ctx, w.of(query, args, begun, err))
	return rows, err
}

func (w watched) of(query string, args []any, begun time.Time, err error) Statement {
	return Statement{Text: query, Args: args, InTransaction: w.inTransaction, Begun: begun, Took: time.Since(begun), Err: err}
}

func (db *DB) notify(ctx context.Context, s Statement) {
	for _, f := range db.watchers {
		f(ctx, s)
	}
}

// outside is what is asked outside of transactions: who watches may come after the driver
// was made.
type outside struct{ db *DB }

// ExecContext implements [Querier].
func (o outside) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if len(o.db.watchers) == 0 {
		return o.db.queries.ExecContext(ctx, query, args...)
	}
	return watched{o.db.queries, o.db, false}.ExecContext(ctx, query, args...)
}

// QueryContext implements [Querier].
func (o outside) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if len(o.db.watchers) == 0 {
		return o.db.queries.QueryContext(ctx, query, args...)
	}
	return watched{o.db.queries, o.db, false}.QueryContext(ctx, query, args...)
}
