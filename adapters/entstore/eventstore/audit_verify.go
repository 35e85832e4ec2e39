package eventstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/platforment"
	"github.com/neoforge-dev/neoforge/ent/platforment/auditcheck"
	"github.com/neoforge-dev/neoforge/ent/platforment/auditentry"
	"github.com/neoforge-dev/neoforge/ent/platforment/auditseal"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// VerifyKind is the kind of the job that verifies the audit trail.
const VerifyKind = "platform.verify_audit"

// AuditVerified is what a look at the whole chain found.
type AuditVerified struct {
	Seals   int64 // in the chain now
	Entries int64 // under them
	Last    int64 // the number of the last seal; 0: there is none
	Hash    []byte
	// PrunedThrough is the last seal that retention deleted, with PrunedEntries in all.
	PrunedThrough, PrunedEntries int64
	Unsealed                     Unsealed
}

// Unsealed are the entries that no seal covers yet: what is changed about them is not seen.
type Unsealed struct {
	Waiting  int       // for the next seal
	Since    time.Time // the time of the oldest of them; zero for none
	Counting int       // may still be counted
}

// AuditFault is the first thing that is not as it was sealed.
type AuditFault struct {
	Seal  int64  // 0: none in particular
	Entry string // the id; empty: the seal itself
	What  string
}

// Error implements error.
func (f *AuditFault) Error() string {
	switch {
	case f.Entry != "":
		return fmt.Sprintf("entry %s under seal %d %s", f.Entry, f.Seal, f.What)
	default:
		return fmt.Sprintf("seal %d %s", f.Seal, f.What)
	}
}

// KnownSeal is a seal that somebody wrote down outside of the database.
type KnownSeal struct {
	Number int64
	Hash   []byte
}

// errPruned reports that retention deleted what was being verified.
var errPruned = errors.New("eventstore: the beginning of the chain was pruned meanwhile")

// Verify computes the whole chain again. It fails with an [AuditFault] at the first entry
// or seal that was removed, changed or added; known, where it is not nil, must be part of
// the chain. Without it nothing shows that the newest seals were removed together with
// their entries.
func (a *AuditSeals) Verify(ctx context.Context, known *KnownSeal) (AuditVerified, error) {
	for {
		found, err := a.verify(ctx, known)
		if errors.Is(err, errPruned) {
			continue
		}
		return found, entstore.Failure(err, entstore.Rules{}, "")
	}
}

func (a *AuditSeals) verify(ctx context.Context, known *KnownSeal) (found AuditVerified, err error) {
	start, err := newestPruning(ctx, a.s.reads)
	if err != nil {
		return found, err
	}
	previous := make([]byte, sha256.Size)
	if start != nil {
		found.PrunedThrough, found.PrunedEntries, found.Last = start.PrunedThrough, start.PrunedEntries, start.PrunedThrough
		previous = start.PrunedHash
	}
	defer func() {
		// Retention deletes seals and entries together, but not between two questions.
		var fault *AuditFault
		if !errors.As(err, &fault) {
			return
		}
		if now, failed := newestPruning(ctx, a.s.reads); failed != nil {
			err = failed
		} else if now != nil && now.PrunedThrough > found.PrunedThrough {
			err = errPruned
		}
	}()
	unknown := int64(0) // the first seal since the last whose signature was verified
	for {
		seals, err := a.s.reads.AuditSeal.Query().Where(auditseal.IDGT(found.Last)).Order(auditseal.ByID()).Limit(sealsAtOnce).All(ctx)
		if err != nil {
			return found, err
		}
		for _, seal := range seals {
			if seal.ID != found.Last+1 {
				return found, &AuditFault{Seal: found.Last + 1, What: "was removed"}
			}
			if !bytes.Equal(seal.Previous, previous) {
				return found, &AuditFault{Seal: seal.ID, What: "does not continue the one before: one of the two was replaced"}
			}
			previous = sealHash(seal)
			switch signedWithKnown, signed := a.signer.Verify(seal.KeyID, previous, seal.Signature); {
			case !signedWithKnown:
				if unknown == 0 {
					unknown = seal.ID
				}
			case !signed:
				return found, &AuditFault{Seal: seal.ID, What: "was changed, or made without the key"}
			default:
				unknown = 0 // it covers those before
			}
			if known != nil && known.Number == seal.ID && !bytes.Equal(known.Hash, previous) {
				return found, &AuditFault{Seal: seal.ID, What: "is not the one that is known: the chain was replaced"}
			}
			if err := a.verifyEntries(ctx, seal); err != nil {
				return found, err
			}
			found.Last, found.Hash = seal.ID, previous
			found.Seals, found.Entries = found.Seals+1, found.Entries+int64(seal.Entries)
		}
		if len(seals) < sealsAtOnce {
			break
		}
	}
	switch {
	case unknown > 0:
		return found, &AuditFault{Seal: unknown, What: "and those after it are signed with a key that is not made from SECRET_KEY: add the value that it had then behind the one of today"}
	case known != nil && known.Number > found.Last:
		return found, &AuditFault{Seal: known.Number, What: fmt.Sprintf("is known and not there: the chain ends with %d", found.Last)}
	}
	if err := a.verifyOrphans(ctx); err != nil {
		return found, err
	}
	found.Unsealed, err = a.Unsealed(ctx)
	return found, err
}

