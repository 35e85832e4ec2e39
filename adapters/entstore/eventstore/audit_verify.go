package eventstore

import (
	"bytes"
	"context"
	"crypto/sha256"
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
	"github.com/neoforge-dev/neoforge/ent/platforment/predicate"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

var _ audit.States = (*AuditSeals)(nil)

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
	// More says that there may be more faults than are listed.
	More bool
}

// Unsealed are the entries that no seal covers yet: what is changed about them is not seen.
type Unsealed struct {
	Waiting  int       // for the next seal; MaxUnsealed at the most
	Since    time.Time // the time of the oldest of them; zero for none
	Counting int       // may still be counted; MaxUnsealed at the most
}

// pruneRaces is how often a look begins again because of that; retention runs once an hour.
const pruneRaces = 5

// Verify computes the whole chain again. It fails with [AuditFaults]: the entries and seals
// that were removed, changed or added. Each known seal, and that of the anchor, must be
// part of the chain. Without either nothing shows that the newest seals were removed
// together with their entries.
func (a *AuditSeals) Verify(ctx context.Context, known ...audit.KnownSeal) (AuditVerified, error) {
	if a.Anchor != nil {
		newest, err := a.Anchor.Newest()
		if err != nil {
			return AuditVerified{}, fmt.Errorf("eventstore: what is known outside of the database: %w", err)
		}
		if newest.Number > 0 {
			known = append(known[:len(known):len(known)], newest)
		}
	}
	return a.verifyChain(ctx, known, func(*platforment.AuditSeal) {})
}

func (a *AuditSeals) verifyChain(ctx context.Context, known []audit.KnownSeal, visit func(*platforment.AuditSeal)) (AuditVerified, error) {
	for attempt := 1; ; attempt++ {
		found, faults, err := a.verifyOnce(ctx, known, visit)
		switch {
		case err != nil:
			return found, entstore.Failure(err, entstore.Rules{}, "eventstore: verify the audit trail")
		case len(faults) == 0:
			return found, nil
		}
		// Retention deletes seals and entries together, but not between two questions.
		now, _, err := a.beginning(ctx, a.s.reads)
		if err != nil {
			return found, entstore.Failure(err, entstore.Rules{}, "eventstore: verify the audit trail")
		}
		if now != nil && now.PrunedThrough > found.PrunedThrough && attempt < pruneRaces {
			continue
		}
		found.More = faults.room() == 0
		return found, faults
	}
}

// beginning is the newest seal of retention, which says where the chain begins; nil where
// it begins at 1. Seals that say so and that retention did not write are faults. One whose
// key this process does not have is taken until the walk over the chain has come to it.
func (a *AuditSeals) beginning(ctx context.Context, c *platforment.Client) (*platforment.AuditSeal, AuditFaults, error) {
	rows, err := c.AuditSeal.Query().Where(auditseal.PrunedThroughGT(0)).Order(auditseal.ByID(entsql.OrderDesc())).Limit(sealsAtOnce).All(ctx)
	if err != nil {
		return nil, nil, err
	}
	var forged AuditFaults
	for _, s := range rows {
		if known, signed := a.signer.Verify(s.KeyID, sealHash(s), s.Signature); known && !signed || s.PrunedThrough >= s.ID {
			forged.add(&AuditFault{Seal: s.ID, Kind: SealForged})
			continue
		}
		return s, forged, nil
	}
	return nil, forged, nil
}

// chainWalk is where a look at the chain has come to.
type chainWalk struct {
	found    AuditVerified
	faults   AuditFaults
	previous []byte // the hash of the seal before; nil where that is not there
	// uncovered is the first seal since the last whose signature was verified; 0 for none.
	uncovered int64
	forged    map[int64]bool // is listed already
	compared  map[int64]bool // the known seals that were there
}

