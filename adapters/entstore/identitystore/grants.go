package identitystore

import (
	"context"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

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
	over := []predicate.ResourceGrant{resourcegrant.UserID(person), resourcegrant.Permission(string(g.Permission)), resourcegrant.Resource(g.Resource), resourcegrant.EndsAtLTE(g.CreatedAt.UTC())}
	if _, err := s.tx.Ent.ResourceGrant.Delete().Where(over...).Exec(ctx); err != nil {
		return false, entstore.Failure(err, noRules, "identitystore: delete what is over of grant %s", g.ID)
	}
	// Written out, because ent leaves out what is nil, and the column's default is for
	// releases that know no offers: with it an offer would be a grant.
	query, args := entsql.Dialect(s.tx.Dialect()).Insert(resourcegrant.Table).
		Columns(
			resourcegrant.FieldID, resourcegrant.FieldUserID, resourcegrant.FieldPermission, resourcegrant.FieldResource,
			resourcegrant.FieldGrantedBy, resourcegrant.FieldCreatedAt, resourcegrant.FieldAcceptedAt, resourcegrant.FieldEndsAt,
		).
		Values(id, person, string(g.Permission), g.Resource, by, g.CreatedAt.UTC(), entstore.Null(g.AcceptedAt), entstore.Null(g.EndsAt)).
		OnConflict(entsql.ConflictColumns(resourcegrant.FieldUserID, resourcegrant.FieldPermission, resourcegrant.FieldResource), entsql.DoNothing()).
		Query()
	result, err := s.tx.Queries().ExecContext(ctx, query, args...)
	if err != nil {
		return false, entstore.Failure(err, noRules, "identitystore: put grant %s", g.ID)
	}
	n, err := result.RowsAffected()
	return n > 0, entstore.Failure(err, noRules, "identitystore: put grant %s", g.ID)
}

// SetEnd implements identity.ResourceGrants.
func (s grants) SetEnd(ctx context.Context, user identity.UserID, p identity.Permission, resource string, at time.Time) error {
	person, err := entstore.ID(user)
	if err != nil {
		person = uuid.Nil // nobody has that id, which takes as long to find
	}
	change := s.tx.Ent.ResourceGrant.Update().Where(resourcegrant.UserID(person), resourcegrant.Permission(string(p)), resourcegrant.Resource(resource))
	if at.IsZero() {
		change.ClearEndsAt()
	} else {
		change.SetEndsAt(at.UTC())
	}
	return entstore.Failure(change.Exec(ctx), noRules, "identitystore: set the end of the grant of %s on %s", user, resource)
}

// Accept implements identity.ResourceGrants.
func (s grants) Accept(ctx context.Context, user identity.UserID, id string, at time.Time) (identity.ResourceGrant, error) {
	offer, found, err := s.offer(ctx, user, id)
	if err != nil {
		return identity.ResourceGrant{}, err
	}
	n, err := s.tx.Ent.ResourceGrant.Update().Where(append(found, resourcegrant.Or(resourcegrant.EndsAtIsNil(), resourcegrant.EndsAtGT(at.UTC())))...).SetAcceptedAt(at.UTC()).Save(ctx)
	if err == nil && n == 0 {
		return identity.ResourceGrant{}, identity.ErrOfferAbsent
	}
	offer.AcceptedAt = at.UTC()
	return offer, entstore.Failure(err, noRules, "identitystore: accept offer %s", id)
}

// Decline implements identity.ResourceGrants.
func (s grants) Decline(ctx context.Context, user identity.UserID, id string) (identity.ResourceGrant, error) {
	offer, found, err := s.offer(ctx, user, id)
	if err != nil {
		return identity.ResourceGrant{}, err
	}
	n, err := s.tx.Ent.ResourceGrant.Delete().Where(found...).Exec(ctx)
	if err == nil && n == 0 {
		return identity.ResourceGrant{}, identity.ErrOfferAbsent
	}
	return offer, entstore.Failure(err, noRules, "identitystore: decline offer %s", id)
}

