package identitystore

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/membership"
	"github.com/neoforge-dev/neoforge/ent/identityent/organization"
	"github.com/neoforge-dev/neoforge/ent/identityent/predicate"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

var memberRules = entstore.Rules{
	Absent:  identity.ErrMemberAbsent,
	Indexes: identityent.UniqueIndexes, Unique: map[string]error{"identity_memberships_member": identity.ErrAlreadyMember},
}

type organizations struct{ tx transaction }

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
		SetID(id).SetName(o.Name).SetPersonal(o.Personal).SetSeats(o.Seats).
		SetCreatedAt(o.CreatedAt.UTC()).SetNillableUpdatedAt(entstore.Null(o.UpdatedAt)).
		SetNillableFactorRequiredSince(entstore.Null(o.FactorRequiredSince)).
		Exec(ctx)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: insert organization %s", o.ID)
	}
	err = s.tx.Ent.Membership.Create().
		SetOrganizationID(id).SetUserID(person).SetRole(string(identity.Owner)).SetCreatedAt(o.CreatedAt.UTC()).
		Exec(ctx)
	s.tx.Invalidate(identity.TagUser(owner))
	return entstore.Failure(err, noRules, "identitystore: insert the owner of organization %s", o.ID)
}

// Lock implements identity.Organizations. SQLite has one writer at a time, who
// needs no lock.
func (s organizations) Lock(ctx context.Context, id identity.OrganizationID) (identity.Organization, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return identity.Organization{}, entstore.Failure(err, organizationRules, "identitystore: lock organization")
	}
	query := s.tx.Ent.Organization.Query().Where(organization.ID(key))
	if s.tx.Dialect() == entstore.Postgres {
		query.ForUpdate()
	}
	row, err := query.Only(ctx)
	if err != nil {
		return identity.Organization{}, entstore.Failure(err, organizationRules, "identitystore: lock organization %s", id)
	}
	return organizationOf(row), nil
}

// Update implements identity.Organizations.
func (s organizations) Update(ctx context.Context, o identity.Organization) error {
	key, err := entstore.ID(o.ID)
	if err != nil {
		return entstore.Failure(err, organizationRules, "identitystore: update organization")
	}
	update := s.tx.Ent.Organization.UpdateOneID(key).
		SetName(o.Name).SetSeats(o.Seats).SetNillableUpdatedAt(entstore.Null(o.UpdatedAt))
	if o.FactorRequiredSince.IsZero() {
		update.ClearFactorRequiredSince()
	} else {
		update.SetFactorRequiredSince(o.FactorRequiredSince.UTC())
	}
	if err := s.invalidateMembersOf(ctx, key); err != nil {
		return entstore.Failure(err, noRules, "identitystore: members of %s", o.ID)
	}
	err = update.Exec(ctx)
	return entstore.Failure(err, organizationRules, "identitystore: update organization %s", o.ID)
}

// belongs finds organizations by one of their memberships.
func belongs(where ...predicate.Membership) predicate.Organization {
	return entstore.Among[predicate.Organization](organization.FieldID, membership.Table, membership.FieldOrganizationID, where...)
}

// beside finds the memberships of all organizations that a person belongs to.
func beside(person uuid.UUID) predicate.Membership {
	return entstore.Among[predicate.Membership](membership.FieldOrganizationID, membership.Table, membership.FieldOrganizationID, membership.UserID(person))
}

// RenamePersonal implements identity.Organizations.
func (s organizations) RenamePersonal(ctx context.Context, id identity.UserID, name string, at time.Time) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, userRules, "identitystore: rename a personal organization")
	}
	_, err = s.tx.Ent.Organization.Update().
		Where(organization.Personal(true), belongs(membership.UserID(key))).
		SetName(name).SetUpdatedAt(at.UTC()).
		Save(ctx)
	return entstore.Failure(err, noRules, "identitystore: rename the organization of %s", id)
}

// Delete implements identity.Organizations. What hangs on it goes with the row, by
// foreign keys.
func (s organizations) Delete(ctx context.Context, id identity.OrganizationID) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, organizationRules, "identitystore: delete organization")
	}
	if err := s.invalidateMembersOf(ctx, key); err != nil {
		return entstore.Failure(err, noRules, "identitystore: members of %s", id)
	}
	err = s.tx.Ent.Organization.DeleteOneID(key).Exec(ctx)
	return entstore.Failure(err, organizationRules, "identitystore: delete organization %s", id)
}