func (a *AuditSeals) verifyOnce(ctx context.Context, known []audit.KnownSeal, visit func(*platforment.AuditSeal)) (AuditVerified, AuditFaults, error) {
	w := &chainWalk{previous: make([]byte, sha256.Size), forged: map[int64]bool{}, compared: map[int64]bool{}}
	start, forged, err := a.beginning(ctx, a.s.reads)
	if err != nil {
		return w.found, nil, err
	}
	for _, f := range forged {
		w.forged[f.Seal] = true
		w.faults.add(f)
	}
	if start != nil {
		w.found.PrunedThrough, w.found.PrunedEntries, w.found.Last = start.PrunedThrough, start.PrunedEntries, start.PrunedThrough
		w.previous = start.PrunedHash
		for _, k := range known {
			if k.Number == start.PrunedThrough && !bytes.Equal(k.Hash, start.PrunedHash) {
				w.faults.add(&AuditFault{Seal: k.Number, Kind: KnownReplaced})
			}
		}
	}
	for w.faults.room() > 0 {
		seals, err := a.s.reads.AuditSeal.Query().Where(auditseal.IDGT(w.found.Last)).Order(auditseal.ByID()).Limit(sealsAtOnce).All(ctx)
		if err != nil {
			return w.found, nil, err
		}
		for _, seal := range seals {
			a.verifySeal(w, seal, known)
			faults, err := a.verifyEntries(ctx, a.s.reads, seal, w.faults.room())
			if err != nil {
				return w.found, nil, err
			}
			w.faults.add(faults...)
			visit(seal)
		}
		if len(seals) < sealsAtOnce {
			break
		}
	}
	w.cover()
	for _, k := range known {
		if k.Number > w.found.PrunedThrough && !w.compared[k.Number] {
			w.faults.add(&AuditFault{Seal: k.Number, Kind: KnownMissing, More: fmt.Sprintf(": the chain ends with %d", w.found.Last)})
		}
	}
	if err := a.verifyOrphans(ctx, w); err != nil {
		return w.found, nil, err
	}
	w.found.Unsealed, err = a.Unsealed(ctx)
	return w.found, w.faults, err
}

// verifySeal compares a seal with the one before and verifies its signature.
func (a *AuditSeals) verifySeal(w *chainWalk, seal *platforment.AuditSeal, known []audit.KnownSeal) {
	switch {
	case seal.ID != w.found.Last+1:
		w.cover() // what comes after covers nothing before the gap
		w.faults.add(removedSeals(w.found.Last+1, seal.ID-1))
	case w.previous != nil && !bytes.Equal(seal.Previous, w.previous):
		w.cover()
		w.faults.add(&AuditFault{Seal: seal.ID, Kind: SealReplaced})
	}
	hash := sealHash(seal)
	switch has, signed := a.signer.Verify(seal.KeyID, hash, seal.Signature); {
	case !has:
		if w.uncovered == 0 {
			w.uncovered = seal.ID
		}
	case !signed:
		if !w.forged[seal.ID] {
			w.faults.add(&AuditFault{Seal: seal.ID, Kind: SealForged})
		}
	default:
		w.uncovered = 0 // it covers those before
	}
	for _, k := range known {
		if k.Number != seal.ID {
			continue
		}
		w.compared[k.Number] = true
		if !bytes.Equal(k.Hash, hash) {
			w.faults.add(&AuditFault{Seal: seal.ID, Kind: KnownReplaced})
		}
	}
	w.previous = hash
	w.found.Last, w.found.Hash = seal.ID, hash
	w.found.Seals, w.found.Entries = w.found.Seals+1, w.found.Entries+int64(seal.Entries)
}

// cover is called where no later seal covers those that are not covered yet.
func (w *chainWalk) cover() {
	if w.uncovered > 0 {
		w.faults.add(&AuditFault{Seal: w.uncovered, Kind: KeyUnknown})
	}
	w.uncovered = 0
}

