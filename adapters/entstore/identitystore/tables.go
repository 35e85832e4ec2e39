package identitystore

import (
	"embed"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
)

//go:embed migrations/postgres/*.sql migrations/sqlite/*.sql
var files embed.FS

// withPerson is why rows of a person stay: an erasure takes them.
const withPerson = "a person's; goes with them"

// Tables are identity's.
var Tables = entstore.Tables{
	Context: "identity", Files: files, Folder: "migrations",
	Retentions: []entstore.Retention{
		{Table: "identity_avatars", Kept: withPerson},
		{Table: "identity_challenges", Pruned: "when their time is over"},
		{Table: "identity_consents", Kept: "the proof of what a person agreed to; goes with them"},
		{Table: "identity_credentials", Kept: withPerson},
		{Table: "identity_exports", Pruned: "when their time is over"},
		{Table: "identity_external", Kept: withPerson},
		{Table: "identity_grants", Kept: withPerson},
		{Table: "identity_invitations", Pruned: "RETAIN_SESSIONS after their last day"},
		{Table: "identity_mail_tokens", Pruned: "when their time is over"},
		{Table: "identity_memberships", Kept: withPerson},
		{Table: "identity_oauth_flows", Pruned: "when their time is over"},
		{Table: "identity_organizations", Kept: "lives until it is deleted"},
		{Table: "identity_passkeys", Kept: withPerson},
		{Table: "identity_pending_emails", Pruned: "when their time is over"},
		{Table: "identity_personal_tokens", Pruned: "RETAIN_SESSIONS after they ended"},
		{Table: "identity_recovery_codes", Kept: "ten of a person; new ones replace them"},
		{Table: "identity_refresh_tokens", Pruned: "when their time is over, spent or not"},
		{Table: "identity_roles", Kept: "what an administrator made"},
		{Table: "identity_sessions", Pruned: "RETAIN_SESSIONS after they ended"},
		{Table: "identity_signing_keys", Pruned: "when nothing that they signed is good any more"},
		{Table: "identity_totp", Kept: withPerson},
		{Table: "identity_users", Kept: "lives until the account is deleted"},
	},
}
