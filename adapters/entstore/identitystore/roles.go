package identitystore

import (
	"context"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/ent/identityent"
	"github.com/neoforge-dev/neoforge/ent/identityent/customrole"
	"github.com/neoforge-dev/neoforge/ent/identityent/invitation"
	"github.com/neoforge-dev/neoforge/ent/identityent/membership"
	"github.com/neoforge-dev/neoforge/ent/identityent/user"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/identityport"
)

var roleRules = entstore.Rules{
	Absent:  identity.ErrRoleAbsent,
	Indexes: identityent.UniqueIndexes, Unique: map[string]error{"identity_roles_name": identity.ErrRoleTaken},
}

type roles struct{ tx transaction }

// scopeOf is how the owner of a role stands in its row.
func scopeOf(of identity.OrganizationID) string {
	if of == "" {
		return "installation"
	}
	return string(of)
}

// Insert implements identity.CustomRoles.
func (s roles) Insert(ctx context.Context, r identity.CustomRole) error {
	id, err := entstore.ID(r.ID)
	if err != nil {
		return entstore.Failure(err, noRules, "identitystore: insert role")
	}
	create := s.tx.Ent.CustomRole.Create().
		SetID(id).SetScope(scopeOf(r.Organization)).SetName(r.Name).SetLabel(r.Label).SetPermissions(texts(r.Permissions)).
		SetCreatedAt(r.CreatedAt.UTC()).SetUpdatedAt(r.UpdatedAt.UTC()).SetVersion(r.Version)
	if r.Organization != "" {
		organization, err := entstore.ID(r.Organization)
		if err != nil {
			return entstore.Failure(err, organizationRules, "identitystore: insert role %s", r.ID)
		}
		create.SetOrganizationID(organization)
	}
	if r.Organization == "" {
		s.tx.Invalidate(identity.TagRoles) // a role of this name may have been looked for
	}
	return entstore.Failure(create.Exec(ctx), roleRules, "identitystore: insert role %s", r.ID)
}

// Lock implements identity.CustomRoles.
func (s roles) Lock(ctx context.Context, of identity.OrganizationID, name string) (identity.CustomRole, error) {
	query := named(s.tx.Ent, of, name)
	if s.tx.Dialect() == entstore.Postgres {
		query.ForUpdate()
	}
	return oneRole(ctx, query, name)
}

// Update implements identity.CustomRoles.
func (s roles) Update(ctx context.Context, r identity.CustomRole) error {
	id, err := entstore.ID(r.ID)
	if err != nil {
		return entstore.Failure(err, roleRules, "identitystore: update role")
	}
	n, err := s.tx.Ent.CustomRole.Update().
		Where(customrole.ID(id), customrole.Version(r.Version)).
		SetLabel(r.Label).SetPermissions(texts(r.Permissions)).SetUpdatedAt(r.UpdatedAt.UTC()).SetVersion(r.Version + 1).
		Save(ctx)
	if err == nil && n == 0 {
		err = identity.ErrRoleChanged
	}
	if err == nil {
		err = s.invalidate(ctx, r.Organization, r.Name)
	}
	return entstore.Failure(err, noRules, "identitystore: update role %s", r.ID)
}

// Delete implements identity.CustomRoles.
func (s roles) Delete(ctx context.Context, of identity.OrganizationID, name string) error {
	n, err := s.tx.Ent.CustomRole.Delete().Where(customrole.Scope(scopeOf(of)), customrole.Name(name)).Exec(ctx)
	if err == nil && n == 0 {
		err = identity.ErrRoleAbsent
	}
	if err == nil {
		err = s.invalidate(ctx, of, name)
	}
	return entstore.Failure(err, noRules, "identitystore: delete role %s of %s", name, scopeOf(of))
}

// invalidate makes stale what is cached of a role: by itself for one of the
// installation, with its holders for one that an organization made.
func (s roles) invalidate(ctx context.Context, of identity.OrganizationID, name string) error {
	if of == "" {
		s.tx.Invalidate(identity.TagRoles)
		return nil
	}
	id, err := entstore.ID(of)
	if err != nil {
		return err
	}
	rows, err := s.tx.Ent.Membership.Query().Where(membership.OrganizationID(id), membership.Role(name)).All(ctx)
	invalidateMembers(s.tx.Tx, rows)
	return err
}