// verifyEnd verifies the last seal, with its entries, before another is linked to it; last
// is nil for an empty chain. It fails with an [AuditFault].
func (a *AuditSeals) verifyEnd(ctx context.Context, c *platforment.Client, last *platforment.AuditSeal) error {
	number := int64(0)
	if last != nil {
		number = last.ID
		switch has, signed := a.signer.Verify(last.KeyID, sealHash(last), last.Signature); {
		case !has:
			return &AuditFault{Seal: last.ID, Kind: KeyUnknown}
		case !signed:
			return &AuditFault{Seal: last.ID, Kind: SealForged}
		}
		if err := a.verifyLinkBefore(ctx, c, last); err != nil {
			return err
		}
		faults, err := a.verifyEntries(ctx, c, last, 1)
		if err != nil {
			return err
		}
		if len(faults) > 0 {
			return faults[0]
		}
	}
	later, err := c.AuditEntry.Query().Where(auditentry.SealGT(number)).Order(auditentry.BySeal()).Limit(1).All(ctx)
	if err != nil {
		return err
	}
	if len(later) > 0 {
		return &AuditFault{Seal: later[0].Seal, Entry: later[0].ID.String(), Kind: EntryWithoutSeal}
	}
	return a.verifyAnchor(ctx, c, number)
}

// verifyLinkBefore compares a seal with the one before it.
func (a *AuditSeals) verifyLinkBefore(ctx context.Context, c *platforment.Client, seal *platforment.AuditSeal) error {
	previous, err := a.hashOf(ctx, c, seal.ID-1)
	switch {
	case err != nil:
		return err
	case previous == nil:
		return removedSeals(seal.ID-1, seal.ID-1)
	case !bytes.Equal(previous, seal.Previous):
		return &AuditFault{Seal: seal.ID, Kind: SealReplaced}
	}
	return nil
}

// hashOf is the hash of a seal of the chain, or of the last that retention deleted; that of
// seal 0 is all zeros. nil: there is none.
func (a *AuditSeals) hashOf(ctx context.Context, c *platforment.Client, number int64) ([]byte, error) {
	if number == 0 {
		return make([]byte, sha256.Size), nil
	}
	rows, err := c.AuditSeal.Query().Where(auditseal.ID(number)).All(ctx)
	if err != nil {
		return nil, err
	}
	if len(rows) > 0 {
		return sealHash(rows[0]), nil
	}
	start, _, err := a.beginning(ctx, c)
	if err != nil || start == nil || start.PrunedThrough != number {
		return nil, err
	}
	return start.PrunedHash, nil
}

// verifyAnchor compares the chain, which ends with last, with what is known outside of the
// database.
func (a *AuditSeals) verifyAnchor(ctx context.Context, c *platforment.Client, last int64) error {
	if a.Anchor == nil {
		return nil
	}
	newest, err := a.Anchor.Newest()
	if err != nil {
		return fmt.Errorf("what is known outside of the database: %w", err)
	}
	hash, err := a.hashOf(ctx, c, newest.Number)
	switch {
	case err != nil:
		return err
	case newest.Number == 0 || bytes.Equal(hash, newest.Hash):
		return nil
	case hash != nil:
		return &AuditFault{Seal: newest.Number, Kind: KnownReplaced}
	}
	start, _, err := a.beginning(ctx, c)
	if err != nil {
		return err
	}
	if start != nil && newest.Number < start.PrunedThrough {
		return nil // by a process that has not sealed since
	}
	return &AuditFault{Seal: newest.Number, Kind: KnownMissing, More: fmt.Sprintf(": the chain ends with %d", last)}
}

