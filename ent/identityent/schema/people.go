package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/neoforge-dev/neoforge/ent/columns"
)

// User is a person.
type User struct{ ent.Schema }

// Annotations of User.
func (User) Annotations() []schema.Annotation { return columns.Table("identity_users") }

// Fields of User.
func (User) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		field.String("email"),
		field.Bool("email_verified"),
		field.String("name"),
		field.String("role"),
		field.Time("suspended_at").Optional().Nillable(),
		field.Time("erase_at").Optional().Nillable(), // the end of the grace period
		field.Time("created_at").Immutable(),
		field.Time("updated_at"),
		field.Int("version"),
		// Links in mails carry it: a larger one makes all of before void.
		field.Int("links_epoch").Default(0),
		field.Time("factor_required_since").Optional().Nillable(), // by the installation
		// What the person is found by; none until it is made from the name and the address.
		field.String("search_words").Optional().Nillable(),
		field.Time("last_active_at").Optional().Nillable(), // never by who acts in the person's name
	}
}

// Edges of User.
func (User) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("credential", Credential.Type).Unique().Annotations(columns.CascadeDelete()),
		edge.To("identities", ExternalIdentity.Type).Annotations(columns.CascadeDelete()),
		edge.To("sessions", Session.Type).Annotations(columns.CascadeDelete()),
		edge.To("memberships", Membership.Type).Annotations(columns.CascadeDelete()),
		edge.To("mail_tokens", MailToken.Type).Annotations(columns.CascadeDelete()),
		edge.To("pending_email", PendingEmail.Type).Unique().Annotations(columns.CascadeDelete()),
		edge.To("totp", TOTP.Type).Unique().Annotations(columns.CascadeDelete()),
		edge.To("recovery_codes", RecoveryCode.Type).Annotations(columns.CascadeDelete()),
		edge.To("passkeys", Passkey.Type).Annotations(columns.CascadeDelete()),
		edge.To("personal_tokens", PersonalToken.Type).Annotations(columns.CascadeDelete()),
		edge.To("resource_grants", ResourceGrant.Type).Annotations(columns.CascadeDelete()),
		edge.To("avatar", Avatar.Type).Unique().Annotations(columns.CascadeDelete()),
		edge.To("exports", DataExport.Type).Annotations(columns.CascadeDelete()),
		edge.To("consents", Consent.Type).Annotations(columns.CascadeDelete()),
	}
}

// Indexes of User.
func (User) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("email").Unique().StorageKey("identity_users_email"),
		index.Fields("created_at", "id").StorageKey("identity_users_created"),
		index.Fields("role", "created_at", "id").StorageKey("identity_users_role"),
		// The words to find people by have indexes that no declaration here can say: see
		// the migrations named people_search and search_words.
		index.Fields("id").StorageKey("identity_users_unfolded").Annotations(entsql.IndexWhere("search_words IS NULL")),
		index.Fields("created_at", "id").StorageKey("identity_users_suspended").Annotations(entsql.IndexWhere("suspended_at IS NOT NULL")),
		index.Fields("last_active_at").StorageKey("identity_users_active").Annotations(entsql.IndexWhere("last_active_at IS NOT NULL")),
		index.Fields("erase_at").StorageKey("identity_users_erase").Annotations(entsql.IndexWhere("erase_at IS NOT NULL")),
	}
}

// Credential is a person's password. The edge is unique at both ends, which makes
// the index.
type Credential struct{ ent.Schema }

// Annotations of Credential.
func (Credential) Annotations() []schema.Annotation { return columns.Table("identity_credentials") }

// Fields of Credential.
func (Credential) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("user_id"),
		field.String("hash").Sensitive(),
		field.Time("changed_at"),
	}
}

// Edges of Credential.
func (Credential) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("credential").Field("user_id").Unique().Required().Immutable()}
}

// ExternalIdentity is a person's account at another provider.
type ExternalIdentity struct{ ent.Schema }

// Annotations of ExternalIdentity.
func (ExternalIdentity) Annotations() []schema.Annotation { return columns.Table("identity_external") }

// Fields of ExternalIdentity.
func (ExternalIdentity) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("user_id"),
		field.String("provider").Immutable(),
		field.String("subject").Immutable(),
		field.String("email"),
		field.Time("created_at").Immutable(),
	}
}

