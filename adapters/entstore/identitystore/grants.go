package identitystore

import (
	"context"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/predicate"
	"github.com/neoforge-dev/neoforge/ent/identityent/resourcegrant"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

type grants struct{ tx transaction }

// Put implements identity.ResourceGrants.
func (s grants) Put(ctx context.Context, g identity.ResourceGrant) (bool, error) {
	id, err := entstore.ID(g.ID)
	if err != nil {
		return false, entstore.Failure(err, noRules, "identitystore: put grant")
	}
	person, err := entstore.ID(g.User)
	if err != nil {
		return false, entstore.Failure(err, userRules, "identitystore: put grant %s", g.ID)
	}
	by, err := entstore.ID(g.GrantedBy)
	if err != nil {
		return false, entstore.Failure(err, userRules, "identitystore: put grant %s", g.ID)
	}
	// Written out, because ent leaves out what is nil, and the column's default is for
	// releases that know no offers: with it an offer would be a grant.
	query, args := entsql.Dialect(s.tx.Dialect()).Insert(resourcegrant.Table).
		Columns(
			resourcegrant.FieldID, resourcegrant.FieldUserID, resourcegrant.FieldPermission, resourcegrant.FieldResource,
			resourcegrant.FieldGrantedBy, resourcegrant.FieldCreatedAt, resourcegrant.FieldAcceptedAt,
		).
		Values(id, person, string(g.Permission), g.Resource, by, g.CreatedAt.UTC(), entstore.Null(g.AcceptedAt)).
		OnConflict(entsql.ConflictColumns(resourcegrant.FieldUserID, resourcegrant.FieldPermission, resourcegrant.FieldResource), entsql.DoNothing()).
		Query()
	result, err := s.tx.Queries().ExecContext(ctx, query, args...)
	if err != nil {
		return false, entstore.Failure(err, noRules, "identitystore: put grant %s", g.ID)
	}
	n, err := result.RowsAffected()
	return n > 0, entstore.Failure(err, noRules, "identitystore: put grant %s", g.ID)
}

// Accept implements identity.ResourceGrants.
func (s grants) Accept(ctx context.Context, user identity.UserID, id string, at time.Time) error {
	offer, ok := offerOf(user, id)
	if !ok {
		return identity.ErrOfferAbsent
	}
	n, err := s.tx.Ent.ResourceGrant.Update().Where(offer...).SetAcceptedAt(at.UTC()).Save(ctx)
	if err == nil && n == 0 {
		return identity.ErrOfferAbsent
	}
	return entstore.Failure(err, noRules, "identitystore: accept offer %s", id)
}

// Decline implements identity.ResourceGrants.
func (s grants) Decline(ctx context.Context, user identity.UserID, id string) error {
	offer, ok := offerOf(user, id)
	if !ok {
		return identity.ErrOfferAbsent
	}
	n, err := s.tx.Ent.ResourceGrant.Delete().Where(offer...).Exec(ctx)
	if err == nil && n == 0 {
		return identity.ErrOfferAbsent
	}
	return entstore.Failure(err, noRules, "identitystore: decline offer %s", id)
}

func offerOf(user identity.UserID, id string) ([]predicate.ResourceGrant, bool) {
	person, err := entstore.ID(user)
	if err != nil {
		return nil, false
	}
	key, err := entstore.ID(id)
	return []predicate.ResourceGrant{resourcegrant.ID(key), resourcegrant.UserID(person), resourcegrant.AcceptedAtIsNil()}, err == nil
}

// Delete implements identity.ResourceGrants.
func (s grants) Delete(ctx context.Context, user identity.UserID, p identity.Permission, resource string) (bool, error) {
	person, err := entstore.ID(user)
	if err != nil {
		return false, nil // nobody has that id, so nothing was granted
	}
	given := []predicate.ResourceGrant{resourcegrant.UserID(person), resourcegrant.Permission(string(p)), resourcegrant.Resource(resource)}
	n, err := s.tx.Ent.ResourceGrant.Delete().Where(append(given, resourcegrant.AcceptedAtNotNil())...).Exec(ctx)
	if err == nil {
		_, err = s.tx.Ent.ResourceGrant.Delete().Where(given...).Exec(ctx)
	}
	return n > 0, entstore.Failure(err, noRules, "identitystore: delete grant of %s on %s", user, resource)
}

// DeleteAll implements identity.ResourceGrants.
func (s grants) DeleteAll(ctx context.Context, user identity.UserID) error {
	person, err := entstore.ID(user)
	if err != nil {
		return nil // as above
	}
	_, err = s.tx.Ent.ResourceGrant.Delete().Where(resourcegrant.Or(resourcegrant.UserID(person), resourcegrant.GrantedBy(person))).Exec(ctx)
	return entstore.Failure(err, noRules, "identitystore: delete the grants of and by %s", user)
}

// Granted implements identity.GrantReads.
func (s *Store) Granted(ctx context.Context, user identity.UserID, p identity.Permission, resource string) (bool, error) {
	person, err := entstore.ID(user)
	if err != nil {
		return false, nil
	}
	yes, err := s.reads.ResourceGrant.Query().Where(
		resourcegrant.UserID(person), resourcegrant.Permission(string(p)), resourcegrant.Resource(resource), resourcegrant.AcceptedAtNotNil(),
	).Exist(ctx)
	return yes, entstore.Failure(err, noRules, "identitystore: grant of %s on %s", user, resource)
}

// GrantsOn implements identity.GrantReads.
func (s *Store) GrantsOn(ctx context.Context, p identity.Permission, resource string) ([]identity.Person, error) {
	rows, err := s.reads.ResourceGrant.Query().
		Where(resourcegrant.Resource(resource), resourcegrant.Permission(string(p)), resourcegrant.AcceptedAtNotNil()).
		Order(resourcegrant.ByCreatedAt(), resourcegrant.ByID()).WithUser().All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: grants on %s", resource)
	}
	out := make([]identity.Person, 0, len(rows))
	for _, row := range rows {
		if u := row.Edges.User; u != nil { // nil: erased between the two queries
			out = append(out, identity.Person{ID: identity.UserID(u.ID.String()), Name: u.Name, Email: u.Email})
		}
	}
	return out, nil
}

// GrantsOf implements identity.GrantReads.
func (s *Store) GrantsOf(ctx context.Context, user identity.UserID) ([]identity.ResourceGrant, error) {
	person, err := entstore.ID(user)
	if err != nil {
		return nil, nil
	}
	rows, err := s.reads.ResourceGrant.Query().Where(resourcegrant.UserID(person)).
		Order(resourcegrant.ByCreatedAt(), resourcegrant.ByID()).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: grants of %s", user)
	}
	return each(rows, grantOf), nil
}

func grantOf(r *identityent.ResourceGrant) identity.ResourceGrant {
	g := identity.ResourceGrant{
		ID: r.ID.String(), User: identity.UserID(r.UserID.String()), Permission: identity.Permission(r.Permission), Resource: r.Resource,
		GrantedBy: identity.UserID(r.GrantedBy.String()), CreatedAt: r.CreatedAt.UTC(),
	}
	if r.AcceptedAt != nil {
		g.AcceptedAt = r.AcceptedAt.UTC()
	}
	return g
}
