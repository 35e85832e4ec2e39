package eventstore

import (
	"cmp"
	"context"
	"slices"
	"strings"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/platforment"
	"github.com/neoforge-dev/neoforge/ent/platforment/auditentry"
	"github.com/neoforge-dev/neoforge/ent/platforment/predicate"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/cursor"
)

var _ audit.Log = (*Store)(nil)

// AuditEntries implements audit.Log. What somebody did themselves and what they did
// in another's name stand in two indexes, so they are asked for one after the other.
func (s *Store) AuditEntries(ctx context.Context, f audit.Filter, after cursor.Position, limit int) ([]audit.Entry, error) {
	if limit < 1 {
		return nil, nil
	}
	narrowed, err := s.narrow(f, after)
	if err != nil {
		return nil, entstore.Failure(err, entstore.Rules{}, "eventstore: audit trail")
	}
	if f.Actor == "" {
		return s.auditEntries(ctx, narrowed, limit)
	}
	own, err := s.auditEntries(ctx, append(narrowed[:len(narrowed):len(narrowed)], auditentry.Actor(f.Actor)), limit)
	if err != nil {
		return nil, err
	}
	// The condition of the partial index is part of the question.
	others, err := s.auditEntries(ctx, append(narrowed[:len(narrowed):len(narrowed)], auditentry.Impersonator(f.Actor), inAnothersName), limit)
	if err != nil {
		return nil, err
	}
	all := append(own, others...)
	slices.SortFunc(all, func(a, b audit.Entry) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(b.ID, a.ID)) })
	return all[:min(limit, len(all))], nil
}

// inAnothersName is the condition of the index over impersonators, word for word: with a
// parameter in it, a plan that is made for every argument cannot use the index.
func inAnothersName(s *entsql.Selector) {
	s.Where(entsql.ExprP(s.C(auditentry.FieldImpersonator) + " <> ''"))
}

func (s *Store) auditEntries(ctx context.Context, narrowed []predicate.AuditEntry, limit int) ([]audit.Entry, error) {
	rows, err := s.reads.AuditEntry.Query().Where(narrowed...).
		Order(auditentry.ByAt(entsql.OrderDesc()), auditentry.ByID(entsql.OrderDesc())).
		Limit(limit).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, entstore.Rules{}, "eventstore: audit trail")
	}
	out := make([]audit.Entry, len(rows))
	for i, row := range rows {
		out[i] = auditOf(row)
	}
	return out, nil
}

// actionBegins finds actions by their beginning, which ends with a dot, as the index has
// them: byte by byte, in whatever language the database sorts, and also where a plan is
// made for every argument, which LIKE is not.
func (s *Store) actionBegins(prefix string) predicate.AuditEntry {
	from, below := ">=", "<"
	if s.db.Dialect() == entstore.Postgres {
		from, below = "~>=~", "~<~"
	}
	last := len(prefix) - 1
	end := prefix[:last] + string(prefix[last]+1)
	return func(q *entsql.Selector) {
		q.Where(entsql.P(func(b *entsql.Builder) {
			action := q.C(auditentry.FieldAction)
			b.WriteString(action + " " + from + " ").Arg(prefix).WriteString(" AND " + action + " " + below + " ").Arg(end)
		}))
	}
}

func (s *Store) narrow(f audit.Filter, after cursor.Position) ([]predicate.AuditEntry, error) {
	var all []predicate.AuditEntry
	switch {
	case strings.HasSuffix(f.Action, "."):
		all = append(all, s.actionBegins(f.Action))
	case f.Action != "":
		all = append(all, auditentry.Action(f.Action))
	}
	if f.Resource != "" {
		all = append(all, auditentry.Resource(f.Resource))
	}
	if !f.From.IsZero() {
		all = append(all, auditentry.AtGTE(f.From.UTC()))
	}
	if !f.To.IsZero() {
		all = append(all, auditentry.AtLT(f.To.UTC()))
	}
	if after.At.IsZero() {
		return all, nil
	}
	id, err := entstore.ID(after.ID)
	if err != nil {
		return nil, err
	}
	at := after.At.UTC()
	return append(all, func(s *entsql.Selector) {
		s.Where(entstore.Before(s.C(auditentry.FieldAt), s.C(auditentry.FieldID), at, id))
	}), nil
}

func auditOf(r *platforment.AuditEntry) audit.Entry {
	e := audit.Entry{
		ID: r.ID.String(), Actor: r.Actor, Action: r.Action, Resource: r.Resource, IP: r.Address,
		Impersonator: r.Impersonator, Detail: r.Detail, At: r.At.UTC(),
	}
	if r.Times > 1 {
		e.Times = r.Times
	}
	return e
}
