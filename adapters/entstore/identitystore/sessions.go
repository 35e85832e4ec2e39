package identitystore

import (
	"context"
	"math"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/predicate"
	"github.com/neoforge-dev/neoforge/ent/identityent/refreshtoken"
	"github.com/neoforge-dev/neoforge/ent/identityent/session"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type sessions struct{ tx transaction }

// Insert implements identity.Sessions.
func (s sessions) Insert(ctx context.Context, v identity.Session) error {
	id, err := entstore.ID(v.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: insert session")
	}
	person, err := entstore.ID(v.User)
	if err != nil {
		return entstore.Failure(err, userRules, "identitystore: insert session %s", v.ID)
	}
	create := s.tx.Ent.Session.Create()
	if v.Impersonator != "" {
		impersonator, err := entstore.ID(v.Impersonator)
		if err != nil {
			return entstore.Failure(err, userRules, "identitystore: insert session %s", v.ID)
		}
		create.SetImpersonatorID(impersonator)
	}
	err = create.
		SetID(id).
		SetUserID(person).
		SetKind(string(v.Kind)).
		SetTokenHash(v.TokenHash).
		SetUserAgent(v.Device.UserAgent).
		SetAddress(v.Device.IP).
		SetNillableMethod(known(v.By.Method)).
		SetNillableProvider(known(v.By.Provider)).
		SetNillableSecondFactor(known(v.By.SecondFactor)).
		SetNillableAuthenticatedAt(entstore.Null(v.AuthenticatedAt)).
		SetCreatedAt(v.CreatedAt.UTC()).
		SetLastSeenAt(v.LastSeenAt.UTC()).
		SetExpiresAt(v.ExpiresAt.UTC()).
		SetNillableRevokedAt(entstore.Null(v.RevokedAt)).
		Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: insert session %s", v.ID)
}

// known is nil for what is not.
func known[T ~string](v T) *string {
	if v == "" {
		return nil
	}
	s := string(v)
	return &s
}

// ByID implements identity.Sessions.
func (s sessions) ByID(ctx context.Context, id string) (identity.Session, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return identity.Session{}, entstore.Failure(err, sessionRules, "identitystore: session")
	}
	return sessionWhere(ctx, s.tx.Ent.Session.Query().Where(session.ID(key)), "identitystore: session %s", id)
}

// LatestOf implements identity.Sessions.
func (s sessions) LatestOf(ctx context.Context, id identity.UserID, n int) ([]identity.Session, error) {
	return latestSessions(ctx, s.tx.Ent, id, n)
}

// LatestSessionsOf implements identity.Reads.
func (s *Store) LatestSessionsOf(ctx context.Context, id identity.UserID, n int) ([]identity.Session, error) {
	return latestSessions(ctx, s.reads, id, n)
}

func latestSessions(ctx context.Context, c *identityent.Client, id identity.UserID, n int) ([]identity.Session, error) {
	person, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	rows, err := c.Session.Query().
		Where(session.UserID(person)).
		Order(session.ByLastSeenAt(entsql.OrderDesc()), session.ByID(entsql.OrderDesc())).
		Limit(n).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: latest sessions of %s", id)
	}
	out := make([]identity.Session, len(rows))
	for i, row := range rows {
		out[i] = sessionOf(row)
	}
	return out, nil
}

// Touch implements identity.Sessions.
func (s sessions) Touch(ctx context.Context, id string, seen time.Time) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // there is no such session to move
	}
	_, err = s.tx.Ent.Session.Update().
		Where(session.ID(key), session.LastSeenAtLT(seen.UTC())).
		SetLastSeenAt(seen.UTC()).
		Save(ctx)
	return entstore.Failure(err, noRules, "identitystore: touch session %s", id)
}

// Revoke implements identity.Sessions. The first revocation's time stays.
func (s sessions) Revoke(ctx context.Context, id string, at time.Time) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, sessionRules, "identitystore: revoke session")
	}
	n, err := s.tx.Ent.Session.Update().
		Where(session.ID(key), session.RevokedAtIsNil()).
		SetRevokedAt(at.UTC()).
		Save(ctx)
	if err != nil || n > 0 {
		s.tx.Invalidate(identity.TagSession(id))
		return entstore.Failure(err, noRules, "identitystore: revoke session %s", id)
	}
	exists, err := s.tx.Ent.Session.Query().Where(session.ID(key)).Exist(ctx)
	if err == nil && !exists {
		err = identity.ErrSessionNotFound
	}
	return entstore.Failure(err, noRules, "identitystore: revoke session %s", id)
}

