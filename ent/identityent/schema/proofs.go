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

// MailToken is a proof sent by mail, good once for one purpose.
type MailToken struct{ ent.Schema }

// Annotations of MailToken.
func (MailToken) Annotations() []schema.Annotation { return columns.Table("identity_mail_tokens") }

// Fields of MailToken.
func (MailToken) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("user_id"),
		field.String("purpose").Immutable(),
		field.Bytes("hash").Immutable().Sensitive(),
		field.String("email").Immutable(),                     // the address that it proves
		field.String("password_hash").Immutable().Sensitive(), // of a registration; takes effect with the proof
		field.String("name").Immutable(),
		field.JSON("agreed", map[string]string{}).Optional().Immutable(), // kinds of consents to versions, of a registration
		field.String("address").Optional().Immutable(),                   // network address of a registration
		field.Bytes("browser_hash").Optional().Immutable().Sensitive(),   // of the browser that registered
		field.Int("epoch").Default(0).Immutable(),                        // the person's links_epoch when it was asked for
		field.Time("created_at").Immutable(),
		field.Time("expires_at").Immutable(),
	}
}

// Edges of MailToken.
func (MailToken) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("mail_tokens").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of MailToken. A token that was redeemed is deleted.
func (MailToken) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("hash").Unique().StorageKey("identity_mail_tokens_hash"),
		index.Fields("user_id", "purpose").StorageKey("identity_mail_tokens_user"),
		index.Fields("expires_at").StorageKey("identity_mail_tokens_expires"),
	}
}

// PendingEmail is the address that a person wants to use, until they have proven it.
// The edge is unique at both ends: there is one at a time.
type PendingEmail struct{ ent.Schema }

// Annotations of PendingEmail.
func (PendingEmail) Annotations() []schema.Annotation {
	return columns.Table("identity_pending_emails")
}

// Fields of PendingEmail.
func (PendingEmail) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("user_id"),
		field.String("email").Immutable(),
		field.Time("created_at").Immutable(),
		field.Time("expires_at").Immutable(),
	}
}

// Edges of PendingEmail.
func (PendingEmail) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("pending_email").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of PendingEmail.
func (PendingEmail) Indexes() []ent.Index {
	return []ent.Index{index.Fields("expires_at").StorageKey("identity_pending_emails_expires")}
}

// TOTP is a person's authenticator app (RFC 6238). The edge is unique at both ends.
type TOTP struct{ ent.Schema }

// Annotations of TOTP.
func (TOTP) Annotations() []schema.Annotation { return columns.Table("identity_totp") }

// Fields of TOTP.
func (TOTP) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("user_id"),
		field.Bytes("sealed_secret").Sensitive(),
		field.Int64("last_step"), // the last time step that was accepted
		field.Time("created_at"),
		field.Time("confirmed_at").Optional().Nillable(),
	}
}

// Edges of TOTP.
func (TOTP) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("totp").Field("user_id").Unique().Required().Immutable()}
}

// RecoveryCode stands in for a lost second factor, once.
type RecoveryCode struct{ ent.Schema }

// Annotations of RecoveryCode.
func (RecoveryCode) Annotations() []schema.Annotation {
	return columns.Table("identity_recovery_codes")
}

// Fields of RecoveryCode.
func (RecoveryCode) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("user_id"),
		field.Bytes("hash").Immutable().Sensitive(),
		field.Time("created_at").Immutable(),
		field.Time("used_at").Optional().Nillable(),
	}
}

// Edges of RecoveryCode.
func (RecoveryCode) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("recovery_codes").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of RecoveryCode.
func (RecoveryCode) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("user_id", "hash").Unique().StorageKey("identity_recovery_codes_code"),
	}
}

// Passkey is a public key credential (Web Authentication).
type Passkey struct{ ent.Schema }

// Annotations of Passkey.
func (Passkey) Annotations() []schema.Annotation { return columns.Table("identity_passkeys") }