// verifyEntries compares the entries under a seal with those that it lists, and returns up
// to limit faults.
func (a *AuditSeals) verifyEntries(ctx context.Context, c *platforment.Client, seal *platforment.AuditSeal, limit int) (AuditFaults, error) {
	if len(seal.Leaves) != seal.Entries*leafSize {
		return AuditFaults{{Seal: seal.ID, Kind: SealMalformed}}, nil
	}
	rows, err := c.AuditEntry.Query().Where(auditentry.Seal(seal.ID)).Limit(seal.Entries + sealBatch).All(ctx)
	if err != nil {
		return nil, err
	}
	var faults AuditFaults
	have := make(map[uuid.UUID]*platforment.AuditEntry, len(rows))
	for _, row := range rows {
		have[row.ID] = row
	}
	for leaves := seal.Leaves; len(leaves) > 0 && len(faults) < limit; leaves = leaves[leafSize:] {
		id := uuid.UUID(leaves[:16])
		row, ok := have[id]
		switch {
		case !ok && len(rows) < seal.Entries+sealBatch: // or those that were added hide it
			faults.add(&AuditFault{Seal: seal.ID, Entry: id.String(), Kind: EntryRemoved})
		case ok && !bytes.Equal(entryHash(row), leaves[16:leafSize]):
			faults.add(&AuditFault{Seal: seal.ID, Entry: id.String(), Kind: EntryChanged})
		}
		delete(have, id)
	}
	for _, row := range rows {
		if have[row.ID] != nil && len(faults) < limit {
			faults.add(&AuditFault{Seal: seal.ID, Entry: row.ID.String(), Kind: EntryAdded})
		}
	}
	return faults, nil
}

// verifyOrphans looks for seals before the beginning of the chain, and for entries under
// seals that are not there.
func (a *AuditSeals) verifyOrphans(ctx context.Context, w *chainWalk) error {
	before, err := a.s.reads.AuditSeal.Query().Where(auditseal.IDLTE(w.found.PrunedThrough)).Order(auditseal.ByID()).Limit(max(w.faults.room(), 1)).IDs(ctx)
	if err != nil {
		return err
	}
	for _, id := range before {
		w.faults.add(&AuditFault{Seal: id, Kind: SealAdded})
	}
	rows, err := a.s.reads.AuditEntry.Query().Where(auditentry.SealNEQ(0), func(s *entsql.Selector) {
		seals := entsql.Table(auditseal.Table)
		s.Where(entsql.NotExists(entsql.Select(seals.C(auditseal.FieldID)).From(seals).Where(entsql.ColumnsEQ(seals.C(auditseal.FieldID), s.C(auditentry.FieldSeal)))))
	}).Limit(max(w.faults.room(), 1)).All(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		w.faults.add(&AuditFault{Seal: row.Seal, Entry: row.ID.String(), Kind: EntryWithoutSeal})
	}
	return nil
}

// MaxUnsealed bounds the counts of [Unsealed].
const MaxUnsealed = 10_000

// Unsealed counts what no seal covers yet.
func (a *AuditSeals) Unsealed(ctx context.Context) (Unsealed, error) {
	var u Unsealed
	for _, c := range []struct {
		into  *int
		where []predicate.AuditEntry
	}{
		{&u.Waiting, a.sealable()},
		{&u.Counting, []predicate.AuditEntry{auditentry.Seal(0), auditentry.Counted(true), auditentry.AtGTE(a.counting())}},
	} {
		ids, err := a.s.reads.AuditEntry.Query().Where(c.where...).Limit(MaxUnsealed).IDs(ctx)
		if err != nil {
			return u, entstore.Failure(err, entstore.Rules{}, "eventstore: audit entries without a seal")
		}
		*c.into = len(ids)
	}
	var err error
	u.Since, err = a.OldestUnsealed(ctx)
	return u, err
}

// OldestUnsealed is the time of the entry that waits longest for its seal; zero for none.
func (a *AuditSeals) OldestUnsealed(ctx context.Context) (time.Time, error) {
	oldest, err := a.s.reads.AuditEntry.Query().Where(a.sealable()...).Order(auditentry.ByAt()).Limit(1).All(ctx)
	if err != nil || len(oldest) == 0 {
		return time.Time{}, entstore.Failure(err, entstore.Rules{}, "eventstore: audit entries without a seal")
	}
	return oldest[0].At.UTC(), nil
}

