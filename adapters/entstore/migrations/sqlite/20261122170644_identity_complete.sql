-- +goose Up
-- add column "impersonator" to table: "platform_audit"
ALTER TABLE `platform_audit` ADD COLUMN `impersonator` text NULL;
-- create index "platform_audit_action" to table: "platform_audit"
CREATE INDEX `platform_audit_action` ON `platform_audit` (`action`, `at`);
-- create index "platform_audit_at" to table: "platform_audit"
CREATE INDEX `platform_audit_at` ON `platform_audit` (`at`, `id`);
-- add column "erase_at" to table: "identity_users"
ALTER TABLE `identity_users` ADD COLUMN `erase_at` datetime NULL;
-- create index "identity_users_created" to table: "identity_users"
CREATE INDEX `identity_users_created` ON `identity_users` (`created_at`, `id`);
-- create index "identity_users_erase" to table: "identity_users"
CREATE INDEX `identity_users_erase` ON `identity_users` (`erase_at`) WHERE erase_at IS NOT NULL;
-- add column "seats" to table: "identity_organizations"
ALTER TABLE `identity_organizations` ADD COLUMN `seats` integer NULL;
-- add column "updated_at" to table: "identity_organizations"
ALTER TABLE `identity_organizations` ADD COLUMN `updated_at` datetime NULL;
-- add column "purpose" to table: "identity_oauth_flows"
ALTER TABLE `identity_oauth_flows` ADD COLUMN `purpose` text NULL;
-- add column "user_id" to table: "identity_oauth_flows"
ALTER TABLE `identity_oauth_flows` ADD COLUMN `user_id` uuid NULL;
-- add column "impersonator_id" to table: "identity_sessions"
ALTER TABLE `identity_sessions` ADD COLUMN `impersonator_id` uuid NULL;
-- add column "authenticated_at" to table: "identity_sessions"
ALTER TABLE `identity_sessions` ADD COLUMN `authenticated_at` datetime NULL;
-- create "identity_avatars" table
CREATE TABLE `identity_avatars` (`id` uuid NOT NULL, `content_type` text NOT NULL, `body` blob NOT NULL, `etag` text NOT NULL, `updated_at` datetime NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_avatars_identity_users_avatar` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_avatars_user_id_key" to table: "identity_avatars"
CREATE UNIQUE INDEX `identity_avatars_user_id_key` ON `identity_avatars` (`user_id`);
-- create "identity_challenges" table
CREATE TABLE `identity_challenges` (`id` uuid NOT NULL, `hash` blob NOT NULL, `purpose` text NOT NULL, `user_id` uuid NULL, `data` blob NOT NULL, `attempts` integer NOT NULL DEFAULT (0), `expires_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "identity_challenges_hash" to table: "identity_challenges"
CREATE UNIQUE INDEX `identity_challenges_hash` ON `identity_challenges` (`hash`);
-- create index "identity_challenges_user" to table: "identity_challenges"
CREATE INDEX `identity_challenges_user` ON `identity_challenges` (`user_id`);
-- create index "identity_challenges_expires" to table: "identity_challenges"
CREATE INDEX `identity_challenges_expires` ON `identity_challenges` (`expires_at`);
-- create "identity_consents" table
CREATE TABLE `identity_consents` (`id` uuid NOT NULL, `kind` text NOT NULL, `version` text NOT NULL, `given` bool NOT NULL, `address` text NOT NULL, `at` datetime NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_consents_identity_users_consents` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_consents_user" to table: "identity_consents"
CREATE INDEX `identity_consents_user` ON `identity_consents` (`user_id`, `kind`, `at`);
-- create "identity_roles" table
CREATE TABLE `identity_roles` (`id` uuid NOT NULL, `scope` text NOT NULL, `name` text NOT NULL, `label` text NOT NULL, `permissions` json NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `version` integer NOT NULL, `organization_id` uuid NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_roles_identity_organizations_roles` FOREIGN KEY (`organization_id`) REFERENCES `identity_organizations` (`id`) ON DELETE CASCADE);
-- create index "identity_roles_name" to table: "identity_roles"
CREATE UNIQUE INDEX `identity_roles_name` ON `identity_roles` (`scope`, `name`);
-- create "identity_exports" table
CREATE TABLE `identity_exports` (`id` uuid NOT NULL, `state` text NOT NULL, `done` integer NOT NULL, `total` integer NOT NULL, `archive` blob NULL, `size` integer NOT NULL DEFAULT (0), `created_at` datetime NOT NULL, `finished_at` datetime NULL, `expires_at` datetime NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_exports_identity_users_exports` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_exports_user" to table: "identity_exports"
CREATE INDEX `identity_exports_user` ON `identity_exports` (`user_id`, `created_at`);
-- create index "identity_exports_expires" to table: "identity_exports"
CREATE INDEX `identity_exports_expires` ON `identity_exports` (`expires_at`);
-- create "identity_invitations" table
CREATE TABLE `identity_invitations` (`id` uuid NOT NULL, `email` text NOT NULL, `role` text NOT NULL, `hash` blob NOT NULL, `invited_by` uuid NOT NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `accepted_at` datetime NULL, `revoked_at` datetime NULL, `organization_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_invitations_identity_organizations_invitations` FOREIGN KEY (`organization_id`) REFERENCES `identity_organizations` (`id`) ON DELETE CASCADE);
-- create index "identity_invitations_hash" to table: "identity_invitations"
CREATE UNIQUE INDEX `identity_invitations_hash` ON `identity_invitations` (`hash`);
-- create index "identity_invitations_open" to table: "identity_invitations"
CREATE UNIQUE INDEX `identity_invitations_open` ON `identity_invitations` (`organization_id`, `email`) WHERE accepted_at IS NULL AND revoked_at IS NULL;
-- create index "identity_invitations_organization" to table: "identity_invitations"
CREATE INDEX `identity_invitations_organization` ON `identity_invitations` (`organization_id`, `created_at`);
-- create index "identity_invitations_email" to table: "identity_invitations"
CREATE INDEX `identity_invitations_email` ON `identity_invitations` (`email`);
-- create index "identity_invitations_expires" to table: "identity_invitations"
CREATE INDEX `identity_invitations_expires` ON `identity_invitations` (`expires_at`);
-- create "identity_mail_tokens" table
CREATE TABLE `identity_mail_tokens` (`id` uuid NOT NULL, `purpose` text NOT NULL, `hash` blob NOT NULL, `email` text NOT NULL, `password_hash` text NOT NULL, `name` text NOT NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_mail_tokens_identity_users_mail_tokens` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_mail_tokens_hash" to table: "identity_mail_tokens"
CREATE UNIQUE INDEX `identity_mail_tokens_hash` ON `identity_mail_tokens` (`hash`);
-- create index "identity_mail_tokens_user" to table: "identity_mail_tokens"
CREATE INDEX `identity_mail_tokens_user` ON `identity_mail_tokens` (`user_id`, `purpose`);
-- create index "identity_mail_tokens_expires" to table: "identity_mail_tokens"
CREATE INDEX `identity_mail_tokens_expires` ON `identity_mail_tokens` (`expires_at`);
-- create "identity_passkeys" table
CREATE TABLE `identity_passkeys` (`id` uuid NOT NULL, `credential_id` blob NOT NULL, `name` text NOT NULL, `record` blob NOT NULL, `sign_count` integer NOT NULL, `backed_up` bool NOT NULL, `created_at` datetime NOT NULL, `last_used_at` datetime NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_passkeys_identity_users_passkeys` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_passkeys_credential" to table: "identity_passkeys"
CREATE UNIQUE INDEX `identity_passkeys_credential` ON `identity_passkeys` (`credential_id`);
-- create index "identity_passkeys_user" to table: "identity_passkeys"
CREATE INDEX `identity_passkeys_user` ON `identity_passkeys` (`user_id`, `created_at`);
-- create "identity_personal_tokens" table
CREATE TABLE `identity_personal_tokens` (`id` uuid NOT NULL, `name` text NOT NULL, `hash` blob NOT NULL, `hint` text NOT NULL, `scopes` json NOT NULL, `created_at` datetime NOT NULL, `expires_at` datetime NULL, `last_used_at` datetime NULL, `last_used_from` text NOT NULL DEFAULT (''), `revoked_at` datetime NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_personal_tokens_identity_users_personal_tokens` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_personal_tokens_hash" to table: "identity_personal_tokens"
CREATE UNIQUE INDEX `identity_personal_tokens_hash` ON `identity_personal_tokens` (`hash`);
-- create index "identity_personal_tokens_user" to table: "identity_personal_tokens"
CREATE INDEX `identity_personal_tokens_user` ON `identity_personal_tokens` (`user_id`, `created_at`);
-- create "identity_recovery_codes" table
CREATE TABLE `identity_recovery_codes` (`id` uuid NOT NULL, `hash` blob NOT NULL, `created_at` datetime NOT NULL, `used_at` datetime NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_recovery_codes_identity_users_recovery_codes` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_recovery_codes_code" to table: "identity_recovery_codes"
CREATE UNIQUE INDEX `identity_recovery_codes_code` ON `identity_recovery_codes` (`user_id`, `hash`);
-- create "identity_grants" table
CREATE TABLE `identity_grants` (`id` uuid NOT NULL, `permission` text NOT NULL, `resource` text NOT NULL, `granted_by` uuid NOT NULL, `created_at` datetime NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_grants_identity_users_resource_grants` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_grants_once" to table: "identity_grants"
CREATE UNIQUE INDEX `identity_grants_once` ON `identity_grants` (`user_id`, `permission`, `resource`);
-- create index "identity_grants_resource" to table: "identity_grants"
CREATE INDEX `identity_grants_resource` ON `identity_grants` (`resource`);
-- create "identity_signing_keys" table
CREATE TABLE `identity_signing_keys` (`id` uuid NOT NULL, `kid` text NOT NULL, `sealed_private` blob NOT NULL, `public` blob NOT NULL, `created_at` datetime NOT NULL, `signs_from` datetime NOT NULL, `verifies_until` datetime NULL, PRIMARY KEY (`id`));
-- create index "identity_signing_keys_kid" to table: "identity_signing_keys"
CREATE UNIQUE INDEX `identity_signing_keys_kid` ON `identity_signing_keys` (`kid`);
-- create "identity_totp" table
CREATE TABLE `identity_totp` (`id` uuid NOT NULL, `sealed_secret` blob NOT NULL, `last_step` integer NOT NULL, `created_at` datetime NOT NULL, `confirmed_at` datetime NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_totp_identity_users_totp` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_totp_user_id_key" to table: "identity_totp"
CREATE UNIQUE INDEX `identity_totp_user_id_key` ON `identity_totp` (`user_id`);

-- +goose Down
-- reverse: create index "identity_totp_user_id_key" to table: "identity_totp"
DROP INDEX `identity_totp_user_id_key`;
-- reverse: create "identity_totp" table
DROP TABLE `identity_totp`;
-- reverse: create index "identity_signing_keys_kid" to table: "identity_signing_keys"
DROP INDEX `identity_signing_keys_kid`;
-- reverse: create "identity_signing_keys" table
DROP TABLE `identity_signing_keys`;
-- reverse: create index "identity_grants_resource" to table: "identity_grants"
DROP INDEX `identity_grants_resource`;
-- reverse: create index "identity_grants_once" to table: "identity_grants"
DROP INDEX `identity_grants_once`;
-- reverse: create "identity_grants" table
DROP TABLE `identity_grants`;
-- reverse: create index "identity_recovery_codes_code" to table: "identity_recovery_codes"
DROP INDEX `identity_recovery_codes_code`;
-- reverse: create "identity_recovery_codes" table
DROP TABLE `identity_recovery_codes`;
-- reverse: create index "identity_personal_tokens_user" to table: "identity_personal_tokens"
DROP INDEX `identity_personal_tokens_user`;
-- reverse: create index "identity_personal_tokens_hash" to table: "identity_personal_tokens"
DROP INDEX `identity_personal_tokens_hash`;
-- reverse: create "identity_personal_tokens" table
DROP TABLE `identity_personal_tokens`;
-- reverse: create index "identity_passkeys_user" to table: "identity_passkeys"
DROP INDEX `identity_passkeys_user`;
-- reverse: create index "identity_passkeys_credential" to table: "identity_passkeys"
DROP INDEX `identity_passkeys_credential`;
-- reverse: create "identity_passkeys" table
DROP TABLE `identity_passkeys`;
-- reverse: create index "identity_mail_tokens_expires" to table: "identity_mail_tokens"
DROP INDEX `identity_mail_tokens_expires`;
-- reverse: create index "identity_mail_tokens_user" to table: "identity_mail_tokens"
DROP INDEX `identity_mail_tokens_user`;
-- reverse: create index "identity_mail_tokens_hash" to table: "identity_mail_tokens"
DROP INDEX `identity_mail_tokens_hash`;
-- reverse: create "identity_mail_tokens" table
DROP TABLE `identity_mail_tokens`;
-- reverse: create index "identity_invitations_expires" to table: "identity_invitations"
DROP INDEX `identity_invitations_expires`;
-- reverse: create index "identity_invitations_email" to table: "identity_invitations"
DROP INDEX `identity_invitations_email`;
-- reverse: create index "identity_invitations_organization" to table: "identity_invitations"
DROP INDEX `identity_invitations_organization`;
-- reverse: create index "identity_invitations_open" to table: "identity_invitations"
DROP INDEX `identity_invitations_open`;
-- reverse: create index "identity_invitations_hash" to table: "identity_invitations"
DROP INDEX `identity_invitations_hash`;
-- reverse: create "identity_invitations" table
DROP TABLE `identity_invitations`;
-- reverse: create index "identity_exports_expires" to table: "identity_exports"
DROP INDEX `identity_exports_expires`;
-- reverse: create index "identity_exports_user" to table: "identity_exports"
DROP INDEX `identity_exports_user`;
-- reverse: create "identity_exports" table
DROP TABLE `identity_exports`;
-- reverse: create index "identity_roles_name" to table: "identity_roles"
DROP INDEX `identity_roles_name`;
-- reverse: create "identity_roles" table
DROP TABLE `identity_roles`;
-- reverse: create index "identity_consents_user" to table: "identity_consents"
DROP INDEX `identity_consents_user`;
-- reverse: create "identity_consents" table
DROP TABLE `identity_consents`;
-- reverse: create index "identity_challenges_expires" to table: "identity_challenges"
DROP INDEX `identity_challenges_expires`;
-- reverse: create index "identity_challenges_user" to table: "identity_challenges"
DROP INDEX `identity_challenges_user`;
-- reverse: create index "identity_challenges_hash" to table: "identity_challenges"
DROP INDEX `identity_challenges_hash`;
-- reverse: create "identity_challenges" table
DROP TABLE `identity_challenges`;
-- reverse: create index "identity_avatars_user_id_key" to table: "identity_avatars"
DROP INDEX `identity_avatars_user_id_key`;
-- reverse: create "identity_avatars" table
DROP TABLE `identity_avatars`;
-- reverse: add column "authenticated_at" to table: "identity_sessions"
ALTER TABLE `identity_sessions` DROP COLUMN `authenticated_at`;
-- reverse: add column "impersonator_id" to table: "identity_sessions"
ALTER TABLE `identity_sessions` DROP COLUMN `impersonator_id`;
-- reverse: add column "user_id" to table: "identity_oauth_flows"
ALTER TABLE `identity_oauth_flows` DROP COLUMN `user_id`;
-- reverse: add column "purpose" to table: "identity_oauth_flows"
ALTER TABLE `identity_oauth_flows` DROP COLUMN `purpose`;
-- reverse: add column "updated_at" to table: "identity_organizations"
ALTER TABLE `identity_organizations` DROP COLUMN `updated_at`;
-- reverse: add column "seats" to table: "identity_organizations"
ALTER TABLE `identity_organizations` DROP COLUMN `seats`;
-- reverse: create index "identity_users_erase" to table: "identity_users"
DROP INDEX `identity_users_erase`;
-- reverse: create index "identity_users_created" to table: "identity_users"
DROP INDEX `identity_users_created`;
-- reverse: add column "erase_at" to table: "identity_users"
ALTER TABLE `identity_users` DROP COLUMN `erase_at`;
-- reverse: create index "platform_audit_at" to table: "platform_audit"
DROP INDEX `platform_audit_at`;
-- reverse: create index "platform_audit_action" to table: "platform_audit"
DROP INDEX `platform_audit_action`;
-- reverse: add column "impersonator" to table: "platform_audit"
ALTER TABLE `platform_audit` DROP COLUMN `impersonator`;