// RevokeBeyond implements identity.Sessions.
func (s sessions) RevokeBeyond(ctx context.Context, id identity.UserID, kind identity.SessionKind, keep int, at time.Time) (int, error) {
	person, err := entstore.ID(id)
	if err != nil {
		return 0, nil // nobody has that id, so nothing is open
	}
	keys, err := s.tx.Ent.Session.Query().
		Where(session.UserID(person), session.Kind(string(kind)), session.RevokedAtIsNil()).
		Order(session.ByLastSeenAt(entsql.OrderDesc()), session.ByID(entsql.OrderDesc())).
		Offset(keep).Limit(math.MaxInt32).IDs(ctx)
	if err != nil || len(keys) == 0 {
		return 0, entstore.Failure(err, noRules, "identitystore: oldest sessions of %s", id)
	}
	s.invalidate(keys)
	n, err := s.tx.Ent.Session.Update().Where(session.IDIn(keys...)).SetRevokedAt(at.UTC()).Save(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: revoke the oldest sessions of %s", id)
}

// RevokeAll implements identity.Sessions.
func (s sessions) RevokeAll(ctx context.Context, id identity.UserID, at time.Time) ([]string, error) {
	return s.revokeWhere(ctx, id, at)
}

// RevokeOthers implements identity.Sessions.
func (s sessions) RevokeOthers(ctx context.Context, id identity.UserID, keep string, at time.Time) ([]string, error) {
	kept, err := entstore.ID(keep)
	if err != nil {
		return s.revokeWhere(ctx, id, at) // what is no session cannot be kept
	}
	return s.revokeWhere(ctx, id, at, session.IDNEQ(kept))
}

// Rotate implements identity.Sessions.
func (s sessions) Rotate(ctx context.Context, id string, newHash []byte, authenticatedAt time.Time) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, sessionRules, "identitystore: rotate session")
	}
	update := s.tx.Ent.Session.Update().
		Where(session.ID(key), session.RevokedAtIsNil()).
		SetAuthenticatedAt(authenticatedAt.UTC())
	if len(newHash) > 0 {
		update.SetTokenHash(newHash)
	}
	s.tx.Invalidate(identity.TagSession(id))
	n, err := update.Save(ctx)
	if err == nil && n == 0 {
		err = identity.ErrSessionNotFound
	}
	return entstore.Failure(err, noRules, "identitystore: rotate session %s", id)
}

// EndImpersonations implements identity.Sessions.
func (s sessions) EndImpersonations(ctx context.Context, by identity.UserID, at time.Time) error {
	person, err := entstore.ID(by)
	if err != nil {
		return nil // nobody has that id, so nobody acts for others
	}
	_, err = s.tx.Ent.Session.Update().
		Where(session.ImpersonatorID(person), session.RevokedAtIsNil()).SetRevokedAt(at.UTC()).Save(ctx)
	s.tx.Invalidate(identity.TagUser(by)) // which is a tag of the sessions in which they act for others
	return entstore.Failure(err, noRules, "identitystore: end the impersonations by %s", by)
}

// revokeWhere revokes a person's open sessions that satisfy every condition, and those
// in which they act for others.
func (s sessions) revokeWhere(ctx context.Context, id identity.UserID, at time.Time, also ...predicate.Session) ([]string, error) {
	person, err := entstore.ID(id)
	if err != nil {
		return nil, nil // nobody has that id, so nothing is open
	}
	s.tx.Invalidate(identity.TagUser(id))
	open := s.tx.Ent.Session.Query().Where(session.Or(session.UserID(person), session.ImpersonatorID(person)), session.RevokedAtIsNil()).Where(also...).Order(session.ByID())
	if s.tx.Dialect() == entstore.Postgres {
		open.ForUpdate()
	}
	keys, err := open.IDs(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: sessions of %s", id)
	}
	if len(keys) == 0 {
		return nil, nil
	}
	s.invalidate(keys)
	if _, err := s.tx.Ent.Session.Update().Where(session.IDIn(keys...)).SetRevokedAt(at.UTC()).Save(ctx); err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: revoke the sessions of %s", id)
	}
	ids := make([]string, len(keys))
	for i, key := range keys {
		ids[i] = key.String()
	}
	return ids, nil
}