// Count implements identity.CustomRoles.
func (s roles) Count(ctx context.Context, of identity.OrganizationID) (int, error) {
	n, err := s.tx.Ent.CustomRole.Query().Where(customrole.Scope(scopeOf(of))).Count(ctx)
	return n, entstore.Failure(err, noRules, "identitystore: roles of %s", scopeOf(of))
}

// InUse implements identity.CustomRoles.
func (s roles) InUse(ctx context.Context, of identity.OrganizationID, name string, now time.Time) (bool, error) {
	if of == "" {
		held, err := s.tx.Ent.User.Query().Where(user.Role(name)).Exist(ctx)
		return held, entstore.Failure(err, noRules, "identitystore: holders of role %s", name)
	}
	id, err := entstore.ID(of)
	if err != nil {
		return false, nil
	}
	held, err := s.tx.Ent.Membership.Query().Where(membership.OrganizationID(id), membership.Role(name)).Exist(ctx)
	if err != nil || held {
		return held, entstore.Failure(err, noRules, "identitystore: holders of role %s in %s", name, of)
	}
	held, err = s.tx.Ent.Invitation.Query().Where(
		invitation.OrganizationID(id), invitation.Role(name), invitation.AcceptedAtIsNil(),
		invitation.RevokedAtIsNil(), invitation.ExpiresAtGT(now.UTC()),
	).Exist(ctx)
	return held, entstore.Failure(err, noRules, "identitystore: invitations to role %s in %s", name, of)
}

// Administrators implements identity.CustomRoles. The lock lets others refer to the
// people meanwhile, and nobody change them.
func (s roles) Administrators(ctx context.Context) ([]identity.UserID, error) {
	query := s.tx.Ent.User.Query().
		Where(user.Role(string(identityport.RoleAdministrator)), user.SuspendedAtIsNil()).Order(user.ByID())
	if s.tx.Dialect() == entstore.Postgres {
		query.ForUpdate(entsql.WithLockClause("FOR NO KEY UPDATE"))
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: administrators")
	}
	out := make([]identity.UserID, len(rows))
	for i, row := range rows {
		out[i] = identity.UserID(row.ID.String())
	}
	return out, nil
}

// CustomRole implements identity.RoleReads.
func (s *Store) CustomRole(ctx context.Context, of identity.OrganizationID, name string) (identity.CustomRole, error) {
	return oneRole(ctx, named(s.reads, of, name), name)
}

// CustomRolesOf implements identity.RoleReads.
func (s *Store) CustomRolesOf(ctx context.Context, of identity.OrganizationID) ([]identity.CustomRole, error) {
	rows, err := s.reads.CustomRole.Query().Where(customrole.Scope(scopeOf(of))).
		Order(customrole.ByLabel(), customrole.ByName()).All(ctx)
	if err != nil {
		return nil, entstore.Failure(err, noRules, "identitystore: roles of %s", scopeOf(of))
	}
	out := make([]identity.CustomRole, len(rows))
	for i, row := range rows {
		out[i] = roleOf(row)
	}
	return out, nil
}

func named(c *identityent.Client, of identity.OrganizationID, name string) *identityent.CustomRoleQuery {
	return c.CustomRole.Query().Where(customrole.Scope(scopeOf(of)), customrole.Name(name))
}

func oneRole(ctx context.Context, q *identityent.CustomRoleQuery, name string) (identity.CustomRole, error) {
	row, err := q.Only(ctx)
	if err != nil {
		return identity.CustomRole{}, entstore.Failure(err, roleRules, "identitystore: role %s", name)
	}
	return roleOf(row), nil
}

func roleOf(r *identityent.CustomRole) identity.CustomRole {
	out := identity.CustomRole{
		ID: r.ID.String(), Name: r.Name, Label: r.Label, Permissions: make([]identity.Permission, len(r.Permissions)),
		CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(), Version: r.Version,
	}
	if r.OrganizationID != nil {
		out.Organization = identity.OrganizationID(r.OrganizationID.String())
	}
	for i, p := range r.Permissions {
		out.Permissions[i] = identity.Permission(p)
	}
	return out
}

func texts(permissions []identity.Permission) []string {
	out := make([]string, len(permissions))
	for i, p := range permissions {
		out[i] = string(p)
	}
	return out
}
