package eventstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/platforment"
	"github.com/neoforge-dev/neoforge/ent/platforment/auditentry"
	"github.com/neoforge-dev/neoforge/ent/platforment/auditseal"
	"github.com/neoforge-dev/neoforge/ent/platforment/predicate"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// SealKind is the kind of the job that seals the audit trail.
const SealKind = "platform.seal_audit"

const (
	// sealBatch bounds the entries under one seal.
	sealBatch = 500
	// sealSpan bounds the time between the first and the last of them, because retention
	// deletes whole batches.
	sealSpan = 24 * time.Hour
	// countingTime is for how long an entry that is counted may change; they are counted by
	// the hour.
	countingTime = 2 * time.Hour
	// leafSize is that of an entry in its seal: the id and a SHA-256.
	leafSize = 16 + sha256.Size
)

// Signer signs seals. Verify reports whether it has the key of that id, and whether that
// key signed the message.
type Signer interface {
	Sign(message []byte) (key string, signature []byte)
	Verify(key string, message, signature []byte) (known, signed bool)
}

// AuditSeals is the chain that shows what the audit trail held.
//
// Entries are appended in the transactions of their changes, by many processes at once; a
// chain from entry to entry would have each wait for the one before. Instead a job takes
// the entries that have no seal yet, whenever they were committed, and writes a seal over
// them: a number without gaps, the id and the hash of each entry, and the hash of the seal
// before, signed with a key that the database does not hold.
//
// Nothing is built on what stands in the database before it is verified: the last seal
// before another is linked to it, and every seal and entry before retention deletes it.
// What is not as it was sealed stops both, and stays as it was found.
type AuditSeals struct {
	s      *Store
	signer Signer
	AuditOptions
}

// AuditOptions are what the chain has outside of the database; each may be nil.
type AuditOptions struct {
	// Anchor remembers the newest seal. Without one nothing shows that the newest seals were
	// removed together with their entries.
	Anchor audit.Anchor
	// Sealed is called with each seal that was committed.
	Sealed func(seal audit.KnownSeal, entries int)
	// Refused is called when nothing is sealed or deleted, because the chain is not as it was
	// sealed.
	Refused func(ctx context.Context, fault *AuditFault)
	// StreamMoved is called when all is sent again, because how far the trail was sent was not
	// written by the program.
	StreamMoved func(ctx context.Context)
}

// AuditSeals returns the chain.
func (s *Store) AuditSeals(signer Signer, o AuditOptions) *AuditSeals {
	if o.Sealed == nil {
		o.Sealed = func(audit.KnownSeal, int) {}
	}
	if o.Refused == nil {
		o.Refused = func(context.Context, *AuditFault) {}
	}
	if o.StreamMoved == nil {
		o.StreamMoved = func(context.Context) {}
	}
	return &AuditSeals{s, signer, o}
}

// SealHandler seals what is not sealed yet. The job fails when the chain is not as it was
// sealed, so that nothing may be linked to it.
func (a *AuditSeals) SealHandler() jobs.Handler {
	return jobs.Handler{Kind: SealKind, Queue: jobs.LongQueue, Timeout: 10 * time.Minute, Run: func(ctx context.Context, _ []byte) error {
		return a.told(ctx, a.Seal(ctx))
	}}
}

// told has a fault that stopped a job known at once, and not with the next look at the
// whole chain. That a key is unknown is left to that: while the key is replaced, this
// process may only not have the new one yet.
func (a *AuditSeals) told(ctx context.Context, err error) error {
	var fault *AuditFault
	if !errors.As(err, &fault) || fault.Kind == KeyUnknown {
		return err
	}
	a.Refused(ctx, fault)
	return errors.Join(err, a.keepCheck(ctx, AuditFaults{fault}))
}

