package eventstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/platforment"
	"github.com/neoforge-dev/neoforge/ent/platforment/auditentry"
	"github.com/neoforge-dev/neoforge/ent/platforment/auditseal"
	"github.com/neoforge-dev/neoforge/ent/platforment/auditstream"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// StreamKind is the kind of the job that sends the audit trail elsewhere.
const StreamKind = "platform.stream_audit"

// streamRow is the id of the one row of platform_audit_streams.
const streamRow = 1

// StreamHandler sends what was sealed to a sink, one seal after the other, each at least
// once. A change never waits for it: it reads what is committed. sink may be nil in a
// process that has none.
func (a *AuditSeals) StreamHandler(sink audit.Sink) jobs.Handler {
	return jobs.Handler{Kind: StreamKind, Queue: jobs.OutsideQueue, Timeout: 5 * time.Minute, Run: func(ctx context.Context, _ []byte) error {
		if sink == nil {
			return errors.New("this process cannot send the audit trail: give it the AUDIT_STREAM of the others")
		}
		for {
			sent, err := a.sendOne(ctx, sink)
			if err != nil {
				return fmt.Errorf("eventstore: stream the audit trail: %w", err)
			}
			if !sent {
				return nil
			}
		}
	}}
}

func (a *AuditSeals) sendOne(ctx context.Context, sink audit.Sink) (bool, error) {
	rows, err := a.s.reads.AuditStream.Query().Where(auditstream.ID(streamRow)).All(ctx)
	if err != nil {
		return false, entstore.Failure(err, entstore.Rules{}, "")
	}
	sent := int64(0)
	if len(rows) > 0 {
		sent = rows[0].Sent
	}
	seals, err := a.s.reads.AuditSeal.Query().Where(auditseal.IDGT(sent)).Order(auditseal.ByID()).Limit(1).All(ctx)
	if err != nil || len(seals) == 0 {
		return false, entstore.Failure(err, entstore.Rules{}, "")
	}
	batch, err := a.batch(ctx, seals[0])
	if err != nil {
		return false, err
	}
	if err := sink.Send(ctx, batch); err != nil {
		return false, fmt.Errorf("seal %d: %w", batch.Number, err)
	}
	err = a.s.db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error {
		return on(tx).Ent.AuditStream.Create().SetID(streamRow).SetSent(batch.Number).OnConflictColumns(auditstream.FieldID).UpdateNewValues().Exec(ctx)
	})
	return err == nil, err
}

func (a *AuditSeals) batch(ctx context.Context, seal *platforment.AuditSeal) (audit.Sealed, error) {
	batch := audit.Sealed{
		Number: seal.ID, Hash: sealHash(seal), Previous: seal.Previous, SealedAt: seal.SealedAt.UTC(), PrunedThrough: seal.PrunedThrough,
	}
	rows, err := a.s.reads.AuditEntry.Query().Where(auditentry.Seal(seal.ID)).Order(auditentry.ByAt(), auditentry.ByID()).Limit(sealBatch).All(ctx)
	if err != nil {
		return batch, entstore.Failure(err, entstore.Rules{}, "eventstore: entries under seal %d", seal.ID)
	}
	for _, row := range rows {
		batch.Entries = append(batch.Entries, auditOf(row))
	}
	return batch, nil
}
