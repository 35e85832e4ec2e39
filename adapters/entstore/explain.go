package entstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrNotExplained reports a statement that has no plan to show.
var ErrNotExplained = errors.New("entstore: the statement has no plan")

// ErrNoneToSpare reports that a plan would take the last connection that requests have.
var ErrNoneToSpare = errors.New("entstore: no connection is to spare for a plan")

// explained is what has a plan. One statement only: what follows a semicolon would run.
var explained = regexp.MustCompile(`(?is)^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b[^;]*$`)

// Explain tells how the database would run a statement of this program, without running
// it, outside of any transaction and past those who watch. It is the plan for every
// argument: none is given, so that the plan holds nobody's data. It fails with
// ErrNotExplained for what has no plan, with ErrNoneToSpare where all connections but one are
// in use, and with the database's error.
func (db *DB) Explain(ctx context.Context, text string, parameters int) (string, error) {
	if !explained.MatchString(text) {
		return "", ErrNotExplained
	}
	if db.pool != nil {
		return db.explainPostgres(ctx, text, parameters)
	}
	if s := db.read.Stats(); exhausted(s.InUse, s.MaxOpenConnections) {
		return "", ErrNoneToSpare
	}
	rows, err := db.read.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text, make([]any, parameters)...)
	if err != nil {
		return "", fmt.Errorf("entstore: explain: %w", err)
	}
	defer rows.Close()
	var plan strings.Builder
	depth := map[int64]int{}
	for rows.Next() {
		var (
			id, parent, unused int64
			step               string
		)
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return "", fmt.Errorf("entstore: explain: %w", err)
		}
		depth[id] = depth[parent] + 1
		plan.WriteString(strings.Repeat("  ", depth[parent]) + step + "\n")
	}
	return plan.String(), rows.Err()
}

// exhausted reports whether a pool has no connection, or none but its last, for one more. A
// pool of one has nothing but its last.
func exhausted(inUse, most int) bool { return inUse >= max(most-1, 1) }

// explainPostgres has the generic plan made. EXPLAIN (GENERIC_PLAN) is of Postgres 16; a
// prepared statement shows the same to every version. In a transaction, because a pooler
// may give no more than that of a connection.
func (db *DB) explainPostgres(ctx context.Context, text string, parameters int) (_ string, err error) {
	if s := db.pool.Stat(); exhausted(int(s.AcquiredConns()), int(s.MaxConns())) {
		return "", ErrNoneToSpare
	}
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return "", unavailable(err)
	}
	if s := db.pool.Stat(); s.AcquiredConns() == s.MaxConns() && s.MaxConns() > 1 { // others came meanwhile
		conn.Release()
		return "", ErrNoneToSpare
	}
	defer func() {
		if err != nil {
			// In whatever state it is left: the server, or the pooler before it, ends
			// the transaction and forgets the statement.
			err = errors.Join(err, abandon(conn))
			return
		}
		conn.Release()
	}()
	name := "explain_" + strings.ToLower(rand.Text())
	nulls := ""
	if parameters > 0 {
		nulls = "(" + strings.TrimSuffix(strings.Repeat("NULL,", parameters), ",") + ")"
	}
	for _, before := range []string{"BEGIN READ ONLY", "SET LOCAL plan_cache_mode = force_generic_plan", "SET LOCAL lock_timeout = '500ms'", "PREPARE " + name + " AS " + text} {
		if _, err := conn.Exec(ctx, before, pgx.QueryExecModeSimpleProtocol); err != nil {
			return "", fmt.Errorf("entstore: explain: %w", err)
		}
	}
	rows, err := conn.Query(ctx, "EXPLAIN EXECUTE "+name+nulls, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return "", fmt.Errorf("entstore: explain: %w", err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", fmt.Errorf("entstore: explain: %w", err)
	}
	for _, after := range []string{"DEALLOCATE " + name, "ROLLBACK"} {
		if _, err := conn.Exec(ctx, after, pgx.QueryExecModeSimpleProtocol); err != nil {
			return "", fmt.Errorf("entstore: explain: %w", err)
		}
	}
	return strings.Join(lines, "\n") + "\n", nil
}

func abandon(conn *pgxpool.Conn) error {
	return conn.Hijack().Close(context.Background())
}