// Member implements identity.Organizations.
func (s organizations) Member(ctx context.Context, id identity.OrganizationID, user identity.UserID) (identity.Membership, error) {
	return memberIn(ctx, s.tx.Ent, id, user)
}

func memberIn(ctx context.Context, c *identityent.Client, id identity.OrganizationID, user identity.UserID) (identity.Membership, error) {
	key, person, err := pair(id, user)
	if err != nil {
		return identity.Membership{}, entstore.Failure(err, memberRules, "identitystore: member")
	}
	row, err := c.Membership.Query().
		Where(membership.OrganizationID(key), membership.UserID(person)).WithOrganization().Only(ctx)
	if err == nil && row.Edges.Organization == nil {
		err = identity.ErrMemberAbsent // deleted between the two queries
	}
	if err != nil {
		return identity.Membership{}, entstore.Failure(err, memberRules, "identitystore: member %s of %s", user, id)
	}
	return membershipOf(row, row.Edges.Organization.Personal), nil
}

// Members implements identity.Organizations.
func (s organizations) Members(ctx context.Context, id identity.OrganizationID) ([]identity.UserID, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	return s.people(ctx, s.tx.Ent.Membership.Query().Where(membership.OrganizationID(key)), string(id))
}

// Holders implements identity.Organizations.
func (s organizations) Holders(ctx context.Context, id identity.OrganizationID, role identity.OrganizationRole) ([]identity.UserID, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	return s.people(ctx, s.tx.Ent.Membership.Query().
		Where(membership.OrganizationID(key), membership.Role(string(role))), string(id))
}

// CoMembers implements identity.Organizations.
func (s organizations) CoMembers(ctx context.Context, id identity.UserID) ([]identity.UserID, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	return s.people(ctx, s.tx.Ent.Membership.Query().
		Where(beside(key)), string(id))
}

func (s organizations) people(ctx context.Context, q *identityent.MembershipQuery, of string) ([]identity.UserID, error) {
	rows, err := q.Order(membership.ByCreatedAt(), membership.ByUserID()).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: members around %s", of)
	}
	out := make([]identity.UserID, len(rows))
	for i, row := range rows {
		out[i] = identity.UserID(row.UserID.String())
	}
	return out, nil
}

// Join implements identity.Organizations.
func (s organizations) Join(ctx context.Context, m identity.Membership) error {
	key, person, err := pair(m.Organization, m.User)
	if err != nil {
		return entstore.Failure(err, organizationRules, "identitystore: join organization")
	}
	err = s.tx.Ent.Membership.Create().
		SetOrganizationID(key).SetUserID(person).SetRole(string(m.Role)).SetCreatedAt(m.CreatedAt.UTC()).
		SetNillableEndsAt(entstore.Null(m.EndsAt)).
		Exec(ctx)
	s.tx.Invalidate(identity.TagUser(m.User))
	return entstore.Failure(err, memberRules, "identitystore: %s joins %s", m.User, m.Organization)
}

// SetRole implements identity.Organizations.
func (s organizations) SetRole(ctx context.Context, id identity.OrganizationID, user identity.UserID, role identity.OrganizationRole, ends time.Time) error {
	key, person, err := pair(id, user)
	if err != nil {
		return entstore.Failure(err, memberRules, "identitystore: role of a member")
	}
	update := s.tx.Ent.Membership.Update().
		Where(membership.OrganizationID(key), membership.UserID(person)).SetRole(string(role))
	if ends.IsZero() {
		update.ClearEndsAt()
	} else {
		update.SetEndsAt(ends.UTC())
	}
	n, err := update.Save(ctx)
	if err == nil && n == 0 {
		err = identity.ErrMemberAbsent
	}
	s.tx.Invalidate(identity.TagUser(user))
	return entstore.Failure(err, noRules, "identitystore: role of %s in %s", user, id)
}

