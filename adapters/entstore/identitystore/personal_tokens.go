package identitystore

import (
	"context"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/personaltoken"
	"github.com/neoforge-dev/neoforge/ent/identityent/user"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type personalTokens struct{ tx transaction }

// Insert implements identity.PersonalTokens. The person's row is held, so that
// those who count at the same moment count one after the other.
func (s personalTokens) Insert(ctx context.Context, t identity.PersonalToken, now time.Time, limit int) error {
	id, err := entstore.ID(t.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: insert personal token")
	}
	person, err := entstore.ID(t.User)
	if err != nil {
		return entstore.Failure(err, userRules, "identitystore: insert personal token %s", t.ID)
	}
	holder := s.tx.Ent.User.Query().Where(user.ID(person))
	if s.tx.Dialect() == entstore.Postgres {
		holder.ForUpdate()
	}
	if _, err := holder.OnlyID(ctx); err != nil {
		return entstore.Failure(err, userRules, "identitystore: insert personal token %s", t.ID)
	}
	n, err := s.tx.Ent.PersonalToken.Query().Where(
		personaltoken.UserID(person), personaltoken.RevokedAtIsNil(),
		personaltoken.Or(personaltoken.ExpiresAtIsNil(), personaltoken.ExpiresAtGT(now.UTC())),
	).Count(ctx)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: count the tokens of %s", t.User)
	}
	if n >= limit {
		return entstore.Failure(identity.ErrTooManyTokens, noRules, "identitystore: insert personal token %s", t.ID)
	}
	scopes := make([]string, len(t.Scopes))
	for i, scope := range t.Scopes {
		scopes[i] = string(scope)
	}
	err = s.tx.Ent.PersonalToken.Create().
		SetID(id).
		SetUserID(person).
		SetName(t.Name).
		SetHash(t.Hash).
		SetHint(t.Hint).
		SetScopes(scopes).
		SetCreatedAt(t.CreatedAt.UTC()).
		SetNillableExpiresAt(entstore.Null(t.ExpiresAt)).
		SetNillableLastUsedAt(entstore.Null(t.LastUsedAt)).
		SetLastUsedFrom(t.LastUsedFrom).
		SetNillableRevokedAt(entstore.Null(t.RevokedAt)).
		Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: insert personal token %s", t.ID)
}

// Touch implements identity.PersonalTokens.
func (s personalTokens) Touch(ctx context.Context, id, address string, used time.Time) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // there is no such token to note a use of
	}
	used = used.UTC()
	_, err = s.tx.Ent.PersonalToken.Update().
		Where(personaltoken.ID(key), personaltoken.Or(personaltoken.LastUsedAtIsNil(), personaltoken.LastUsedAtLT(used))).
		SetLastUsedAt(used).
		SetLastUsedFrom(address).
		Save(ctx)
	return entstore.Failure(err, noRules, "identitystore: touch personal token %s", id)
}

// Revoke implements identity.PersonalTokens.
func (s personalTokens) Revoke(ctx context.Context, userID identity.UserID, id string, at time.Time) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, personalRules, "identitystore: revoke personal token")
	}
	person, err := entstore.ID(userID)
	if err != nil {
		return entstore.Failure(err, personalRules, "identitystore: revoke personal token %s", id)
	}
	n, err := s.tx.Ent.PersonalToken.Update().
		Where(personaltoken.ID(key), personaltoken.UserID(person), personaltoken.RevokedAtIsNil()).
		SetRevokedAt(at.UTC()).
		Save(ctx)
	if err == nil && n == 0 {
		err = identity.ErrTokenNotFound
	}
	s.tx.Invalidate(identity.TagToken(id))
	return entstore.Failure(err, noRules, "identitystore: revoke personal token %s", id)
}

// RevokeAll implements identity.PersonalTokens.
func (s personalTokens) RevokeAll(ctx context.Context, userID identity.UserID, at time.Time) error {
	person, err := entstore.ID(userID)
	if err != nil {
		return nil // nobody has that id, and so no tokens
	}
	n, err := s.tx.Ent.PersonalToken.Update().
		Where(personaltoken.UserID(person), personaltoken.RevokedAtIsNil()).
		SetRevokedAt(at.UTC()).
		Save(ctx)
	if n > 0 {
		s.tx.Invalidate(identity.TagUser(userID))
	}
	return entstore.Failure(err, noRules, "identitystore: revoke personal tokens of %s", userID)
}

// DeleteEnded implements identity.PersonalTokens.
func (s personalTokens) DeleteEnded(ctx context.Context, t time.Time, limit int) (int, error) {
	t = t.UTC()
	keys, err := s.tx.Ent.PersonalToken.Query().
		Where(personaltoken.Or(personaltoken.RevokedAtLT(t), personaltoken.ExpiresAtLT(t))).
		Limit(limit).IDs(ctx)
	if err != nil {
		return 0, entstore.Failure(err, noRules, "identitystore: personal tokens that ended")
	}
	if len(keys) == 0 {
		return 0, nil
	}
	n, err := s.tx.Ent.PersonalToken.Delete().Where(personaltoken.IDIn(keys...)).Exec(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: delete ended personal tokens")
}

// PersonalTokensOf implements identity.PersonalTokenReads.
func (s *Store) PersonalTokensOf(ctx context.Context, id identity.UserID) ([]identity.PersonalToken, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	rows, err := s.reads.PersonalToken.Query().
		Where(personaltoken.UserID(key), personaltoken.RevokedAtIsNil()).
		Order(personaltoken.ByCreatedAt(entsql.OrderDesc()), personaltoken.ByID(entsql.OrderDesc())).
		All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: personal tokens of %s", id)
	}
	out := make([]identity.PersonalToken, len(rows))
	for i, row := range rows {
		out[i] = personalTokenOf(row)
	}
	return out, nil
}

// PersonalToken implements identity.PersonalTokenReads.
func (s *Store) PersonalToken(ctx context.Context, id string) (identity.PersonalToken, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return identity.PersonalToken{}, entstore.Failure(err, personalRules, "identitystore: personal token")
	}
	row, err := s.reads.PersonalToken.Query().Where(personaltoken.ID(key)).Only(ctx)
	if err != nil {
		return identity.PersonalToken{}, entstore.Failure(err, personalRules, "identitystore: personal token %s", id)
	}
	return personalTokenOf(row), nil
}

// PersonalTokenByHash implements identity.PersonalTokenReads.
func (s *Store) PersonalTokenByHash(ctx context.Context, hash []byte) (identity.PersonalToken, error) {
	row, err := s.reads.PersonalToken.Query().Where(personaltoken.Hash(hash)).Only(ctx)
	if err != nil {
		return identity.PersonalToken{}, entstore.Failure(err, personalRules, "identitystore: personal token by its hash")
	}
	return personalTokenOf(row), nil
}

func personalTokenOf(r *identityent.PersonalToken) identity.PersonalToken {
	scopes := make([]identity.Scope, len(r.Scopes))
	for i, scope := range r.Scopes {
		scopes[i] = identity.Scope(scope)
	}
	return identity.PersonalToken{
		ID: r.ID.String(), User: identity.UserID(r.UserID.String()), Name: r.Name, Hash: r.Hash, Hint: r.Hint, Scopes: scopes,
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: entstore.Time(r.ExpiresAt), LastUsedAt: entstore.Time(r.LastUsedAt),
		LastUsedFrom: r.LastUsedFrom, RevokedAt: entstore.Time(r.RevokedAt),
	}
}