// Edges of ExternalIdentity.
func (ExternalIdentity) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("identities").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of ExternalIdentity.
func (ExternalIdentity) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("provider", "subject").Unique().StorageKey("identity_external_subject"),
		index.Fields("user_id", "created_at").StorageKey("identity_external_user"),
	}
}

// Session is one sign-in.
type Session struct{ ent.Schema }

// Annotations of Session.
func (Session) Annotations() []schema.Annotation { return columns.Table("identity_sessions") }

// Fields of Session.
func (Session) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("user_id"),
		field.String("kind").Immutable(),
		field.Bytes("token_hash").Sensitive(), // changes when the secret is rotated
		field.String("user_agent").Immutable(),
		field.String("address").Immutable(),
		columns.OptionalReference("impersonator_id"),
		field.Time("authenticated_at").Optional().Nillable(), // null: when it was created
		field.String("method").Optional().Immutable(),        // how they signed in; null: not known
		field.String("provider").Optional().Immutable(),
		field.String("second_factor").Optional().Immutable(),
		field.Time("created_at").Immutable(),
		field.Time("last_seen_at"),
		field.Time("expires_at").Immutable(),
		field.Time("revoked_at").Optional().Nillable(),
	}
}

// Edges of Session.
func (Session) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("user", User.Type).Ref("sessions").Field("user_id").Unique().Required().Immutable(),
		edge.To("refresh_tokens", RefreshToken.Type).Annotations(columns.CascadeDelete()),
	}
}

// Indexes of Session. The last three serve the removal of ended sessions, which
// looks at each way of ending by itself.
func (Session) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("token_hash").Unique().StorageKey("identity_sessions_token"),
		index.Fields("user_id", "last_seen_at").StorageKey("identity_sessions_user"),
		index.Fields("expires_at").StorageKey("identity_sessions_expires"),
		index.Fields("last_seen_at").StorageKey("identity_sessions_seen"),
		index.Fields("revoked_at").StorageKey("identity_sessions_revoked").
			Annotations(entsql.IndexWhere("revoked_at IS NOT NULL")),
	}
}

// RefreshToken renews a program's access once.
type RefreshToken struct{ ent.Schema }

// Annotations of RefreshToken.
func (RefreshToken) Annotations() []schema.Annotation {
	return columns.Table("identity_refresh_tokens")
}

// Fields of RefreshToken.
func (RefreshToken) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("session_id"),
		field.Bytes("hash").Immutable().Sensitive(),
		field.Time("created_at").Immutable(),
		field.Time("expires_at").Immutable(),
		field.Time("used_at").Optional().Nillable(),
	}
}

// Edges of RefreshToken.
func (RefreshToken) Edges() []ent.Edge {
	return []ent.Edge{edge.From("session", Session.Type).Ref("refresh_tokens").Field("session_id").Unique().Required().Immutable()}
}

// Indexes of RefreshToken.
func (RefreshToken) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("hash").Unique().StorageKey("identity_refresh_tokens_hash"),
		index.Fields("session_id").StorageKey("identity_refresh_tokens_session"),
		index.Fields("expires_at").StorageKey("identity_refresh_tokens_expires"),
	}
}

// OAuthFlow is a sign-in under way at another provider.
type OAuthFlow struct{ ent.Schema }

// Annotations of OAuthFlow.
func (OAuthFlow) Annotations() []schema.Annotation { return columns.Table("identity_oauth_flows") }

// Fields of OAuthFlow.
func (OAuthFlow) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		field.Bytes("state_hash").Immutable().Sensitive(),
		field.Bytes("browser_hash").Immutable().Sensitive(),
		field.String("provider").Immutable(),
		field.String("nonce").Immutable().Sensitive(),
		field.String("verifier").Immutable().Sensitive(),
		field.Text("session").Immutable().Sensitive(),
		field.String("return_to").Immutable(),
		field.String("purpose").Optional().Immutable(),                   // null: to sign in
		columns.OptionalReference("user_id"),                             // who links, or proves themselves again
		field.JSON("agreed", map[string]string{}).Optional().Immutable(), // kinds of consents to versions, of a sign-in
		field.Time("expires_at").Immutable(),
	}
}

// Indexes of OAuthFlow.
func (OAuthFlow) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("state_hash").Unique().StorageKey("identity_oauth_flows_state"),
		index.Fields("expires_at").StorageKey("identity_oauth_flows_expires"),
	}
}
