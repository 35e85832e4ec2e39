package identitystore

import (
	"context"
	"errors"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/pendingemail"
	"github.com/neoforge-dev/neoforge/ent/identityent/user"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type pendingEmails struct{ tx transaction }

// Put implements identity.PendingEmails. The person's row is locked first, so that
// of two wishes at once the later replaces the earlier.
func (s pendingEmails) Put(ctx context.Context, p identity.PendingEmail) error {
	id, err := entstore.ID(p.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: put pending address")
	}
	person, err := entstore.ID(p.User)
	if err != nil {
		return entstore.Failure(err, userRules, "identitystore: put pending address")
	}
	holder := s.tx.Ent.User.Query().Where(user.ID(person))
	if s.tx.Dialect() == entstore.Postgres {
		holder.ForUpdate()
	}
	if _, err := holder.OnlyID(ctx); err != nil {
		return entstore.Failure(err, userRules, "identitystore: put pending address of %s", p.User)
	}
	if err := s.DeleteOf(ctx, p.User); err != nil {
		return err
	}
	err = s.tx.Ent.PendingEmail.Create().
		SetID(id).SetUserID(person).SetEmail(string(p.Email)).SetCreatedAt(p.CreatedAt.UTC()).SetExpiresAt(p.ExpiresAt.UTC()).
		Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: put pending address of %s", p.User)
}

// Take implements identity.PendingEmails. The deletion is the decision.
func (s pendingEmails) Take(ctx context.Context, whose identity.UserID, email identity.Email, now time.Time) error {
	key, err := entstore.ID(whose)
	if err != nil {
		return identity.ErrInvalidLink
	}
	n, err := s.tx.Ent.PendingEmail.Delete().
		Where(pendingemail.UserID(key), pendingemail.Email(string(email)), pendingemail.ExpiresAtGT(now.UTC())).Exec(ctx)
	if err == nil && n == 0 {
		err = identity.ErrInvalidLink
	}
	return entstore.Failure(err, noRules, "identitystore: take the pending address of %s", whose)
}

// DeleteOf implements identity.PendingEmails.
func (s pendingEmails) DeleteOf(ctx context.Context, whose identity.UserID) error {
	key, err := entstore.ID(whose)
	if err != nil {
		return nil // nobody has that id, so there is nothing to delete
	}
	_, err = s.tx.Ent.PendingEmail.Delete().Where(pendingemail.UserID(key)).Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: delete pending address of %s", whose)
}

// DeleteExpired implements identity.PendingEmails.
func (s pendingEmails) DeleteExpired(ctx context.Context, t time.Time, limit int) (int, error) {
	keys, err := s.tx.Ent.PendingEmail.Query().Where(pendingemail.ExpiresAtLT(t.UTC())).Limit(limit).IDs(ctx)
	if err != nil || len(keys) == 0 {
		return 0, entstore.Failure(err, noRules, "identitystore: pending addresses that expired")
	}
	n, err := s.tx.Ent.PendingEmail.Delete().Where(pendingemail.IDIn(keys...)).Exec(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: delete expired pending addresses")
}

// PendingEmailOf implements identity.PendingEmailReads.
func (s *Store) PendingEmailOf(ctx context.Context, whose identity.UserID, now time.Time) (identity.PendingEmail, bool, error) {
	key, err := entstore.ID(whose)
	if err != nil {
		return identity.PendingEmail{}, false, nil
	}
	row, err := s.reads.PendingEmail.Query().Where(pendingemail.UserID(key), pendingemail.ExpiresAtGT(now.UTC())).Only(ctx)
	err = entstore.Failure(err, linkRules, "identitystore: pending address of %s", whose)
	switch {
	case errors.Is(err, identity.ErrInvalidLink):
		return identity.PendingEmail{}, false, nil
	case err != nil:
		return identity.PendingEmail{}, false, err
	}
	return pendingEmailOf(row), true, nil
}

func pendingEmailOf(row *identityent.PendingEmail) identity.PendingEmail {
	return identity.PendingEmail{
		ID: row.ID.String(), User: identity.UserID(row.UserID.String()), Email: identity.Email(row.Email),
		CreatedAt: row.CreatedAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(),
	}
}
