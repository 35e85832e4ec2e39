package identitystore

import (
	"context"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/invitation"
	"github.com/neoforge-dev/neoforge/ent/identityent/predicate"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

var invitationRules = entstore.Rules{
	Absent:  identity.ErrInvitationAbsent,
	Indexes: identityent.UniqueIndexes, Unique: map[string]error{"identity_invitations_open": identity.ErrInvitationOpen},
}

type invitations struct{ tx transaction }

// Insert implements identity.Invitations.
func (s invitations) Insert(ctx context.Context, i identity.Invitation) error {
	id, err := entstore.ID(i.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: insert invitation")
	}
	organization, person, err := pair(i.Organization, i.InvitedBy)
	if err != nil {
		return entstore.Failure(err, organizationRules, "identitystore: insert invitation %s", i.ID)
	}
	err = s.tx.Ent.Invitation.Create().
		SetID(id).SetOrganizationID(organization).SetEmail(string(i.Email)).SetRole(string(i.Role)).
		SetHash(i.Hash).SetInvitedBy(person).SetCreatedAt(i.CreatedAt.UTC()).SetExpiresAt(i.ExpiresAt.UTC()).
		SetNillableEndsAt(entstore.Null(i.EndsAt)).
		SetNillableAcceptedAt(entstore.Null(i.AcceptedAt)).SetNillableRevokedAt(entstore.Null(i.RevokedAt)).
		Exec(ctx)
	return entstore.Failure(err, invitationRules, "identitystore: insert invitation %s", i.ID)
}

// ByID implements identity.Invitations.
func (s invitations) ByID(ctx context.Context, id string) (identity.Invitation, error) {
	return invitationByID(ctx, s.tx.Ent, id)
}

// Renew implements identity.Invitations.
func (s invitations) Renew(ctx context.Context, id string, hash []byte, expires time.Time) error {
	return s.open(ctx, id, func(u *identityent.InvitationUpdate) { u.SetHash(hash).SetExpiresAt(expires.UTC()) })
}

// Accept implements identity.Invitations.
func (s invitations) Accept(ctx context.Context, id string, at time.Time) error {
	return s.open(ctx, id, func(u *identityent.InvitationUpdate) { u.SetAcceptedAt(at.UTC()) })
}

// Revoke implements identity.Invitations.
func (s invitations) Revoke(ctx context.Context, id string, at time.Time) error {
	return s.open(ctx, id, func(u *identityent.InvitationUpdate) { u.SetRevokedAt(at.UTC()) })
}

// open changes a row that has not ended. The update is the decision: of many at
// once one finds it so.
func (s invitations) open(ctx context.Context, id string, change func(*identityent.InvitationUpdate)) error {
	key, err := entstore.ID(id)
	if err != nil {
		return entstore.Failure(err, invitationRules, "identitystore: change invitation")
	}
	update := s.tx.Ent.Invitation.Update().
		Where(invitation.ID(key), invitation.AcceptedAtIsNil(), invitation.RevokedAtIsNil())
	change(update)
	n, err := update.Save(ctx)
	if err == nil && n == 0 {
		err = identity.ErrInvitationAbsent
	}
	return entstore.Failure(err, invitationRules, "identitystore: change invitation %s", id)
}

// RevokeExpired implements identity.Invitations.
func (s invitations) RevokeExpired(ctx context.Context, id identity.OrganizationID, email identity.Email, now time.Time) error {
	key, err := entstore.ID(id)
	if err != nil {
		return nil // nobody was ever invited to it
	}
	_, err = s.tx.Ent.Invitation.Update().
		Where(invitation.OrganizationID(key), invitation.Email(string(email)), invitation.AcceptedAtIsNil(),
			invitation.RevokedAtIsNil(), invitation.ExpiresAtLTE(now.UTC())).
		SetRevokedAt(now.UTC()).Save(ctx)
	return entstore.Failure(err, noRules, "identitystore: revoke old invitations to %s", id)
}

// RevokeBy implements identity.Invitations.
func (s invitations) RevokeBy(ctx context.Context, user identity.UserID, at time.Time) error {
	key, err := entstore.ID(user)
	if err != nil {
		return nil // nobody has that id, so nobody was invited
	}
	_, err = s.tx.Ent.Invitation.Update().
		Where(invitation.InvitedBy(key), invitation.AcceptedAtIsNil(), invitation.RevokedAtIsNil()).
		SetRevokedAt(at.UTC()).Save(ctx)
	return entstore.Failure(err, noRules, "identitystore: revoke the invitations of %s", user)
}

// CountOpen implements identity.Invitations.
func (s invitations) CountOpen(ctx context.Context, id identity.OrganizationID, now time.Time) (int, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return 0, nil
	}
	n, err := s.tx.Ent.Invitation.Query().Where(openIn(key, now)...).Count(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: open invitations to %s", id)
}

// openIn finds the invitations to an organization that can be accepted at now.
func openIn(organization uuid.UUID, now time.Time) []predicate.Invitation {
	return []predicate.Invitation{
		invitation.OrganizationID(organization), invitation.AcceptedAtIsNil(), invitation.RevokedAtIsNil(), invitation.ExpiresAtGT(now.UTC()),
	}
}

// DeleteEnded implements identity.Invitations.
func (s invitations) DeleteEnded(ctx context.Context, t time.Time, limit int) (int, error) {
	// Whatever ended did so by its last day, renewed or not: one index finds them.
	keys, err := s.tx.Ent.Invitation.Query().
		Where(invitation.ExpiresAtLT(t.UTC())).Order(invitation.ByExpiresAt()).Limit(limit).IDs(ctx)
	if err != nil || len(keys) == 0 {
		return 0, entstore.Failure(err, noRules, "identitystore: invitations that ended")
	}
	n, err := s.tx.Ent.Invitation.Delete().Where(invitation.IDIn(keys...)).Exec(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: delete ended invitations")
}

// Invitation implements identity.InvitationReads.
func (s *Store) Invitation(ctx context.Context, id string) (identity.Invitation, error) {
	return invitationByID(ctx, s.reads, id)
}

// InvitationByHash implements identity.InvitationReads.
func (s *Store) InvitationByHash(ctx context.Context, hash []byte) (identity.Invitation, error) {
	row, err := s.reads.Invitation.Query().Where(invitation.Hash(hash)).Only(ctx)
	if err != nil {
		return identity.Invitation{}, entstore.Failure(err, invitationRules, "identitystore: invitation by its secret")
	}
	return invitationOf(row), nil
}

// maxInvitations bounds the lists that people see whole.
const maxInvitations = 100

// OpenInvitationsOf implements identity.InvitationReads.
func (s *Store) OpenInvitationsOf(ctx context.Context, id identity.OrganizationID, now time.Time) ([]identity.Invitation, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	return openInvitations(ctx, s.reads.Invitation.Query().Where(invitation.OrganizationID(key)), now)
}

// OpenInvitationsTo implements identity.InvitationReads.
func (s *Store) OpenInvitationsTo(ctx context.Context, email identity.Email, now time.Time) ([]identity.Invitation, error) {
	return openInvitations(ctx, s.reads.Invitation.Query().Where(invitation.Email(string(email))), now)
}

func openInvitations(ctx context.Context, q *identityent.InvitationQuery, now time.Time) ([]identity.Invitation, error) {
	rows, err := q.
		Where(invitation.AcceptedAtIsNil(), invitation.RevokedAtIsNil(), invitation.ExpiresAtGT(now.UTC())).
		Order(invitation.ByCreatedAt(entsql.OrderDesc()), invitation.ByID(entsql.OrderDesc())).
		Limit(maxInvitations).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: open invitations")
	}
	out := make([]identity.Invitation, len(rows))
	for i, row := range rows {
		out[i] = invitationOf(row)
	}
	return out, nil
}

func invitationByID(ctx context.Context, c *identityent.Client, id string) (identity.Invitation, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return identity.Invitation{}, entstore.Failure(err, invitationRules, "identitystore: invitation")
	}
	row, err := c.Invitation.Get(ctx, key)
	if err != nil {
		return identity.Invitation{}, entstore.Failure(err, invitationRules, "identitystore: invitation %s", id)
	}
	return invitationOf(row), nil
}

func invitationOf(r *identityent.Invitation) identity.Invitation {
	return identity.Invitation{
		ID: r.ID.String(), Organization: identity.OrganizationID(r.OrganizationID.String()), Email: identity.Email(r.Email),
		Role: identity.OrganizationRole(r.Role), Hash: r.Hash, InvitedBy: identity.UserID(r.InvitedBy.String()),
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), EndsAt: entstore.Time(r.EndsAt),
		AcceptedAt: entstore.Time(r.AcceptedAt), RevokedAt: entstore.Time(r.RevokedAt),
	}
}
