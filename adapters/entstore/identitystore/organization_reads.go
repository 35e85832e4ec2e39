package identitystore

import (
	"context"
	"slices"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent/membership"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// Organization implements identity.OrganizationReads.
func (s *Store) Organization(ctx context.Context, id identity.OrganizationID) (identity.Organization, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return identity.Organization{}, entstore.Failure(err, organizationRules, "identitystore: organization")
	}
	row, err := s.reads.Organization.Get(ctx, key)
	if err != nil {
		return identity.Organization{}, entstore.Failure(err, organizationRules, "identitystore: organization %s", id)
	}
	return organizationOf(row), nil
}

// Membership implements identity.OrganizationReads.
func (s *Store) Membership(ctx context.Context, id identity.OrganizationID, user identity.UserID) (identity.Membership, error) {
	return memberIn(ctx, s.reads, id, user)
}

// PlacesOf implements identity.OrganizationReads.
func (s *Store) PlacesOf(ctx context.Context, id identity.UserID) ([]identity.Place, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	rows, err := s.reads.Membership.Query().
		Where(membership.UserID(key)).WithOrganization().
		Order(membership.ByCreatedAt(), membership.ByOrganizationID()).
		All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: places of %s", id)
	}
	var counts []struct {
		OrganizationID uuid.UUID `json:"organization_id"`
		Count          int       `json:"count"`
	}
	err = s.reads.Membership.Query().
		Where(beside(key)).
		Where(func(q *entsql.Selector) { q.GroupBy(q.C(membership.FieldOrganizationID)) }).
		Select(membership.FieldOrganizationID).
		Aggregate(func(q *entsql.Selector) string { return entsql.As(entsql.Count("*"), "count") }).
		Scan(ctx, &counts)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: members beside %s", id)
	}
	members := make(map[uuid.UUID]int, len(counts))
	for _, c := range counts {
		members[c.OrganizationID] = c.Count
	}
	out := make([]identity.Place, 0, len(rows))
	for _, row := range rows {
		if row.Edges.Organization == nil {
			continue // deleted between the two queries
		}
		out = append(out, identity.Place{
			Organization: organizationOf(row.Edges.Organization), Role: identity.OrganizationRole(row.Role),
			Members: members[row.OrganizationID], EndsAt: endOf(row),
		})
	}
	slices.SortStableFunc(out, func(a, b identity.Place) int {
		switch {
		case a.Organization.Personal == b.Organization.Personal:
			return 0
		case a.Organization.Personal:
			return -1
		default:
			return 1
		}
	})
	return out, nil
}

// Seated implements identity.OrganizationReads.
func (s *Store) Seated(ctx context.Context, id identity.OrganizationID, now time.Time) (members, open int, err error) {
	key, err := entstore.ID(id)
	if err != nil {
		return 0, 0, nil // nobody belongs to what cannot be
	}
	if members, err = s.reads.Membership.Query().Where(membership.OrganizationID(key)).Count(ctx); err != nil {
		return 0, 0, entstore.Failure(err, noRules, "identitystore: members of %s", id)
	}
	open, err = s.reads.Invitation.Query().Where(openIn(key, now)...).Count(ctx)
	return members, open, entstore.Failure(err, noRules, "identitystore: open invitations to %s", id)
}

// MembersOf implements identity.OrganizationReads.
func (s *Store) MembersOf(ctx context.Context, id identity.OrganizationID, after identity.UserID, limit int) ([]identity.Member, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	query := s.reads.Membership.Query().Where(membership.OrganizationID(key))
	if after != "" {
		from, err := entstore.ID(after)
		if err != nil {
			return nil, nil // no list ends with that
		}
		query = query.Where(func(q *entsql.Selector) { q.Where(entsql.GT(q.C(membership.FieldUserID), from)) })
	}
	rows, err := query.Order(membership.ByUserID()).Limit(limit).WithUser().All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: members of %s", id)
	}
	out := make([]identity.Member, 0, len(rows))
	for _, row := range rows {
		if row.Edges.User == nil {
			continue // erased between the two queries
		}
		out = append(out, identity.Member{
			Membership: membershipOf(row, false), Name: row.Edges.User.Name, Email: identity.Email(row.Edges.User.Email),
		})
	}
	return out, nil
}
