package eventstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/platforment"
	"github.com/neoforge-dev/neoforge/ent/platforment/auditentry"
	"github.com/neoforge-dev/neoforge/ports/audit"
)

// Audit appends to the audit trail in tx. An entry without an id or a time gets
// them here.
func (s *Store) Audit(tx entstore.Tx) audit.Trail { return trail{s, on(tx)} }

type trail struct {
	s  *Store
	tx transaction
}

// Append implements audit.Trail.
func (t trail) Append(ctx context.Context, entries ...audit.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	rows := make([]*platforment.AuditEntryCreate, len(entries))
	for i, e := range entries {
		row, err := t.row(ctx, e)
		if err != nil {
			return err
		}
		rows[i] = row
	}
	if err := t.tx.Ent.AuditEntry.CreateBulk(rows...).Exec(ctx); err != nil {
		return entstore.Failure(err, entstore.Rules{}, "eventstore: audit %s of %s", entries[0].Action, entries[0].Resource)
	}
	return nil
}

// Count implements audit.Trail.
func (t trail) Count(ctx context.Context, e audit.Entry) error {
	row, err := t.row(ctx, e)
	if err != nil {
		return err
	}
	err = row.SetCounted(true).OnConflict(
		entsql.ConflictColumns(auditentry.FieldID),
		entsql.UpdateWhere(entsql.EQ(auditentry.FieldSeal, 0)), // what is sealed stays as it is
		entsql.ResolveWith(func(u *entsql.UpdateSet) { u.Add(auditentry.FieldTimes, 1) }),
	).Exec(ctx)
	if errors.Is(err, sql.ErrNoRows) { // the conflict was with a sealed one
		e.ID = ""
		return t.Append(ctx, e)
	}
	if err != nil {
		return entstore.Failure(err, entstore.Rules{}, "eventstore: count %s of %s", e.Action, e.Resource)
	}
	return nil
}

func (t trail) row(ctx context.Context, e audit.Entry) (*platforment.AuditEntryCreate, error) {
	if e.ID == "" {
		e.ID = t.s.ids.New()
	}
	if e.At.IsZero() {
		e.At = t.s.clock.Now()
	}
	if by := audit.ImpersonatorFrom(ctx); e.Impersonator == "" && by != e.Actor {
		e.Impersonator = by
	}
	id, err := entstore.ID(e.ID)
	if err != nil {
		return nil, fmt.Errorf("eventstore: audit %s of %s: %w", e.Action, e.Resource, err)
	}
	return t.tx.Ent.AuditEntry.Create().
		SetID(id).SetActor(e.Actor).SetAction(e.Action).SetResource(e.Resource).
		SetCounted(false).SetAddress(e.IP).SetImpersonator(e.Impersonator).SetDetail(e.Detail).SetAt(e.At.UTC()), nil
}