// VerifyHandler verifies the chain and keeps what it found for [AuditSeals.LastCheck].
// report is told as well; the job itself succeeds, because another attempt finds the same.
func (a *AuditSeals) VerifyHandler(report func(ctx context.Context, found AuditVerified, faults AuditFaults)) jobs.Handler {
	return jobs.Handler{Kind: VerifyKind, Queue: jobs.LongQueue, Timeout: time.Hour, Run: func(ctx context.Context, _ []byte) error {
		found, err := a.Verify(ctx)
		var faults AuditFaults
		if err != nil && !errors.As(err, &faults) {
			return fmt.Errorf("eventstore: verify the audit trail: %w", err)
		}
		if err := a.keepCheck(ctx, faults); err != nil {
			return fmt.Errorf("eventstore: keep what the audit trail was found to be: %w", err)
		}
		report(ctx, found, faults)
		return nil
	}}
}

// checkRow is the id of the one row of platform_audit_checks.
const checkRow = 1

func (a *AuditSeals) keepCheck(ctx context.Context, faults AuditFaults) error {
	text := ""
	if len(faults) > 0 {
		text = faults.Error()
	}
	at := a.s.clock.Now().UTC().Truncate(time.Microsecond)
	key, signature := a.signer.Sign(checkHash(at, text))
	return a.s.db.Do(ctx, func(ctx context.Context, tx entstore.Tx) error {
		return on(tx).Ent.AuditCheck.Create().SetID(checkRow).SetCheckedAt(at).SetFault(text).SetKeyID(key).SetSignature(signature).
			OnConflictColumns(auditcheck.FieldID).UpdateNewValues().Exec(ctx)
	})
}

func checkHash(at time.Time, fault string) []byte {
	return digest("neoforge audit check v1", bits(at.UnixMicro()), []byte(fault))
}

// AuditCheck is what the last look at the whole chain found.
type AuditCheck struct {
	At    time.Time // zero: there was none yet
	Fault string    // empty when all was as sealed
}

// forgedCheck is the fault of a check that was not signed with a key of this process.
const forgedCheck = "what the last look found was changed, or made without the key: it is looked at again within a day; neoforge audit verify looks now"

// LastCheck returns what the job that verifies the chain found last. A look that it did not
// sign is a fault; one of a key that this process does not have says nothing: while the key
// is replaced, another process may have it already.
func (a *AuditSeals) LastCheck(ctx context.Context) (AuditCheck, error) {
	rows, err := a.s.reads.AuditCheck.Query().Where(auditcheck.ID(checkRow)).All(ctx)
	if err != nil || len(rows) == 0 {
		return AuditCheck{}, entstore.Failure(err, entstore.Rules{}, "eventstore: the last check of the audit trail")
	}
	row := rows[0]
	switch known, signed := a.signer.Verify(row.KeyID, checkHash(row.CheckedAt, row.Fault), row.Signature); {
	case signed:
		return AuditCheck{At: row.CheckedAt.UTC(), Fault: row.Fault}, nil
	case known:
		return AuditCheck{Fault: forgedCheck}, nil
	}
	return AuditCheck{}, nil
}

// LastSeal returns the number of the newest seal; 0 for none.
func (a *AuditSeals) LastSeal(ctx context.Context) (int64, error) {
	ids, err := a.s.reads.AuditSeal.Query().Where(auditseal.IDGT(0)).Order(auditseal.ByID(entsql.OrderDesc())).Limit(1).IDs(ctx)
	if err != nil || len(ids) == 0 {
		return 0, entstore.Failure(err, entstore.Rules{}, "eventstore: the newest seal of the audit trail")
	}
	return ids[0], nil
}

// AuditState implements audit.States.
func (a *AuditSeals) AuditState(ctx context.Context) (audit.State, error) {
	check, err := a.LastCheck(ctx)
	if err != nil {
		return audit.State{}, err
	}
	state := audit.State{CheckedAt: check.At, Fault: check.Fault}
	last, err := lastSeal(ctx, a.s.reads)
	if err != nil {
		return audit.State{}, entstore.Failure(err, entstore.Rules{}, "eventstore: the newest seal of the audit trail")
	}
	if last != nil {
		state.LastSeal, state.SealedAt = last.ID, last.SealedAt.UTC()
	}
	return state, nil
}
