package identitystore

import (
	"context"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/signingkey"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type signingKeys struct{ tx transaction }

// Lock implements identity.SigningKeys. A transaction of SQLite that may write is
// alone already; readers of Postgres are not kept waiting.
func (s signingKeys) Lock(ctx context.Context) ([]identity.SigningKey, error) {
	if s.tx.Dialect() == entstore.Postgres {
		const lock = "LOCK TABLE " + signingkey.Table + " IN SHARE ROW EXCLUSIVE MODE"
		if _, err := s.tx.Queries().ExecContext(ctx, lock); err != nil {
			return nil, entstore.Failure(err, noRules, "identitystore: lock signing keys")
		}
	}
	return readSigningKeys(ctx, s.tx.Ent)
}

// Insert implements identity.SigningKeys.
func (s signingKeys) Insert(ctx context.Context, k identity.SigningKey) error {
	err := s.tx.Ent.SigningKey.Create().
		SetKid(k.ID).
		SetSealedPrivate(k.SealedPrivate).
		SetPublic(k.Public).
		SetCreatedAt(k.CreatedAt.UTC()).
		SetSignsFrom(k.SignsFrom.UTC()).
		SetNillableVerifiesUntil(entstore.Null(k.VerifiesUntil)).
		Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: insert signing key %s", k.ID)
}

// Retire implements identity.SigningKeys.
func (s signingKeys) Retire(ctx context.Context, keep string, until time.Time) error {
	until = until.UTC()
	_, err := s.tx.Ent.SigningKey.Update().
		Where(signingkey.KidNEQ(keep), signingkey.Or(signingkey.VerifiesUntilIsNil(), signingkey.VerifiesUntilGT(until))).
		SetVerifiesUntil(until).
		Save(ctx)
	return entstore.Failure(err, noRules, "identitystore: retire signing keys")
}

// DeleteRetired implements identity.SigningKeys.
func (s signingKeys) DeleteRetired(ctx context.Context, t time.Time, limit int) (int, error) {
	keys, err := s.tx.Ent.SigningKey.Query().Where(signingkey.VerifiesUntilLT(t.UTC())).Limit(limit).IDs(ctx)
	if err != nil {
		return 0, entstore.Failure(err, noRules, "identitystore: retired signing keys")
	}
	if len(keys) == 0 {
		return 0, nil
	}
	n, err := s.tx.Ent.SigningKey.Delete().Where(signingkey.IDIn(keys...)).Exec(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: delete retired signing keys")
}

// SigningKeys implements identity.SigningKeyReads.
func (s *Store) SigningKeys(ctx context.Context) ([]identity.SigningKey, error) {
	return readSigningKeys(ctx, s.reads)
}

func readSigningKeys(ctx context.Context, client *identityent.Client) ([]identity.SigningKey, error) {
	rows, err := client.SigningKey.Query().All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: signing keys")
	}
	out := make([]identity.SigningKey, len(rows))
	for i, r := range rows {
		out[i] = identity.SigningKey{
			ID: r.Kid, SealedPrivate: r.SealedPrivate, Public: r.Public, CreatedAt: r.CreatedAt.UTC(),
			SignsFrom: r.SignsFrom.UTC(), VerifiesUntil: entstore.Time(r.VerifiesUntil),
		}
	}
	slices.SortFunc(out, identity.CompareSigningKeys)
	return out, nil
}