// invalidate makes stale what is cached of sessions.
func (s sessions) invalidate(keys []uuid.UUID) {
	for _, key := range keys {
		s.tx.Invalidate(identity.TagSession(key.String()))
	}
}

// DeleteEnded implements identity.Sessions.
func (s sessions) DeleteEnded(ctx context.Context, t time.Time, limit int) (int, error) {
	t = t.UTC()
	keys, err := s.tx.Ent.Session.Query().Where(session.Or(
		session.RevokedAtLT(t),
		session.ExpiresAtLT(t),
		session.LastSeenAtLT(t.Add(-identity.SessionIdle)),
	)).Limit(limit).IDs(ctx)
	if err != nil {
		return 0, entstore.Failure(err, noRules, "identitystore: sessions that ended")
	}
	if len(keys) == 0 {
		return 0, nil
	}
	n, err := s.tx.Ent.Session.Delete().Where(session.IDIn(keys...)).Exec(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: delete ended sessions")
}

type refreshTokens struct{ tx transaction }

// Insert implements identity.RefreshTokens.
func (s refreshTokens) Insert(ctx context.Context, t identity.RefreshToken) error {
	key, err := entstore.ID(t.Session)
	if err != nil {
		return entstore.Failure(err, sessionRules, "identitystore: insert refresh token")
	}
	err = s.tx.Ent.RefreshToken.Create().
		SetSessionID(key).
		SetHash(t.Hash).
		SetCreatedAt(t.CreatedAt.UTC()).
		SetExpiresAt(t.ExpiresAt.UTC()).
		SetNillableUsedAt(entstore.Null(t.UsedAt)).
		Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: insert refresh token of session %s", t.Session)
}

// Redeem implements identity.RefreshTokens. The update is the decision: a row has
// no use yet for exactly one of those who ask.
func (s refreshTokens) Redeem(ctx context.Context, hash []byte, now time.Time) (identity.RefreshToken, error) {
	now = now.UTC()
	n, err := s.tx.Ent.RefreshToken.Update().
		Where(refreshtoken.Hash(hash), refreshtoken.UsedAtIsNil(), refreshtoken.ExpiresAtGT(now)).
		SetUsedAt(now).
		Save(ctx)
	if err != nil {
		return identity.RefreshToken{}, entstore.Failure(err, noRules, "identitystore: redeem refresh token")
	}
	row, err := s.tx.Ent.RefreshToken.Query().Where(refreshtoken.Hash(hash)).Only(ctx)
	if err != nil {
		return identity.RefreshToken{}, entstore.Failure(err, tokenRules, "identitystore: redeem refresh token")
	}
	token := refreshTokenOf(row)
	switch {
	case n > 0:
		return token, nil
	case !token.UsedAt.IsZero():
		return token, entstore.Failure(identity.ErrTokenReused, noRules, "identitystore: redeem refresh token of session %s", token.Session)
	default:
		return identity.RefreshToken{}, entstore.Failure(identity.ErrInvalidToken, noRules, "identitystore: redeem refresh token of session %s", token.Session)
	}
}

func sessionWhere(ctx context.Context, q *identityent.SessionQuery, operation string, args ...any) (identity.Session, error) {
	row, err := q.Only(ctx)
	if err != nil {
		return identity.Session{}, entstore.Failure(err, sessionRules, operation, args...)
	}
	return sessionOf(row), nil
}

// DeleteExpired implements identity.RefreshTokens.
func (s refreshTokens) DeleteExpired(ctx context.Context, t time.Time, limit int) (int, error) {
	keys, err := s.tx.Ent.RefreshToken.Query().Where(refreshtoken.ExpiresAtLT(t.UTC())).Limit(limit).IDs(ctx)
	if err != nil || len(keys) == 0 {
		return 0, entstore.Failure(err, noRules, "identitystore: refresh tokens that expired")
	}
	n, err := s.tx.Ent.RefreshToken.Delete().Where(refreshtoken.IDIn(keys...)).Exec(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: delete expired refresh tokens")
}