// Seal writes seals until every entry has one, but for those that may still be counted and
// those beyond sealsPerRun. It fails with an [AuditFault] where the chain is not as it was
// sealed.
func (a *AuditSeals) Seal(ctx context.Context) error {
	for range sealsPerRun {
		sealed, err := a.sealOne(ctx)
		if err != nil {
			return fmt.Errorf("eventstore: seal the audit trail: %w", err)
		}
		if !sealed {
			break
		}
	}
	return nil
}

// link adds the seal that write fills to the chain, and nothing where write returns nil.
// Two that add the same number at once are told apart by the table's key, and the second
// tries again behind the first.
func (a *AuditSeals) link(ctx context.Context, write func(ctx context.Context, tx transaction, number int64) (*platforment.AuditSeal, error)) (bool, error) {
	for attempt := 1; ; attempt++ {
		var last, seal *platforment.AuditSeal
		moved := false
		err := a.s.db.Do(ctx, func(ctx context.Context, tx entstore.Tx) (err error) {
			client := on(tx).Ent
			if last, err = lastSeal(ctx, client); err != nil {
				return err
			}
			number, previous := int64(1), make([]byte, sha256.Size)
			if last != nil {
				number, previous = last.ID+1, sealHash(last)
			}
			if err = a.verifyEnd(ctx, client, last); err == nil {
				seal, err = write(ctx, on(tx), number)
			}
			if isFault(err) {
				// It is none when another process went on with the chain meanwhile.
				now, failed := lastSeal(ctx, client)
				moved = failed == nil && now != nil && now.ID >= number
				return errors.Join(err, failed)
			}
			if err != nil || seal == nil {
				return err
			}
			seal.ID, seal.Previous = number, previous
			return a.insert(ctx, client, seal)
		})
		if code, _ := entstore.PostgresError(err); (code == uniqueViolation || moved) && attempt < sealAttempts {
			continue
		}
		switch {
		case err != nil:
			return false, err
		case seal != nil:
			known := knownSeal(seal)
			a.Sealed(known, seal.Entries)
			return true, a.keepAnchor(known)
		case last != nil:
			return false, a.keepAnchor(knownSeal(last)) // another machine wrote it
		}
		return false, nil
	}
}

func knownSeal(s *platforment.AuditSeal) audit.KnownSeal {
	return audit.KnownSeal{Number: s.ID, Hash: sealHash(s)}
}

func lastSeal(ctx context.Context, c *platforment.Client) (*platforment.AuditSeal, error) {
	rows, err := c.AuditSeal.Query().Where(auditseal.IDGT(0)).Order(auditseal.ByID(entsql.OrderDesc())).Limit(1).All(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0], nil
}

func (a *AuditSeals) keepAnchor(seal audit.KnownSeal) error {
	if a.Anchor == nil {
		return nil
	}
	if err := a.Anchor.Keep(seal); err != nil {
		return fmt.Errorf("keep seal %d outside of the database: %w", seal.Number, err)
	}
	return nil
}

const (
	// sealsPerRun bounds what one job seals; the next goes on a minute later.
	sealsPerRun = 200
	// sealAttempts is how often a seal is tried that another process wrote at the same time.
	sealAttempts = 10
	// uniqueViolation is Postgres' code for a key that is there already.
	uniqueViolation = "23505"
)

// insert signs a seal and writes it.
func (a *AuditSeals) insert(ctx context.Context, c *platforment.Client, seal *platforment.AuditSeal) error {
	seal.SealedAt = a.s.clock.Now().UTC().Truncate(time.Microsecond)
	if seal.Latest.IsZero() {
		seal.Latest = seal.SealedAt
	}
	seal.KeyID, seal.Signature = a.signer.Sign(sealHash(seal))
	create := c.AuditSeal.Create().
		SetID(seal.ID).SetEntries(seal.Entries).SetLeaves(seal.Leaves).SetLatest(seal.Latest).SetPrevious(seal.Previous).
		SetPrunedThrough(seal.PrunedThrough).SetPrunedEntries(seal.PrunedEntries).SetSealedAt(seal.SealedAt).SetKeyID(seal.KeyID).SetSignature(seal.Signature)
	if seal.PrunedThrough > 0 {
		create.SetPrunedHash(seal.PrunedHash)
	}
	return create.Exec(ctx)
}