// offer reads an offer to a person, and answers how it is found; identity.ErrOfferAbsent.
func (s grants) offer(ctx context.Context, user identity.UserID, id string) (identity.ResourceGrant, []predicate.ResourceGrant, error) {
	found, ok := offerOf(user, id)
	if !ok {
		return identity.ResourceGrant{}, nil, identity.ErrOfferAbsent
	}
	row, err := s.tx.Ent.ResourceGrant.Query().Where(found...).Only(ctx)
	if identityent.IsNotFound(err) {
		return identity.ResourceGrant{}, nil, identity.ErrOfferAbsent
	}
	if err != nil {
		return identity.ResourceGrant{}, nil, entstore.Failure(err, noRules, "identitystore: offer %s", id)
	}
	return grantOf(row), found, nil
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
func (s grants) Delete(ctx context.Context, user identity.UserID, resource string) ([]identity.Permission, error) {
	person, err := entstore.ID(user)
	if err != nil {
		return nil, nil // nobody has that id, so nothing was granted
	}
	given := []predicate.ResourceGrant{resourcegrant.UserID(person), resourcegrant.Resource(resource)}
	rows, err := s.tx.Ent.ResourceGrant.Query().Where(append(given, resourcegrant.AcceptedAtNotNil())...).Order(resourcegrant.ByCreatedAt(), resourcegrant.ByID()).All(ctx)
	if err == nil {
		_, err = s.tx.Ent.ResourceGrant.Delete().Where(given...).Exec(ctx)
	}
	return each(rows, func(r *identityent.ResourceGrant) identity.Permission { return identity.Permission(r.Permission) }),
		entstore.Failure(err, noRules, "identitystore: delete the grants of %s on %s", user, resource)
}

// DeleteEnded implements identity.ResourceGrants.
func (s grants) DeleteEnded(ctx context.Context, t time.Time, limit int) (int, error) {
	keys, err := s.tx.Ent.ResourceGrant.Query().Where(resourcegrant.EndsAtLT(t.UTC())).Limit(limit).IDs(ctx)
	if err != nil {
		return 0, entstore.Failure(err, noRules, "identitystore: grants that are over")
	}
	if len(keys) == 0 {
		return 0, nil
	}
	n, err := s.tx.Ent.ResourceGrant.Delete().Where(resourcegrant.IDIn(keys...)).Exec(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: delete grants that are over")
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

// good are the grants that were accepted and are not over.
func good(now time.Time) []predicate.ResourceGrant {
	return []predicate.ResourceGrant{resourcegrant.AcceptedAtNotNil(), resourcegrant.Or(resourcegrant.EndsAtIsNil(), resourcegrant.EndsAtGT(now.UTC()))}
}

// Granted implements identity.GrantReads.
func (s *Store) Granted(ctx context.Context, user identity.UserID, resource string, now time.Time) ([]identity.ResourceGrant, error) {
	person, err := entstore.ID(user)
	if err != nil {
		return nil, nil
	}
	rows, err := s.reads.ResourceGrant.Query().Where(append(good(now), resourcegrant.UserID(person), resourcegrant.Resource(resource))...).
		Order(resourcegrant.ByCreatedAt(), resourcegrant.ByID()).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: grants of %s on %s", user, resource)
	}
	return each(rows, grantOf), nil
}

// GrantsOn implements identity.GrantReads.
func (s *Store) GrantsOn(ctx context.Context, resource string, now time.Time) ([]identity.GrantedPerson, error) {
	rows, err := s.reads.ResourceGrant.Query().
		Where(append(good(now), resourcegrant.Resource(resource))...).
		Order(resourcegrant.ByCreatedAt(), resourcegrant.ByID()).WithUser().All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: grants on %s", resource)
	}
	out := make([]identity.GrantedPerson, 0, len(rows))
	for _, row := range rows {
		if u := row.Edges.User; u != nil { // nil: erased between the two queries
			out = append(out, identity.GrantedPerson{ResourceGrant: grantOf(row), Person: identity.Person{ID: identity.UserID(u.ID.String()), Name: u.Name, Email: u.Email}})
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
	if r.EndsAt != nil {
		g.EndsAt = r.EndsAt.UTC()
	}
	return g
}
