package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/neoforge-dev/neoforge/ent/columns"
)

// Organization is who pays and who shares.
type Organization struct{ ent.Schema }

// Annotations of Organization.
func (Organization) Annotations() []schema.Annotation { return columns.Table("identity_organizations") }

// Fields of Organization.
func (Organization) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		field.String("name"),
		field.Bool("personal").Immutable(),
		field.Int("seats").Optional(), // members and open invitations at the most; 0: any number
		field.Time("created_at").Immutable(),
		field.Time("updated_at").Optional().Nillable(),
		field.Time("factor_required_since").Optional().Nillable(), // of its members
	}
}

// Edges of Organization.
func (Organization) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("memberships", Membership.Type).Annotations(columns.CascadeDelete()),
		edge.To("invitations", Invitation.Type).Annotations(columns.CascadeDelete()),
		edge.To("roles", CustomRole.Type).Annotations(columns.CascadeDelete()),
	}
}

// Membership ties a person to an organization.
type Membership struct{ ent.Schema }

// Annotations of Membership.
func (Membership) Annotations() []schema.Annotation { return columns.Table("identity_memberships") }

// Fields of Membership.
func (Membership) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("organization_id"),
		columns.Reference("user_id"),
		field.String("role"),
		field.Time("created_at").Immutable(),
		field.Time("ends_at").Optional().Nillable(), // none: until somebody ends it
	}
}

// Edges of Membership.
func (Membership) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("organization", Organization.Type).Ref("memberships").Field("organization_id").Unique().Required().Immutable(),
		edge.From("user", User.Type).Ref("memberships").Field("user_id").Unique().Required().Immutable(),
	}
}

// Indexes of Membership.
func (Membership) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("organization_id", "user_id").Unique().StorageKey("identity_memberships_member"),
		index.Fields("user_id", "created_at").StorageKey("identity_memberships_user"),
		index.Fields("ends_at", "id").StorageKey("identity_memberships_end").
			Annotations(entsql.IndexWhere("ends_at IS NOT NULL")),
	}
}

// Invitation asks somebody by mail to join an organization.
type Invitation struct{ ent.Schema }

// Annotations of Invitation.
func (Invitation) Annotations() []schema.Annotation { return columns.Table("identity_invitations") }

// Fields of Invitation.
func (Invitation) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("organization_id"),
		field.String("email").Immutable(),
		field.String("role").Immutable(),
		field.Bytes("hash").Sensitive(),
		columns.Reference("invited_by"),
		field.Time("created_at").Immutable(),
		field.Time("expires_at"),
		field.Time("ends_at").Optional().Nillable().Immutable(), // of the membership that it leads to
		field.Time("accepted_at").Optional().Nillable(),
		field.Time("revoked_at").Optional().Nillable(),
	}
}

// Edges of Invitation.
func (Invitation) Edges() []ent.Edge {
	return []ent.Edge{edge.From("organization", Organization.Type).Ref("invitations").Field("organization_id").Unique().Required().Immutable()}
}

// Indexes of Invitation.
func (Invitation) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("hash").Unique().StorageKey("identity_invitations_hash"),
		index.Fields("organization_id", "email").Unique().StorageKey("identity_invitations_open").
			Annotations(entsql.IndexWhere("accepted_at IS NULL AND revoked_at IS NULL")),
		index.Fields("organization_id", "created_at").StorageKey("identity_invitations_organization"),
		index.Fields("email").StorageKey("identity_invitations_email"),
		index.Fields("expires_at").StorageKey("identity_invitations_expires"),
	}
}

// CustomRole is a named set of permissions: of one organization, or of the installation.
type CustomRole struct{ ent.Schema }

// Annotations of CustomRole.
func (CustomRole) Annotations() []schema.Annotation { return columns.Table("identity_roles") }

// Fields of CustomRole.
func (CustomRole) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.OptionalReference("organization_id"),
		field.String("scope").Immutable(), // the organization's id, or "installation"
		field.String("name").Immutable(),  // as memberships and people carry it
		field.String("label"),
		field.Strings("permissions"),
		field.Time("created_at").Immutable(),
		field.Time("updated_at"),
		field.Int("version"),
	}
}

// Edges of CustomRole.
func (CustomRole) Edges() []ent.Edge {
	return []ent.Edge{edge.From("organization", Organization.Type).Ref("roles").Field("organization_id").Unique().Immutable()}
}

// Indexes of CustomRole.
func (CustomRole) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("scope", "name").Unique().StorageKey("identity_roles_name"),
	}
}

// ResourceGrant lets one person do one thing to one resource.
type ResourceGrant struct{ ent.Schema }

// Annotations of ResourceGrant.
func (ResourceGrant) Annotations() []schema.Annotation { return columns.Table("identity_grants") }

// Fields of ResourceGrant.
func (ResourceGrant) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("user_id"),
		field.String("permission").Immutable(),
		field.String("resource").Immutable(), // "kind:id"
		columns.Reference("granted_by"),
		field.Time("created_at").Immutable(),
		// Nil: offered, and good for nothing yet. Releases that know no offers leave it
		// out of what they write, on Postgres also while an upgrade goes on: such a grant
		// is good at once. The store therefore never leaves it out.
		field.Time("accepted_at").Optional().Nillable().
			Annotations(entsql.DefaultExprs(map[string]string{dialect.Postgres: "now()"})),
		field.Time("ends_at").Optional().Nillable(), // nil: until it is taken back
	}
}

// Edges of ResourceGrant.
func (ResourceGrant) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("resource_grants").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of ResourceGrant.
func (ResourceGrant) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "permission", "resource").Unique().StorageKey("identity_grants_once"),
		index.Fields("resource").StorageKey("identity_grants_resource"),
		index.Fields("ends_at").StorageKey("identity_grants_ends"),
	}
}