// sealOne seals the oldest entries that have no seal, up to a batch.
func (a *AuditSeals) sealOne(ctx context.Context) (bool, error) {
	return a.link(ctx, func(ctx context.Context, tx transaction, number int64) (*platforment.AuditSeal, error) {
		entries, err := a.unsealed(ctx, tx)
		if err != nil || len(entries) == 0 {
			return nil, err
		}
		seal := &platforment.AuditSeal{Entries: len(entries), Leaves: make([]byte, 0, len(entries)*leafSize)}
		ids := make([]uuid.UUID, len(entries))
		for i, e := range entries {
			ids[i] = e.ID
			seal.Leaves = append(append(seal.Leaves, e.ID[:]...), entryHash(e)...)
			if at := e.At.UTC().Truncate(time.Microsecond); at.After(seal.Latest) {
				seal.Latest = at
			}
		}
		_, err = tx.Ent.AuditEntry.Update().Where(auditentry.IDIn(ids...)).SetSeal(number).Save(ctx)
		return seal, err
	})
}

// unsealed locks the next batch, so that nobody counts one of its entries meanwhile.
func (a *AuditSeals) unsealed(ctx context.Context, tx transaction) ([]*platforment.AuditEntry, error) {
	query := func(more ...predicate.AuditEntry) *platforment.AuditEntryQuery {
		return tx.Ent.AuditEntry.Query().Where(append(a.sealable(), more...)...).Order(auditentry.ByAt(), auditentry.ByID())
	}
	first, err := query().Limit(1).All(ctx)
	if err != nil || len(first) == 0 {
		return nil, err
	}
	batch := query(auditentry.AtLT(first[0].At.Add(sealSpan))).Limit(sealBatch)
	if tx.Dialect() == entstore.Postgres {
		batch.ForUpdate()
	}
	return batch.All(ctx)
}

// sealable are the entries without a seal that nothing changes any more.
func (a *AuditSeals) sealable() []predicate.AuditEntry {
	return []predicate.AuditEntry{auditentry.Seal(0), auditentry.Or(auditentry.Counted(false), auditentry.AtLT(a.counting()))}
}

// counting is from when on an entry that is counted may change.
func (a *AuditSeals) counting() time.Time { return a.s.clock.Now().UTC().Add(-countingTime) }

// entryHash covers all that an entry says. A time counts in microseconds, as Postgres
// keeps it.
func entryHash(e *platforment.AuditEntry) []byte {
	return digest("neoforge audit entry v1", e.ID[:], []byte(e.Actor), []byte(e.Action), []byte(e.Resource), []byte(e.Address),
		[]byte(e.Impersonator), []byte(e.Detail), bits(int64(e.Times)), bits(e.At.UnixMicro()))
}

// sealHash covers all that a seal says but its signature, which is over this hash.
func sealHash(s *platforment.AuditSeal) []byte {
	leaves := sha256.Sum256(s.Leaves)
	return digest("neoforge audit seal v1", bits(s.ID), bits(int64(s.Entries)), leaves[:], bits(s.Latest.UnixMicro()), s.Previous,
		bits(s.PrunedThrough), s.PrunedHash, bits(s.PrunedEntries), bits(s.SealedAt.UnixMicro()))
}

// digest hashes parts with their lengths, so that no two lists of parts are the same bytes.
func digest(of string, parts ...[]byte) []byte {
	h := sha256.New()
	h.Write([]byte(of))
	for _, p := range parts {
		h.Write(bits(int64(len(p))))
		h.Write(p)
	}
	return h.Sum(nil)
}

func bits(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
