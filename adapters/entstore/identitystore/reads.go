package identitystore

import (
	"context"
	"slices"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/credential"
	"github.com/neoforge-dev/neoforge/ent/identityent/membership"
	"github.com/neoforge-dev/neoforge/ent/identityent/oauthflow"
	"github.com/neoforge-dev/neoforge/ent/identityent/refreshtoken"
	"github.com/neoforge-dev/neoforge/ent/identityent/session"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// User implements identity.Reads.
func (s *Store) User(ctx context.Context, id identity.UserID) (identity.User, error) {
	return userByID(ctx, s.reads, id)
}

// UserByEmail implements identity.Reads.
func (s *Store) UserByEmail(ctx context.Context, email identity.Email) (identity.User, error) {
	return userByEmail(ctx, s.reads, email)
}

// CredentialOf implements identity.Reads.
func (s *Store) CredentialOf(ctx context.Context, id identity.UserID) (identity.Credential, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return identity.Credential{}, nil // nobody has that id, and so no password
	}
	row, err := s.reads.Credential.Query().Where(credential.UserID(key)).Only(ctx)
	switch {
	case identityent.IsNotFound(err):
		return identity.Credential{}, nil
	case err != nil:
		return identity.Credential{}, entstore.Failure(err, noRules, "identitystore: credential of %s", id)
	}
	return identity.Credential{User: id, Hash: row.Hash, ChangedAt: row.ChangedAt.UTC()}, nil
}

// SessionByToken implements identity.Reads.
func (s *Store) SessionByToken(ctx context.Context, hash []byte) (identity.Session, error) {
	return sessionWhere(ctx, s.reads.Session.Query().Where(session.TokenHash(hash)), "identitystore: session by token")
}

// Session implements identity.Reads.
func (s *Store) Session(ctx context.Context, id string) (identity.Session, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return identity.Session{}, entstore.Failure(err, sessionRules, "identitystore: session")
	}
	return sessionWhere(ctx, s.reads.Session.Query().Where(session.ID(key)), "identitystore: session %s", id)
}

// RefreshToken implements identity.Reads.
func (s *Store) RefreshToken(ctx context.Context, hash []byte) (identity.RefreshToken, error) {
	row, err := s.reads.RefreshToken.Query().Where(refreshtoken.Hash(hash)).Only(ctx)
	if err != nil {
		return identity.RefreshToken{}, entstore.Failure(err, tokenRules, "identitystore: refresh token")
	}
	return refreshTokenOf(row), nil
}

// SessionsOf implements identity.Reads.
func (s *Store) SessionsOf(ctx context.Context, id identity.UserID) ([]identity.Session, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	rows, err := s.reads.Session.Query().
		Where(session.UserID(key), session.RevokedAtIsNil()).
		Order(session.ByLastSeenAt(entsql.OrderDesc()), session.ByID(entsql.OrderDesc())).
		All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: sessions of %s", id)
	}
	out := make([]identity.Session, len(rows))
	for i, row := range rows {
		out[i] = sessionOf(row)
	}
	return out, nil
}

// IdentitiesOf implements identity.Reads.
func (s *Store) IdentitiesOf(ctx context.Context, id identity.UserID) ([]identity.ExternalIdentity, error) {
	return identitiesOf(ctx, s.reads, id)
}

// FlowPurpose implements identity.Reads.
func (s *Store) FlowPurpose(ctx context.Context, stateHash []byte) (identity.FlowPurpose, error) {
	row, err := s.reads.OAuthFlow.Query().Where(oauthflow.StateHash(stateHash)).Only(ctx)
	if err != nil {
		return "", entstore.Failure(err, flowRules, "identitystore: purpose of a flow")
	}
	return purposeOf(row), nil
}

// MembershipsOf implements identity.Reads.
func (s *Store) MembershipsOf(ctx context.Context, id identity.UserID) ([]identity.Membership, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return nil, nil
	}
	rows, err := s.reads.Membership.Query().
		Where(membership.UserID(key)).
		Order(membership.ByCreatedAt(), membership.ByOrganizationID()).
		WithOrganization().
		All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: memberships of %s", id)
	}
	out := make([]identity.Membership, 0, len(rows))
	for _, row := range rows {
		if row.Edges.Organization == nil {
			continue // deleted between the two queries, and the membership with it
		}
		out = append(out, identity.Membership{
			Organization: identity.OrganizationID(row.OrganizationID.String()),
			User:         id,
			Role:         identity.OrganizationRole(row.Role),
			Personal:     row.Edges.Organization.Personal,
			CreatedAt:    row.CreatedAt.UTC(),
			EndsAt:       endOf(row),

			FactorRequiredSince: identity.RequiredSince(entstore.Time(row.Edges.Organization.FactorRequiredSince), row.CreatedAt.UTC()),
		})
	}
	slices.SortStableFunc(out, func(a, b identity.Membership) int {
		switch {
		case a.Personal == b.Personal:
			return 0
		case a.Personal:
			return -1
		default:
			return 1
		}
	})
	return out, nil
}

// OwnerOf implements identity.Reads.
func (s *Store) OwnerOf(ctx context.Context, id identity.OrganizationID) (identity.User, error) {
	key, err := entstore.ID(id)
	if err != nil {
		return identity.User{}, entstore.Failure(err, organizationRules, "identitystore: owner")
	}
	row, err := s.reads.Membership.Query().
		Where(membership.OrganizationID(key), membership.Role(string(identity.Owner))).
		Order(membership.ByCreatedAt(), membership.ByID()).
		WithUser().
		First(ctx)
	if err == nil && row.Edges.User == nil {
		err = identity.ErrOrganizationAbsent // ended with its owner between the two queries
	}
	if err != nil {
		return identity.User{}, entstore.Failure(err, organizationRules, "identitystore: owner of %s", id)
	}
	return userOf(row.Edges.User), nil
}
