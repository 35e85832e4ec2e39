// Package errorstore keeps groups of errors in one database. Replicas add to the same rows:
// what each counted is added up by the database, in one statement for all groups of a write.
package errorstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ports/cursor"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
)

// maxGroups bounds the rows: above it those seen least recently go.
const maxGroups = 1000

// maxIslands bounds those of browsers: strangers can say anything of them, and it must not
// take the place of what failed on the server.
const maxIslands = 300

// pruneBatch bounds what one transaction deletes.
const pruneBatch = 500

var (
	_ errortracking.Store   = (*Store)(nil)
	_ errortracking.Reads   = (*Store)(nil)
	_ errortracking.Changes = changes{}
)

// Store keeps groups in one database.
type Store struct{ db *entstore.DB }

// New makes the store.
func New(db *entstore.DB) (*Store, error) {
	if db == nil {
		return nil, errors.New("errorstore: the database is missing")
	}
	return &Store{db}, nil
}

const columns = "id, kind, title, place, sample, times, first_release, last_release, first_seen, last_seen, state, resolved_release, returned"

// newer is what a row takes over when the addition was seen later.
func newer(column string) string {
	return column + " = CASE WHEN excluded.last_seen >= g.last_seen THEN excluded." + column + " ELSE g." + column + " END"
}

// comesBack is when a resolved group is open again: it is seen in another release than the
// one it was last seen in before. What the old release still says during an update is known.
const comesBack = "g.state = 'resolved' AND excluded.last_release <> g.resolved_release"

var onConflict = " ON CONFLICT (id) DO UPDATE SET times = g.times + excluded.times, " +
	"first_seen = CASE WHEN excluded.first_seen < g.first_seen THEN excluded.first_seen ELSE g.first_seen END, " +
	newer("sample") + ", " + newer("last_release") + ", " + newer("last_seen") + ", " +
	"state = CASE WHEN " + comesBack + " THEN 'open' ELSE g.state END, " +
	"returned = CASE WHEN " + comesBack + " THEN TRUE ELSE g.returned END"

// Add implements errortracking.Store.
func (s *Store) Add(ctx context.Context, additions []errortracking.Addition) error {
	if len(additions) == 0 {
		return nil
	}
	// In one order everywhere, or two replicas would wait for each other's rows.
	sorted := slices.SortedFunc(slices.Values(additions), func(a, b errortracking.Addition) int {
		return cmp.Compare(a.Fingerprint, b.Fingerprint)
	})
	var rows []string
	var args []any
	for _, a := range sorted {
		sample, err := json.Marshal(a.Sample)
		if err != nil {
			return fmt.Errorf("errorstore: a report: %w", err)
		}
		values := []any{
			a.Fingerprint, string(a.Sample.Kind), a.Sample.Title(), a.Sample.Where(), string(sample), a.Count,
			a.Sample.Release, a.Sample.Release, a.First.UTC().Truncate(time.Millisecond), a.Last.UTC().Truncate(time.Millisecond),
			string(errortracking.Open), "",
		}
		marks := make([]string, len(values))
		for n := range values {
			marks[n] = s.db.Placeholder(len(args) + n + 1)
		}
		args = append(args, values...)
		rows = append(rows, "("+strings.Join(marks, ", ")+", FALSE)")
	}
	err := s.db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error {
		if _, err := tx.Queries().ExecContext(ctx, "INSERT INTO platform_error_groups AS g ("+columns+") VALUES "+strings.Join(rows, ", ")+onConflict, args...); err != nil {
			return err
		}
		if _, err := tx.Queries().ExecContext(ctx, fmt.Sprintf(
			"DELETE FROM platform_error_groups WHERE id IN (SELECT id FROM platform_error_groups WHERE kind = '%s' ORDER BY last_seen DESC, id DESC LIMIT %d OFFSET %d)", errortracking.Island, pruneBatch, maxIslands)); err != nil {
			return err
		}
		_, err := tx.Queries().ExecContext(ctx, fmt.Sprintf(
			"DELETE FROM platform_error_groups WHERE id IN (SELECT id FROM platform_error_groups ORDER BY last_seen DESC, id DESC LIMIT %d OFFSET %d)", pruneBatch, maxGroups))
		return err
	})
	return entstore.Failure(err, entstore.Rules{}, "errorstore: count %d groups", len(additions))
}

