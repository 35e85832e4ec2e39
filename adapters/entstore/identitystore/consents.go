package identitystore

import (
	"context"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/consent"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type consents struct{ tx transaction }

// Insert implements identity.Consents.
func (s consents) Insert(ctx context.Context, all ...identity.Consent) error {
	rows := make([]*identityent.ConsentCreate, len(all))
	for i, c := range all {
		id, err := entstore.ID(c.ID)
		if err != nil {
			return entstore.Failure(err, noRules, "identitystore: insert consent")
		}
		person, err := entstore.ID(c.User)
		if err != nil {
			return entstore.Failure(err, userRules, "identitystore: insert consent %s", c.ID)
		}
		rows[i] = s.tx.Ent.Consent.Create().
			SetID(id).SetUserID(person).SetKind(string(c.Kind)).SetVersion(c.Version).SetGiven(c.Given).
			SetAddress(c.IP).SetAt(c.At.UTC())
	}
	if len(rows) == 0 {
		return nil
	}
	err := s.tx.Ent.Consent.CreateBulk(rows...).Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: insert %d consents", len(all))
}

// Delete implements identity.Consents.
func (s consents) Delete(ctx context.Context, id identity.UserID, kinds ...identity.ConsentKind) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // nobody has that id, so there is nothing to delete
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	_, err = s.tx.Ent.Consent.Delete().Where(consent.UserID(key), consent.KindIn(names...)).Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: delete consents of %s", id)
}

// ConsentsOf implements identity.ConsentReads.
func (s *Store) ConsentsOf(ctx context.Context, id identity.UserID) ([]identity.Consent, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	rows, err := s.reads.Consent.Query().Where(consent.UserID(key)).
		Order(consent.ByAt(entsql.OrderDesc()), consent.ByID(entsql.OrderDesc())).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: consents of %s", id)
	}
	out := make([]identity.Consent, len(rows))
	for i, r := range rows {
		out[i] = identity.Consent{
			ID: r.ID.String(), User: id, Kind: identity.ConsentKind(r.Kind), Version: r.Version,
			Given: r.Given, IP: r.Address, At: r.At.UTC(),
		}
	}
	return out, nil
}
