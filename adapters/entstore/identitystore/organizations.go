package identitystore

import (
	"context"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type organizations struct{ tx entstore.Tx }

// Insert implements identity.Organizations.
func (s organizations) Insert(ctx context.Context, o identity.Organization, owner identity.UserID) error {
	id, err := entstore.ID(o.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: insert organization")
	}
	person, err := entstore.ID(owner)
	if err != nil {
		return entstore.Failure(err, userRules, "identitystore: insert organization %s", o.ID)
	}
	err = s.tx.Ent.Organization.Create().
		SetID(id).SetName(o.Name).SetPersonal(o.Personal).SetCreatedAt(o.CreatedAt.UTC()).
		Exec(ctx)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: insert organization %s", o.ID)
	}
	err = s.tx.Ent.Membership.Create().
		SetOrganizationID(id).SetUserID(person).SetRole(string(identity.Owner)).SetCreatedAt(o.CreatedAt.UTC()).
		Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: insert the owner of organization %s", o.ID)
}