// Remove implements identity.Organizations.
func (s organizations) Remove(ctx context.Context, id identity.OrganizationID, user identity.UserID) error {
	key, person, err := pair(id, user)
	if err != nil {
		return entstore.Failure(err, memberRules, "identitystore: remove member")
	}
	n, err := s.tx.Ent.Membership.Delete().
		Where(membership.OrganizationID(key), membership.UserID(person)).Exec(ctx)
	if err == nil && n == 0 {
		err = identity.ErrMemberAbsent
	}
	s.tx.Invalidate(identity.TagUser(user))
	return entstore.Failure(err, noRules, "identitystore: remove %s from %s", user, id)
}

// RemoveEnded implements identity.Organizations. It locks the organizations first, in one
// order, as every change of their members does: else who has the lock and gives a member
// more time, and this, which would have the member's row, waited for each other. Each is
// deleted only while it is still over, so that one which was given more time meanwhile stays.
func (s organizations) RemoveEnded(ctx context.Context, now time.Time, limit int) ([]identity.Membership, error) {
	rows, err := s.tx.Ent.Membership.Query().Where(over(now)...).
		Order(membership.ByEndsAt(), membership.ByID()).Limit(limit).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: memberships that are over")
	}
	if err := s.lockAll(ctx, rows); err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: organizations of memberships that are over")
	}
	out := make([]identity.Membership, 0, len(rows))
	for _, row := range rows {
		n, err := s.tx.Ent.Membership.Delete().Where(append(over(now), membership.ID(row.ID))...).Exec(ctx)
		if err != nil {
			return nil, entstore.Failure(err, noRules, "identitystore: end the membership of %s in %s", row.UserID, row.OrganizationID)
		}
		if n > 0 {
			out = append(out, membershipOf(row, false))
		}
	}
	invalidateMembers(s.tx.Tx, rows)
	return out, nil
}

// lockAll locks the organizations of memberships; see Lock.
func (s organizations) lockAll(ctx context.Context, of []*identityent.Membership) error {
	if s.tx.Dialect() != entstore.Postgres || len(of) == 0 {
		return nil
	}
	ids := make([]uuid.UUID, len(of))
	for i, row := range of {
		ids[i] = row.OrganizationID
	}
	_, err := s.tx.Ent.Organization.Query().Where(organization.IDIn(ids...)).Order(organization.ByID()).ForUpdate().All(ctx)
	return err
}

// endOf is when a membership is over; zero: never, as an owner's, whichever release gave
// them the role.
func endOf(r *identityent.Membership) time.Time {
	if r.Role == string(identity.Owner) {
		return time.Time{}
	}
	return entstore.Time(r.EndsAt)
}

// over finds the memberships that are over by endOf.
func over(now time.Time) []predicate.Membership {
	return []predicate.Membership{membership.EndsAtLTE(now.UTC()), membership.RoleNEQ(string(identity.Owner))}
}

// invalidateMembersOf makes stale what is cached of an organization's members.
func (s organizations) invalidateMembersOf(ctx context.Context, key uuid.UUID) error {
	rows, err := s.tx.Ent.Membership.Query().Where(membership.OrganizationID(key)).All(ctx)
	invalidateMembers(s.tx.Tx, rows)
	return err
}

func invalidateMembers(tx entstore.Tx, rows []*identityent.Membership) {
	for _, row := range rows {
		tx.Invalidate(identity.TagUser(identity.UserID(row.UserID.String())))
	}
}

func pair(id identity.OrganizationID, user identity.UserID) (organization, person uuid.UUID, err error) {
	if organization, err = entstore.ID(id); err != nil {
		return
	}
	person, err = entstore.ID(user)
	return
}

func organizationOf(r *identityent.Organization) identity.Organization {
	return identity.Organization{
		ID: identity.OrganizationID(r.ID.String()), Name: r.Name, Personal: r.Personal, Seats: r.Seats,
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: entstore.Time(r.UpdatedAt),
		FactorRequiredSince: entstore.Time(r.FactorRequiredSince),
	}
}

func membershipOf(r *identityent.Membership, personal bool) identity.Membership {
	return identity.Membership{
		Organization: identity.OrganizationID(r.OrganizationID.String()), User: identity.UserID(r.UserID.String()),
		Role: identity.OrganizationRole(r.Role), Personal: personal, CreatedAt: r.CreatedAt.UTC(), EndsAt: endOf(r),
	}
}