// verifyEntries compares the entries under a seal with those that it lists.
func (a *AuditSeals) verifyEntries(ctx context.Context, seal *platforment.AuditSeal) error {
	if len(seal.Leaves) != seal.Entries*leafSize {
		return &AuditFault{Seal: seal.ID, What: "does not list as many entries as it counts"}
	}
	rows, err := a.s.reads.AuditEntry.Query().Where(auditentry.Seal(seal.ID)).Limit(seal.Entries + sealBatch).All(ctx)
	if err != nil {
		return err
	}
	have := make(map[uuid.UUID]*platforment.AuditEntry, len(rows))
	for _, row := range rows {
		have[row.ID] = row
	}
	for leaves := seal.Leaves; len(leaves) > 0; leaves = leaves[leafSize:] {
		id := uuid.UUID(leaves[:16])
		row, ok := have[id]
		switch {
		case !ok && len(rows) < seal.Entries+sealBatch: // or those that were added hide it
			return &AuditFault{Seal: seal.ID, Entry: id.String(), What: "was removed"}
		case ok && !bytes.Equal(entryHash(row), leaves[16:leafSize]):
			return &AuditFault{Seal: seal.ID, Entry: id.String(), What: "was changed"}
		}
		delete(have, id)
	}
	for id := range have {
		return &AuditFault{Seal: seal.ID, Entry: id.String(), What: "was added"}
	}
	return nil
}

// verifyOrphans looks for entries under seals that are not there.
func (a *AuditSeals) verifyOrphans(ctx context.Context) error {
	rows, err := a.s.reads.AuditEntry.Query().Where(auditentry.SealNEQ(0), func(s *entsql.Selector) {
		seals := entsql.Table(auditseal.Table)
		s.Where(entsql.NotExists(entsql.Select(seals.C(auditseal.FieldID)).From(seals).Where(entsql.ColumnsEQ(seals.C(auditseal.FieldID), s.C(auditentry.FieldSeal)))))
	}).Limit(1).All(ctx)
	if err != nil || len(rows) == 0 {
		return err
	}
	return &AuditFault{Seal: rows[0].Seal, Entry: rows[0].ID.String(), What: "is there and its seal is not: the seal was removed, or the entry added"}
}

