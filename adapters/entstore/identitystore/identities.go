package identitystore

import (
	"context"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/externalidentity"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type identities struct{ tx transaction }

// Insert implements identity.Identities.
func (s identities) Insert(ctx context.Context, i identity.ExternalIdentity) error {
	id, err := entstore.ID(i.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: insert identity")
	}
	person, err := entstore.ID(i.User)
	if err != nil {
		return entstore.Failure(err, userRules, "identitystore: insert identity %s", i.ID)
	}
	err = s.tx.Ent.ExternalIdentity.Create().
		SetID(id).SetUserID(person).SetProvider(i.Provider).SetSubject(i.Subject).
		SetEmail(i.Email).SetCreatedAt(i.CreatedAt.UTC()).
		Exec(ctx)
	return entstore.Failure(err, identityRules, "identitystore: insert identity %s", i.ID)
}

// BySubject implements identity.Identities.
func (s identities) BySubject(ctx context.Context, provider, subject string) (identity.ExternalIdentity, bool, error) {
	row, err := s.tx.Ent.ExternalIdentity.Query().
		Where(externalidentity.Provider(provider), externalidentity.Subject(subject)).Only(ctx)
	switch {
	case identityent.IsNotFound(err):
		return identity.ExternalIdentity{}, false, nil
	case err != nil:
		return identity.ExternalIdentity{}, false, entstore.Failure(err, noRules, "identitystore: identity at %s", provider)
	}
	return identityOf(row), true, nil
}

// Of implements identity.Identities.
func (s identities) Of(ctx context.Context, id identity.UserID) ([]identity.ExternalIdentity, error) {
	return identitiesOf(ctx, s.tx.Ent, id)
}

func identitiesOf(ctx context.Context, c *identityent.Client, id identity.UserID) ([]identity.ExternalIdentity, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil // nobody has that id, and so no identities
	}
	rows, err := c.ExternalIdentity.Query().
		Where(externalidentity.UserID(key)).
		Order(externalidentity.ByCreatedAt(), externalidentity.ByID()).
		All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: identities of %s", id)
	}
	out := make([]identity.ExternalIdentity, len(rows))
	for i, row := range rows {
		out[i] = identityOf(row)
	}
	return out, nil
}

// Delete implements identity.Identities.
func (s identities) Delete(ctx context.Context, user identity.UserID, id string) error {
	person, err := entstore.ID(user)
	if err != nil {
		return entstore.Failure(err, identityRules, "identitystore: delete identity")
	}
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, identityRules, "identitystore: delete identity")
	}
	n, err := s.tx.Ent.ExternalIdentity.Delete().
		Where(externalidentity.ID(key), externalidentity.UserID(person)).
		Exec(ctx)
	if err == nil && n == 0 {
		err = identity.ErrIdentityNotFound
	}
	return entstore.Failure(err, identityRules, "identitystore: delete identity %s", id)
}