// Groups implements errortracking.Reads.
func (s *Store) Groups(ctx context.Context, f errortracking.Filter, after cursor.Position, limit int) ([]errortracking.Group, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	args := []any{string(f.State)}
	next := func(v any) string {
		args = append(args, v)
		return s.db.Placeholder(len(args))
	}
	where := "state = " + s.db.Placeholder(1)
	if f.Kind != "" {
		where += " AND kind = " + next(string(f.Kind))
	}
	if !after.At.IsZero() {
		at := after.At.UTC()
		where += " AND (last_seen < " + next(at) + " OR last_seen = " + next(at) + " AND id < " + next(after.ID) + ")"
	}
	out, err := s.list(ctx, where+" ORDER BY last_seen DESC, id DESC LIMIT "+next(max(limit, 0)), args)
	return out, entstore.Failure(err, entstore.Rules{}, "errorstore: groups")
}

func (s *Store) list(ctx context.Context, where string, args []any) ([]errortracking.Group, error) {
	var out []errortracking.Group
	err := s.db.Each(ctx, "SELECT "+columns+" FROM platform_error_groups WHERE "+where, args, func(scan func(...any) error) error {
		g, err := scanned(scan)
		out = append(out, g)
		return err
	})
	return out, err
}

func scanned(scan func(...any) error) (errortracking.Group, error) {
	var g errortracking.Group
	var sample string
	err := scan(&g.ID, &g.Kind, &g.Title, &g.Where, &sample, &g.Times, &g.FirstRelease, &g.LastRelease, &g.FirstSeen, &g.LastSeen, &g.State, &g.ResolvedRelease, &g.Returned)
	if err != nil {
		return errortracking.Group{}, err
	}
	g.FirstSeen, g.LastSeen = g.FirstSeen.UTC(), g.LastSeen.UTC()
	if json.Unmarshal([]byte(sample), &g.Sample) != nil {
		g.Sample = errortracking.Report{Kind: g.Kind} // of another release: the counts are worth showing
	}
	return g, nil
}

// Group implements errortracking.Reads.
func (s *Store) Group(ctx context.Context, id string) (errortracking.Group, error) {
	found, err := s.list(ctx, "id = "+s.db.Placeholder(1), []any{id})
	switch {
	case err != nil:
		return errortracking.Group{}, entstore.Failure(err, entstore.Rules{}, "errorstore: group %s", id)
	case len(found) == 0:
		return errortracking.Group{}, errortracking.ErrGroupNotFound
	}
	return found[0], nil
}

// OpenGroups implements errortracking.Reads.
func (s *Store) OpenGroups(ctx context.Context) (n int, err error) {
	err = s.db.Each(ctx, "SELECT COUNT(*) FROM platform_error_groups WHERE state = 'open'", nil, func(scan func(...any) error) error { return scan(&n) })
	return n, entstore.Failure(err, entstore.Rules{}, "errorstore: count open groups")
}

// Changes changes groups in tx.
func (s *Store) Changes(tx entstore.Tx) errortracking.Changes { return changes{s, tx} }

type changes struct {
	s  *Store
	tx entstore.Tx
}

// SetState implements errortracking.Changes.
func (c changes) SetState(ctx context.Context, id string, state errortracking.State) (errortracking.Group, error) {
	if err := (errortracking.Filter{State: state}).Check(); err != nil {
		return errortracking.Group{}, err
	}
	one, two := c.s.db.Placeholder(1), c.s.db.Placeholder(2)
	rows, err := c.tx.Queries().QueryContext(ctx, "SELECT "+columns+" FROM platform_error_groups WHERE id = "+one, id)
	if err != nil {
		return errortracking.Group{}, entstore.Failure(err, entstore.Rules{}, "errorstore: group %s", id)
	}
	var before errortracking.Group
	found := rows.Next()
	if found {
		before, err = scanned(rows.Scan)
	}
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return errortracking.Group{}, entstore.Failure(err, entstore.Rules{}, "errorstore: group %s", id)
	}
	if !found {
		return errortracking.Group{}, errortracking.ErrGroupNotFound
	}
	_, err = c.tx.Queries().ExecContext(ctx, "UPDATE platform_error_groups SET state = "+one+", resolved_release = last_release, returned = FALSE WHERE id = "+two, string(state), id)
	return before, entstore.Failure(err, entstore.Rules{}, "errorstore: decide about group %s", id)
}

// DeleteBefore deletes groups that were last seen before t, in small transactions.
func (s *Store) DeleteBefore(ctx context.Context, t time.Time) error {
	query := fmt.Sprintf("DELETE FROM platform_error_groups WHERE id IN (SELECT id FROM platform_error_groups WHERE last_seen < %s ORDER BY last_seen LIMIT %d)", s.db.Placeholder(1), pruneBatch)
	for deleted := int64(pruneBatch); deleted == pruneBatch; {
		err := s.db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error {
			result, err := tx.Queries().ExecContext(ctx, query, t.UTC())
			if err != nil {
				return err
			}
			deleted, err = result.RowsAffected()
			return err
		})
		if err != nil {
			return entstore.Failure(err, entstore.Rules{}, "errorstore: delete groups not seen for long")
		}
	}
	return nil
}