// Unsealed counts what no seal covers yet.
func (a *AuditSeals) Unsealed(ctx context.Context) (Unsealed, error) {
	var u Unsealed
	all, err := a.s.reads.AuditEntry.Query().Where(auditentry.Seal(0)).Count(ctx)
	if err != nil {
		return u, entstore.Failure(err, entstore.Rules{}, "eventstore: audit entries without a seal")
	}
	if all == 0 {
		return u, nil
	}
	if u.Waiting, err = a.s.reads.AuditEntry.Query().Where(a.sealable()...).Count(ctx); err != nil {
		return u, entstore.Failure(err, entstore.Rules{}, "eventstore: audit entries without a seal")
	}
	u.Counting = max(all-u.Waiting, 0)
	oldest, err := a.s.reads.AuditEntry.Query().Where(a.sealable()...).Order(auditentry.ByAt()).Limit(1).All(ctx)
	if err != nil {
		return u, entstore.Failure(err, entstore.Rules{}, "eventstore: audit entries without a seal")
	}
	if len(oldest) > 0 {
		u.Since = oldest[0].At.UTC()
	}
	return u, nil
}

// VerifyHandler verifies the chain and keeps what it found for [AuditSeals.LastCheck].
// report is told as well; the job itself succeeds, because another attempt finds the same.
func (a *AuditSeals) VerifyHandler(report func(ctx context.Context, found AuditVerified, fault *AuditFault)) jobs.Handler {
	return jobs.Handler{Kind: VerifyKind, Queue: jobs.LongQueue, Timeout: time.Hour, Run: func(ctx context.Context, _ []byte) error {
		found, err := a.Verify(ctx, nil)
		var fault *AuditFault
		if err != nil && !errors.As(err, &fault) {
			return fmt.Errorf("eventstore: verify the audit trail: %w", err)
		}
		if err := a.keepCheck(ctx, fault); err != nil {
			return fmt.Errorf("eventstore: keep what the audit trail was found to be: %w", err)
		}
		report(ctx, found, fault)
		return nil
	}}
}

// checkRow is the id of the one row of platform_audit_checks.
const checkRow = 1

func (a *AuditSeals) keepCheck(ctx context.Context, fault *AuditFault) error {
	text := ""
	if fault != nil {
		text = fault.Error()
	}
	return a.s.db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error {
		return on(tx).Ent.AuditCheck.Create().SetID(checkRow).SetCheckedAt(a.s.clock.Now().UTC()).SetFault(text).
			OnConflictColumns(auditcheck.FieldID).UpdateNewValues().Exec(ctx)
	})
}

// AuditCheck is what the last look at the whole chain found.
type AuditCheck struct {
	At    time.Time // zero: there was none yet
	Fault string    // empty when all was as sealed
}

// LastCheck returns what the job that verifies the chain found last.
func (a *AuditSeals) LastCheck(ctx context.Context) (AuditCheck, error) {
	rows, err := a.s.reads.AuditCheck.Query().Where(auditcheck.ID(checkRow)).All(ctx)
	if err != nil || len(rows) == 0 {
		return AuditCheck{}, entstore.Failure(err, entstore.Rules{}, "eventstore: the last check of the audit trail")
	}
	return AuditCheck{At: rows[0].CheckedAt.UTC(), Fault: rows[0].Fault}, nil
}

// LastSeal returns the number of the newest seal; 0 for none.
func (a *AuditSeals) LastSeal(ctx context.Context) (int64, error) {
	ids, err := a.s.reads.AuditSeal.Query().Order(auditseal.ByID(entsql.OrderDesc())).Limit(1).IDs(ctx)
	if err != nil || len(ids) == 0 {
		return 0, entstore.Failure(err, entstore.Rules{}, "eventstore: the newest seal of the audit trail")
	}
	return ids[0], nil
}

// ParseKnownSeal reads a seal as it is logged and printed, "17:9f86…".
func ParseKnownSeal(s string) (*KnownSeal, error) {
	var k KnownSeal
	var hash string
	if _, err := fmt.Sscanf(s, "%d:%s", &k.Number, &hash); err != nil || k.Number < 1 {
		return nil, fmt.Errorf("%q is not a seal: give it as it was logged or printed, its number, a colon and its hash", s)
	}
	var err error
	if k.Hash, err = hex.DecodeString(hash); err != nil || len(k.Hash) != sha256.Size {
		return nil, fmt.Errorf("%q is not a seal: behind the colon are 64 digits and letters from a to f", s)
	}
	return &k, nil
}
