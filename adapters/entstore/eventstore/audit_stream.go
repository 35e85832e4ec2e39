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

// streamMoved is the fault of the first seal that is sent when how far the trail was sent is
// not known any more.
const streamMoved = "how far the trail was sent was changed past the program, or noted by a release that did not sign it: all of it is sent again"

func (a *AuditSeals) sendOne(ctx context.Context, sink audit.Sink) (bool, error) {
	sent, moved, err := a.streamed(ctx)
	if err != nil {
		return false, err
	}
	next, err := a.nextToSend(ctx, sent)
	if err != nil {
		return false, err
	}
	if next == nil {
		last, err := a.LastSeal(ctx)
		if err == nil && sent > last {
			err = fmt.Errorf("seal %d was sent and the chain ends with %d: the newest seals were removed, or the database is an older copy; see the runbook, Audit stream behind", sent, last)
		}
		return false, err
	}
	batch, err := a.batch(ctx, next)
	if err != nil {
		return false, err
	}
	switch {
	case batch.Fault != "":
	case moved:
		batch.Fault = streamMoved
	case next.ID > sent+1:
		batch.Fault = fmt.Sprintf("the seals from %d to %d are not there any more and were not sent", sent+1, next.ID-1)
	}
	if moved {
		a.StreamMoved(ctx)
	}
	if err := sink.Send(ctx, batch); err != nil {
		return false, fmt.Errorf("seal %d: %w", batch.Number, err)
	}
	key, signature := a.signer.Sign(streamHash(batch.Number))
	err = a.s.db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error {
		return on(tx).Ent.AuditStream.Create().SetID(streamRow).SetSent(batch.Number).SetKeyID(key).SetSignature(signature).
			OnConflictColumns(auditstream.FieldID).UpdateNewValues().Exec(ctx)
	})
	return err == nil, err
}

// streamHash is what is signed of how far the trail was sent. Who can write the row can put
// an older one back, which has seals sent twice, and not a later one, which would leave some
// out.
func streamHash(sent int64) []byte { return digest("neoforge audit stream v1", bits(sent)) }

// Streamed is the number of the seal that was sent last; 0: none, or nobody knows. It fails
// where this process does not have the key by which that was signed.
func (a *AuditSeals) Streamed(ctx context.Context) (int64, error) {
	sent, _, err := a.streamed(ctx)
	return sent, err
}

// streamed tells as well whether what stands there is not what the program wrote: then it
// counts for nothing.
func (a *AuditSeals) streamed(ctx context.Context) (sent int64, moved bool, err error) {
	rows, err := a.s.reads.AuditStream.Query().Where(auditstream.ID(streamRow)).All(ctx)
	if err != nil || len(rows) == 0 {
		return 0, false, entstore.Failure(err, entstore.Rules{}, "eventstore: how far the audit trail was sent")
	}
	row := rows[0]
	if row.KeyID == "" {
		return 0, true, nil
	}
	switch known, signed := a.signer.Verify(row.KeyID, streamHash(row.Sent), row.Signature); {
	case !known:
		return 0, false, fmt.Errorf("how far the trail was sent is signed with the key %q, which this process does not have: keep the SECRET_KEY that it is of behind the new one until a seal was sent; see the runbook, Audit stream behind", row.KeyID)
	case !signed:
		return 0, true, nil
	}
	return row.Sent, false, nil
}

// OldestUnsent is when the seal was made that waits longest to be sent, behind the one that
// was sent last; zero for none.
func (a *AuditSeals) OldestUnsent(ctx context.Context, sent int64) (time.Time, error) {
	next, err := a.nextToSend(ctx, sent)
	if err != nil || next == nil {
		return time.Time{}, err
	}
	return next.SealedAt.UTC(), nil
}

func (a *AuditSeals) nextToSend(ctx context.Context, sent int64) (*platforment.AuditSeal, error) {
	seals, err := a.s.reads.AuditSeal.Query().Where(auditseal.IDGT(sent)).Order(auditseal.ByID()).Limit(1).All(ctx)
	if err != nil || len(seals) == 0 {
		return nil, entstore.Failure(err, entstore.Rules{}, "eventstore: the next seal to send")
	}
	return seals[0], nil
}

// batch is a seal with its entries. What is not as it was sealed is sent as well, and says
// so: otherwise whoever changes an entry could hold up all that come after it.
func (a *AuditSeals) batch(ctx context.Context, seal *platforment.AuditSeal) (audit.Sealed, error) {
	batch := audit.Sealed{
		Number: seal.ID, Hash: sealHash(seal), Previous: seal.Previous, SealedAt: seal.SealedAt.UTC(), Latest: seal.Latest.UTC(),
		KeyID: seal.KeyID, Signature: seal.Signature,
		PrunedThrough: seal.PrunedThrough, PrunedHash: seal.PrunedHash, PrunedEntries: seal.PrunedEntries,
	}
	faults, err := a.verifyEntries(ctx, a.s.reads, seal, 1)
	if err != nil {
		return batch, entstore.Failure(err, entstore.Rules{}, "eventstore: entries under seal %d", seal.ID)
	}
	if known, signed := a.signer.Verify(seal.KeyID, batch.Hash, seal.Signature); known && !signed {
		faults = AuditFaults{{Seal: seal.ID, Kind: SealForged}}
	}
	if len(faults) > 0 {
		batch.Fault = faults[0].Error()
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
