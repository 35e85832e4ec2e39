package eventstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/ent/platforment"
	"github.com/neoforge-dev/neoforge/ent/platforment/auditentry"
	"github.com/neoforge-dev/neoforge/ent/platforment/auditseal"
)

// sealsAtOnce bounds the seals in memory.
const sealsAtOnce = 20

// prune deletes the batches of which every entry is from before t, the oldest first, and
// has a seal say so: which was the last, and how many entries went. The chain begins
// behind it from then on. Each seal and its entries are verified before they go: dates
// that somebody moved back delete nothing.
func (a *AuditSeals) prune(ctx context.Context, t time.Time) error {
	var covered coveredSeals
	for {
		pruned, err := a.link(ctx, func(ctx context.Context, tx transaction, _ int64) (*platforment.AuditSeal, error) {
			return a.pruneBatch(ctx, tx, t, &covered)
		})
		if err != nil {
			return fmt.Errorf("eventstore: prune audit entries: %w", err)
		}
		if !pruned {
			return nil
		}
	}
}

func (a *AuditSeals) pruneBatch(ctx context.Context, tx transaction, t time.Time, covered *coveredSeals) (*platforment.AuditSeal, error) {
	before, forged, err := a.beginning(ctx, tx.Ent)
	if err != nil {
		return nil, err
	}
	if len(forged) > 0 {
		return nil, forged[0]
	}
	through, previous := int64(0), make([]byte, sha256.Size)
	seal := &platforment.AuditSeal{Leaves: []byte{}}
	if before != nil {
		through, previous, seal.PrunedEntries = before.PrunedThrough, before.PrunedHash, before.PrunedEntries
	}
	batches, err := tx.Ent.AuditSeal.Query().Where(auditseal.IDGT(through)).Order(auditseal.ByID()).Limit(sealsAtOnce).All(ctx)
	if err != nil {
		return nil, err
	}
	expired, entries := 0, 0
	for _, b := range batches {
		if !b.Latest.Before(t) || expired > 0 && entries+b.Entries > pruneBatch {
			break
		}
		entries, expired = entries+b.Entries, expired+1
	}
	// Seals that only tell of a pruning wait until there are many, or each would make another.
	if entries == 0 && expired < sealsAtOnce {
		return nil, nil
	}
	if before != nil {
		if err := a.verifyCovered(ctx, before, covered); err != nil {
			return nil, err
		}
	}
	for n, b := range batches[:expired] {
		switch {
		case b.ID != through+int64(n)+1:
			return nil, removedSeals(through+int64(n)+1, b.ID-1)
		case !bytes.Equal(b.Previous, previous):
			return nil, &AuditFault{Seal: b.ID, Kind: SealReplaced}
		}
		if err := a.verifyCovered(ctx, b, covered); err != nil {
			return nil, err
		}
		faults, err := a.verifyEntries(ctx, tx.Ent, b, 1)
		if err != nil {
			return nil, err
		}
		if len(faults) > 0 {
			return nil, faults[0]
		}
		previous = sealHash(b)
		seal.PrunedThrough, seal.PrunedHash = b.ID, previous
	}
	seal.PrunedEntries += int64(entries)
	if _, err := tx.Ent.AuditEntry.Delete().Where(auditentry.SealGT(through), auditentry.SealLTE(seal.PrunedThrough)).Exec(ctx); err != nil {
		return nil, err
	}
	_, err = tx.Ent.AuditSeal.Delete().Where(auditseal.IDGT(through), auditseal.IDLTE(seal.PrunedThrough)).Exec(ctx)
	return seal, err
}

// coveredSeals are the hashes of seals whose keys are gone, that a later seal of a key of
// today covers; nil until they are looked for.
type coveredSeals map[int64][]byte

// coveredAtOnce bounds what coveredSeals holds.
const coveredAtOnce = 10_000

// verifyCovered verifies a seal that was signed with a key that this process has. One of
// another key counts where the chain leads from it to one that was: who signed that has
// verified what came before.
func (a *AuditSeals) verifyCovered(ctx context.Context, seal *platforment.AuditSeal, covered *coveredSeals) error {
	hash := sealHash(seal)
	switch known, signed := a.signer.Verify(seal.KeyID, hash, seal.Signature); {
	case signed:
		return nil
	case known:
		return &AuditFault{Seal: seal.ID, Kind: SealForged}
	}
	for fresh := false; !bytes.Equal((*covered)[seal.ID], hash); fresh = true {
		if fresh {
			return &AuditFault{Seal: seal.ID, Kind: KeyUnknown}
		}
		*covered = coveredSeals{}
		_, err := a.verifyChain(ctx, nil, func(s *platforment.AuditSeal) {
			if len(*covered) < coveredAtOnce || s.PrunedThrough > 0 {
				(*covered)[s.ID] = sealHash(s)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