// Fields of Passkey.
func (Passkey) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("user_id"),
		field.Bytes("credential_id").Immutable(),
		field.String("name"),
		field.Bytes("record"), // as the library keeps it
		field.Int64("sign_count"),
		field.Bool("backed_up"),
		field.Time("created_at").Immutable(),
		field.Time("last_used_at").Optional().Nillable(),
	}
}

// Edges of Passkey.
func (Passkey) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("passkeys").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of Passkey.
func (Passkey) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("credential_id").Unique().StorageKey("identity_passkeys_credential"),
		index.Fields("user_id", "created_at").StorageKey("identity_passkeys_user"),
	}
}

// Challenge is a proof that is under way: a second factor awaited, a ceremony of a passkey.
type Challenge struct{ ent.Schema }

// Annotations of Challenge.
func (Challenge) Annotations() []schema.Annotation { return columns.Table("identity_challenges") }

// Fields of Challenge.
func (Challenge) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		field.Bytes("hash").Immutable().Sensitive(),
		field.String("purpose").Immutable(),
		columns.OptionalReference("user_id"), // null: whoever the passkey names
		field.Bytes("data").Immutable().Sensitive(),
		field.Int("attempts").Default(0),
		field.Time("expires_at").Immutable(),
	}
}

// Indexes of Challenge.
func (Challenge) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("hash").Unique().StorageKey("identity_challenges_hash"),
		index.Fields("user_id").StorageKey("identity_challenges_user"),
		index.Fields("expires_at").StorageKey("identity_challenges_expires"),
	}
}

// PersonalToken lets a program act for a person, within scopes.
type PersonalToken struct{ ent.Schema }

// Annotations of PersonalToken.
func (PersonalToken) Annotations() []schema.Annotation {
	return columns.Table("identity_personal_tokens")
}

// Fields of PersonalToken.
func (PersonalToken) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		columns.Reference("user_id"),
		field.String("name").Immutable(),
		field.Bytes("hash").Immutable().Sensitive(),
		field.String("hint").Immutable(), // its last characters, to tell it by
		field.Strings("scopes").Immutable(),
		field.Time("created_at").Immutable(),
		field.Time("expires_at").Optional().Nillable().Immutable(),
		field.Time("last_used_at").Optional().Nillable(),
		field.String("last_used_from").Default(""),
		field.Time("revoked_at").Optional().Nillable(),
	}
}

// Edges of PersonalToken.
func (PersonalToken) Edges() []ent.Edge {
	return []ent.Edge{edge.From("user", User.Type).Ref("personal_tokens").Field("user_id").Unique().Required().Immutable()}
}

// Indexes of PersonalToken.
func (PersonalToken) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("hash").Unique().StorageKey("identity_personal_tokens_hash"),
		index.Fields("user_id", "created_at").StorageKey("identity_personal_tokens_user"),
		index.Fields("revoked_at").StorageKey("identity_personal_tokens_revoked").Annotations(entsql.IndexWhere("revoked_at IS NOT NULL")),
		index.Fields("expires_at").StorageKey("identity_personal_tokens_expires").Annotations(entsql.IndexWhere("expires_at IS NOT NULL")),
	}
}

// SigningKey signs access tokens. Its private half is sealed by SECRET_KEY.
type SigningKey struct{ ent.Schema }

// Annotations of SigningKey.
func (SigningKey) Annotations() []schema.Annotation { return columns.Table("identity_signing_keys") }

// Fields of SigningKey.
func (SigningKey) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		field.String("kid").Immutable(),
		field.Bytes("sealed_private").Immutable().Sensitive(),
		field.Bytes("public").Immutable(),
		field.Time("created_at").Immutable(),
		field.Time("signs_from").Immutable(),
		field.Time("verifies_until").Optional().Nillable(),
	}
}

// Indexes of SigningKey.
func (SigningKey) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("kid").Unique().StorageKey("identity_signing_keys_kid"),
	}
}
