package identitystore

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/mailtoken"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type mailTokens struct{ tx transaction }

// Insert implements identity.MailTokens.
func (s mailTokens) Insert(ctx context.Context, t identity.MailToken) error {
	person, err := entstore.ID(t.User)
	if err != nil {
		return entstore.Failure(err, userRules, "identitystore: insert mail token")
	}
	row := s.tx.Ent.MailToken.Create().
		SetUserID(person).
		SetPurpose(string(t.Purpose)).
		SetHash(t.Hash).
		SetEmail(string(t.Email)).
		SetPasswordHash(t.PasswordHash).
		SetName(t.Name).
		SetAddress(t.IP).
		SetEpoch(t.Epoch).
		SetCreatedAt(t.CreatedAt.UTC()).
		SetExpiresAt(t.ExpiresAt.UTC())
	if len(t.BrowserHash) > 0 {
		row.SetBrowserHash(t.BrowserHash)
	}
	if len(t.Agreed) > 0 {
		row.SetAgreed(versions[string](t.Agreed))
	}
	return entstore.Failure(row.Exec(ctx), noRules, "identitystore: insert %s token of %s", t.Purpose, t.User)
}

// Take implements identity.MailTokens. The deletion is the decision: whoever
// deletes the row has taken the token. The person is locked before, as by all who end
// links, so that none of them waits for a row that the other one holds.
func (s mailTokens) Take(ctx context.Context, p identity.MailPurpose, hash []byte, now time.Time) (identity.MailToken, error) {
	t, key, err := mailTokenWhere(ctx, s.tx.Ent, p, hash, now)
	if err != nil {
		return identity.MailToken{}, err
	}
	if _, err := users(s).Lock(ctx, t.User); err != nil {
		return identity.MailToken{}, err
	}
	n, err := s.tx.Ent.MailToken.Delete().Where(mailtoken.ID(key)).Exec(ctx)
	if err == nil && n == 0 {
		err = identity.ErrInvalidLink
	}
	if err != nil {
		return identity.MailToken{}, entstore.Failure(err, noRules, "identitystore: take %s token of %s", p, t.User)
	}
	return t, nil
}

// DeleteOf implements identity.MailTokens.
func (s mailTokens) DeleteOf(ctx context.Context, id identity.UserID, purposes ...identity.MailPurpose) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // nobody has that id, so there is nothing to delete
	}
	names := make([]string, len(purposes))
	for i, p := range purposes {
		names[i] = string(p)
	}
	_, err = s.tx.Ent.MailToken.Delete().Where(mailtoken.UserID(key), mailtoken.PurposeIn(names...)).Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: delete mail tokens of %s", id)
}

// EndLinks implements identity.MailTokens. The number is counted up in the database,
// whatever version of the person somebody holds.
func (s mailTokens) EndLinks(ctx context.Context, id identity.UserID) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // as above
	}
	if err := s.tx.Ent.User.UpdateOneID(key).AddLinksEpoch(1).Exec(ctx); err != nil {
		return entstore.Failure(err, userRules, "identitystore: end the links of %s", id)
	}
	if err := s.DeleteOf(ctx, id, identity.ResetPassword, identity.MagicLink, identity.ChangeEmail); err != nil {
		return err
	}
	return pendingEmails(s).DeleteOf(ctx, id)
}

// OtherRegistrations implements identity.MailTokens.
func (s mailTokens) OtherRegistrations(ctx context.Context, id identity.UserID, passwordHash string, now time.Time) (bool, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return false, nil // as above
	}
	others, err := s.tx.Ent.MailToken.Query().Where(
		mailtoken.UserID(key), mailtoken.Purpose(string(identity.VerifyEmail)), mailtoken.PasswordHashNEQ(""),
		mailtoken.PasswordHashNEQ(passwordHash), mailtoken.ExpiresAtGT(now.UTC()),
	).Exist(ctx)
	return others, entstore.Failure(err, noRules, "identitystore: registrations of %s", id)
}

// DeleteExpired implements identity.MailTokens.
func (s mailTokens) DeleteExpired(ctx context.Context, t time.Time, limit int) (int, error) {
	keys, err := s.tx.Ent.MailToken.Query().Where(mailtoken.ExpiresAtLT(t.UTC())).Limit(limit).IDs(ctx)
	if err != nil {
		return 0, entstore.Failure(err, noRules, "identitystore: mail tokens that expired")
	}
	if len(keys) == 0 {
		return 0, nil
	}
	n, err := s.tx.Ent.MailToken.Delete().Where(mailtoken.IDIn(keys...)).Exec(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: delete expired mail tokens")
}

// MailToken implements identity.MailTokenReads.
func (s *Store) MailToken(ctx context.Context, p identity.MailPurpose, hash []byte, now time.Time) (identity.MailToken, error) {
	t, _, err := mailTokenWhere(ctx, s.reads, p, hash, now)
	return t, err
}

// versions changes the type in which kinds of consents are named.
func versions[To, From ~string](agreed map[From]string) map[To]string {
	if agreed == nil {
		return nil
	}
	out := make(map[To]string, len(agreed))
	for kind, version := range agreed {
		out[To(kind)] = version
	}
	return out
}

func mailTokenWhere(ctx context.Context, c *identityent.Client, p identity.MailPurpose, hash []byte, now time.Time) (identity.MailToken, uuid.UUID, error) {
	row, err := c.MailToken.Query().
		Where(mailtoken.Hash(hash), mailtoken.Purpose(string(p)), mailtoken.ExpiresAtGT(now.UTC())).
		Only(ctx)
	if err != nil {
		return identity.MailToken{}, uuid.Nil, entstore.Failure(err, linkRules, "identitystore: %s token", p)
	}
	return mailTokenOf(row), row.ID, nil
}

func mailTokenOf(row *identityent.MailToken) identity.MailToken {
	return identity.MailToken{
		User:         identity.UserID(row.UserID.String()),
		Purpose:      identity.MailPurpose(row.Purpose),
		Hash:         row.Hash,
		Email:        identity.Email(row.Email),
		PasswordHash: row.PasswordHash,
		Name:         row.Name,
		Agreed:       versions[identity.ConsentKind](row.Agreed),
		IP:           row.Address,
		BrowserHash:  row.BrowserHash,
		Epoch:        row.Epoch,
		CreatedAt:    row.CreatedAt.UTC(),
		ExpiresAt:    row.ExpiresAt.UTC(),
	}
}
