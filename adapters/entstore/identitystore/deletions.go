package identitystore

import (
	"context"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent/membership"
	"github.com/neoforge-dev/neoforge/ent/identityent/organization"
	"github.com/neoforge-dev/neoforge/ent/identityent/user"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

type deletions struct{ tx transaction }

// DeletionBlockers implements identity.Deletions.
func (s deletions) DeletionBlockers(ctx context.Context, id identity.UserID) (d identity.DeletionBlockers, err error) {
	key, err := entstore.ID(id)
	if err != nil {
		return d, entstore.Failure(err, userRules, "identitystore: dependents")
	}
	// Organizations are locked before people, here as elsewhere.
	if d.Organizations, err = s.orphaned(ctx, key); err != nil {
		return d, entstore.Failure(err, noRules, "identitystore: organizations of %s", id)
	}
	if d.LastAdministrator, err = s.lastAdministrator(ctx, key); err != nil {
		return d, entstore.Failure(err, noRules, "identitystore: administrators beside %s", id)
	}
	return d, nil
}

func (s deletions) lastAdministrator(ctx context.Context, key uuid.UUID) (bool, error) {
	administrators := s.tx.Ent.User.Query().Where(user.Role(string(identityport.RoleAdministrator))).Order(user.ByID())
	if s.tx.Dialect() == entstore.Postgres {
		administrators.ForUpdate()
	}
	all, err := administrators.All(ctx)
	if err != nil {
		return false, err
	}
	among, stays := false, false
	for _, u := range all {
		among = among || u.ID == key
		stays = stays || u.ID != key && u.SuspendedAt == nil && u.EraseAt == nil
	}
	return among && !stays, nil
}

// orphaned lists the organizations that others belong to and of which nobody who
// stays is an owner. All that the person owns are locked first: the second query sees
// what was committed until then, so that two owners do not leave at the same moment.
func (s deletions) orphaned(ctx context.Context, key uuid.UUID) ([]identity.Organization, error) {
	owned := organization.And(organization.Personal(false),
		belongs(membership.UserID(key), membership.Role(string(identity.Owner))))
	if s.tx.Dialect() == entstore.Postgres {
		if _, err := s.tx.Ent.Organization.Query().Where(owned).Order(organization.ByID()).ForUpdate().All(ctx); err != nil {
			return nil, err
		}
	}
	rows, err := s.tx.Ent.Organization.Query().
		Where(owned,
			organization.HasMembershipsWith(membership.UserIDNEQ(key)),
			organization.Not(organization.HasMembershipsWith(membership.UserIDNEQ(key),
				membership.Role(string(identity.Owner)), membership.HasUserWith(user.EraseAtIsNil())))).
		Order(organization.ByID()).
		All(ctx)
	if err != nil {
		return nil, err
	}
	var left []identity.Organization
	for _, o := range rows {
		left = append(left, organizationOf(o))
	}
	return left, nil
}

// Overdue implements identity.DeletionReads.
func (s *Store) Overdue(ctx context.Context, t time.Time) (int, error) {
	n, err := s.reads.User.Query().Where(user.EraseAtLT(t.UTC())).Count(ctx)
	if err != nil {
		return 0, entstore.Failure(err, noRules, "identitystore: who should be gone")
	}
	return n, nil
}

// Leaving implements identity.DeletionReads.
func (s *Store) Leaving(ctx context.Context, t time.Time, after identity.User, limit int) ([]identity.User, error) {
	query := s.reads.User.Query().Where(user.EraseAtLT(t.UTC()))
	if after.ID != "" {
		key, err := entstore.ID(after.ID)
		if err != nil {
			return nil, entstore.Failure(err, userRules, "identitystore: who leaves")
		}
		at := after.EraseAt.UTC()
		query.Where(func(s *entsql.Selector) { s.Where(entstore.After(s.C(user.FieldEraseAt), s.C(user.FieldID), at, key)) })
	}
	rows, err := query.Order(user.ByEraseAt(), user.ByID()).Limit(limit).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: who leaves")
	}
	out := make([]identity.User, len(rows))
	for i, row := range rows {
		out[i] = userOf(row)
	}
	return out, nil
}
