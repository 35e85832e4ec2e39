package identitystore

import (
	"context"

	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/passkey"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type passkeys struct{ tx transaction }

var passkeyRules = entstore.Rules{
	Absent:  identity.ErrPasskeyNotFound,
	Indexes: identityent.UniqueIndexes, Unique: map[string]error{"identity_passkeys_credential": identity.ErrPasskeyTaken},
}

// Insert implements identity.Passkeys.
func (s passkeys) Insert(ctx context.Context, p identity.Passkey) error {
	id, err := entstore.ID(p.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: insert passkey")
	}
	person, err := entstore.ID(p.User)
	if err != nil {
		return entstore.Failure(err, userRules, "identitystore: insert passkey %s", p.ID)
	}
	err = s.tx.Ent.Passkey.Create().
		SetID(id).SetUserID(person).
		SetCredentialID(p.CredentialID).
		SetName(p.Name).
		SetRecord(p.Record).
		SetSignCount(p.SignCount).
		SetBackedUp(p.BackedUp).
		SetCreatedAt(p.CreatedAt.UTC()).
		SetNillableLastUsedAt(entstore.Null(p.LastUsedAt)).
		Exec(ctx)
	s.tx.Invalidate(identity.TagUser(p.User)) // it may be the factor that they lack
	return entstore.Failure(err, passkeyRules, "identitystore: insert passkey %s", p.ID)
}

// Of implements identity.Passkeys.
func (s passkeys) Of(ctx context.Context, id identity.UserID) ([]identity.Passkey, error) {
	return passkeysOf(ctx, s.tx.Ent, id)
}

// PasskeysOf implements identity.Reads.
func (s *Store) PasskeysOf(ctx context.Context, id identity.UserID) ([]identity.Passkey, error) {
	return passkeysOf(ctx, s.reads, id)
}

func passkeysOf(ctx context.Context, c *identityent.Client, id identity.UserID) ([]identity.Passkey, error) {
	person, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	rows, err := c.Passkey.Query().Where(passkey.UserID(person)).Order(passkey.ByCreatedAt(), passkey.ByID()).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: passkeys of %s", id)
	}
	out := make([]identity.Passkey, len(rows))
	for i, row := range rows {
		out[i] = passkeyOf(row)
	}
	return out, nil
}

func passkeyOf(row *identityent.Passkey) identity.Passkey {
	return identity.Passkey{
		ID: row.ID.String(), User: identity.UserID(row.UserID.String()), CredentialID: row.CredentialID, Name: row.Name,
		Record: row.Record, SignCount: row.SignCount, BackedUp: row.BackedUp,
		CreatedAt: row.CreatedAt.UTC(), LastUsedAt: entstore.Time(row.LastUsedAt),
	}
}

// ByCredential implements identity.Passkeys.
func (s passkeys) ByCredential(ctx context.Context, credentialID []byte) (identity.Passkey, error) {
	row, err := s.tx.Ent.Passkey.Query().Where(passkey.CredentialID(credentialID)).Only(ctx)
	if err != nil {
		return identity.Passkey{}, entstore.Failure(err, passkeyRules, "identitystore: passkey by credential")
	}
	return passkeyOf(row), nil
}

// Used implements identity.Passkeys.
func (s passkeys) Used(ctx context.Context, p identity.Passkey) error {
	id, err := entstore.ID(p.ID)
	if err != nil {
		return entstore.Failure(err, passkeyRules, "identitystore: use passkey")
	}
	n, err := s.tx.Ent.Passkey.Update().Where(passkey.ID(id)).
		SetRecord(p.Record).
		SetSignCount(p.SignCount).
		SetBackedUp(p.BackedUp).
		SetLastUsedAt(p.LastUsedAt.UTC()).
		Save(ctx)
	return existing(n, err, "identitystore: use passkey %s", p.ID)
}

// Rename implements identity.Passkeys.
func (s passkeys) Rename(ctx context.Context, owner identity.UserID, id, name string) error {
	person, key, err := ownedPasskey(owner, id)
	if err != nil {
		return entstore.Failure(err, passkeyRules, "identitystore: rename passkey")
	}
	n, err := s.tx.Ent.Passkey.Update().Where(passkey.ID(key), passkey.UserID(person)).SetName(name).Save(ctx)
	return existing(n, err, "identitystore: rename passkey %s", id)
}

// Delete implements identity.Passkeys.
func (s passkeys) Delete(ctx context.Context, owner identity.UserID, id string) error {
	person, key, err := ownedPasskey(owner, id)
	if err != nil {
		return entstore.Failure(err, passkeyRules, "identitystore: delete passkey")
	}
	n, err := s.tx.Ent.Passkey.Delete().Where(passkey.ID(key), passkey.UserID(person)).Exec(ctx)
	s.tx.Invalidate(identity.TagUser(owner))
	return existing(n, err, "identitystore: delete passkey %s", id)
}

// DeleteAll implements identity.Passkeys.
func (s passkeys) DeleteAll(ctx context.Context, owner identity.UserID) error {
	person, err := entstore.ID(owner)
	if err != nil {
		return nil
	}
	n, err := s.tx.Ent.Passkey.Delete().Where(passkey.UserID(person)).Exec(ctx)
	if n > 0 {
		s.tx.Invalidate(identity.TagUser(owner))
	}
	return entstore.Failure(err, noRules, "identitystore: delete the passkeys of %s", owner)
}

func existing(n int, err error, operation, id string) error {
	if err == nil && n == 0 {
		err = identity.ErrPasskeyNotFound
	}
	return entstore.Failure(err, noRules, operation, id)
}

// ownedPasskey reads the ids of a passkey and of its person.
func ownedPasskey(owner identity.UserID, id string) (person, key uuid.UUID, err error) {
	if person, err = entstore.ID(owner); err == nil {
		key, err = entstore.ID(id)
	}
	return person, key, err
}
