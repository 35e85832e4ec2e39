-- +goose Up
-- create "identity_users" table
CREATE TABLE `identity_users` (`id` uuid NOT NULL, `email` text NOT NULL, `email_verified` bool NOT NULL, `name` text NOT NULL, `role` text NOT NULL, `suspended_at` datetime NULL, `erase_at` datetime NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `version` integer NOT NULL, `links_epoch` integer NOT NULL DEFAULT (0), `factor_required_since` datetime NULL, `search_words` text NULL, PRIMARY KEY (`id`));
-- create index "identity_users_email" to table: "identity_users"
CREATE UNIQUE INDEX `identity_users_email` ON `identity_users` (`email`);
-- create index "identity_users_created" to table: "identity_users"
CREATE INDEX `identity_users_created` ON `identity_users` (`created_at`, `id`);
-- create index "identity_users_role" to table: "identity_users"
CREATE INDEX `identity_users_role` ON `identity_users` (`role`, `created_at`, `id`);
-- create index "identity_users_unfolded" to table: "identity_users"
CREATE INDEX `identity_users_unfolded` ON `identity_users` (`id`) WHERE search_words IS NULL;
-- create index "identity_users_suspended" to table: "identity_users"
CREATE INDEX `identity_users_suspended` ON `identity_users` (`created_at`, `id`) WHERE suspended_at IS NOT NULL;
-- create index "identity_users_erase" to table: "identity_users"
CREATE INDEX `identity_users_erase` ON `identity_users` (`erase_at`) WHERE erase_at IS NOT NULL;
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
-- create "identity_credentials" table
CREATE TABLE `identity_credentials` (`id` uuid NOT NULL, `hash` text NOT NULL, `changed_at` datetime NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_credentials_identity_users_credential` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_credentials_user_id_key" to table: "identity_credentials"
CREATE UNIQUE INDEX `identity_credentials_user_id_key` ON `identity_credentials` (`user_id`);
-- create "identity_organizations" table
CREATE TABLE `identity_organizations` (`id` uuid NOT NULL, `name` text NOT NULL, `personal` bool NOT NULL, `seats` integer NULL, `created_at` datetime NOT NULL, `updated_at` datetime NULL, `factor_required_since` datetime NULL, PRIMARY KEY (`id`));
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
-- create "identity_external" table
CREATE TABLE `identity_external` (`id` uuid NOT NULL, `provider` text NOT NULL, `subject` text NOT NULL, `email` text NOT NULL, `created_at` datetime NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_external_identity_users_identities` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_external_subject" to table: "identity_external"
CREATE UNIQUE INDEX `identity_external_subject` ON `identity_external` (`provider`, `subject`);
-- create index "identity_external_user" to table: "identity_external"
CREATE INDEX `identity_external_user` ON `identity_external` (`user_id`, `created_at`);
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
CREATE TABLE `identity_mail_tokens` (`id` uuid NOT NULL, `purpose` text NOT NULL, `hash` blob NOT NULL, `email` text NOT NULL, `password_hash` text NOT NULL, `name` text NOT NULL, `agreed` json NULL, `address` text NULL, `browser_hash` blob NULL, `epoch` integer NOT NULL DEFAULT (0), `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_mail_tokens_identity_users_mail_tokens` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_mail_tokens_hash" to table: "identity_mail_tokens"
CREATE UNIQUE INDEX `identity_mail_tokens_hash` ON `identity_mail_tokens` (`hash`);
-- create index "identity_mail_tokens_user" to table: "identity_mail_tokens"
CREATE INDEX `identity_mail_tokens_user` ON `identity_mail_tokens` (`user_id`, `purpose`);
-- create index "identity_mail_tokens_expires" to table: "identity_mail_tokens"
CREATE INDEX `identity_mail_tokens_expires` ON `identity_mail_tokens` (`expires_at`);
-- create "identity_memberships" table
CREATE TABLE `identity_memberships` (`id` uuid NOT NULL, `role` text NOT NULL, `created_at` datetime NOT NULL, `organization_id` uuid NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_memberships_identity_organizations_memberships` FOREIGN KEY (`organization_id`) REFERENCES `identity_organizations` (`id`) ON DELETE CASCADE, CONSTRAINT `identity_memberships_identity_users_memberships` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_memberships_member" to table: "identity_memberships"
CREATE UNIQUE INDEX `identity_memberships_member` ON `identity_memberships` (`organization_id`, `user_id`);
-- create index "identity_memberships_user" to table: "identity_memberships"
CREATE INDEX `identity_memberships_user` ON `identity_memberships` (`user_id`, `created_at`);
-- create "identity_oauth_flows" table
CREATE TABLE `identity_oauth_flows` (`id` uuid NOT NULL, `state_hash` blob NOT NULL, `browser_hash` blob NOT NULL, `provider` text NOT NULL, `nonce` text NOT NULL, `verifier` text NOT NULL, `session` text NOT NULL, `return_to` text NOT NULL, `purpose` text NULL, `user_id` uuid NULL, `agreed` json NULL, `expires_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "identity_oauth_flows_state" to table: "identity_oauth_flows"
CREATE UNIQUE INDEX `identity_oauth_flows_state` ON `identity_oauth_flows` (`state_hash`);
-- create index "identity_oauth_flows_expires" to table: "identity_oauth_flows"
CREATE INDEX `identity_oauth_flows_expires` ON `identity_oauth_flows` (`expires_at`);
-- create "identity_passkeys" table
CREATE TABLE `identity_passkeys` (`id` uuid NOT NULL, `credential_id` blob NOT NULL, `name` text NOT NULL, `record` blob NOT NULL, `sign_count` integer NOT NULL, `backed_up` bool NOT NULL, `created_at` datetime NOT NULL, `last_used_at` datetime NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_passkeys_identity_users_passkeys` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_passkeys_credential" to table: "identity_passkeys"
CREATE UNIQUE INDEX `identity_passkeys_credential` ON `identity_passkeys` (`credential_id`);
-- create index "identity_passkeys_user" to table: "identity_passkeys"
CREATE INDEX `identity_passkeys_user` ON `identity_passkeys` (`user_id`, `created_at`);
-- create "identity_pending_emails" table
CREATE TABLE `identity_pending_emails` (`id` uuid NOT NULL, `email` text NOT NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_pending_emails_identity_users_pending_email` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_pending_emails_user_id_key" to table: "identity_pending_emails"
CREATE UNIQUE INDEX `identity_pending_emails_user_id_key` ON `identity_pending_emails` (`user_id`);
-- create index "identity_pending_emails_expires" to table: "identity_pending_emails"
CREATE INDEX `identity_pending_emails_expires` ON `identity_pending_emails` (`expires_at`);
-- create "identity_personal_tokens" table
CREATE TABLE `identity_personal_tokens` (`id` uuid NOT NULL, `name` text NOT NULL, `hash` blob NOT NULL, `hint` text NOT NULL, `scopes` json NOT NULL, `created_at` datetime NOT NULL, `expires_at` datetime NULL, `last_used_at` datetime NULL, `last_used_from` text NOT NULL DEFAULT (''), `revoked_at` datetime NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_personal_tokens_identity_users_personal_tokens` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_personal_tokens_hash" to table: "identity_personal_tokens"
CREATE UNIQUE INDEX `identity_personal_tokens_hash` ON `identity_personal_tokens` (`hash`);
-- create index "identity_personal_tokens_user" to table: "identity_personal_tokens"
CREATE INDEX `identity_personal_tokens_user` ON `identity_personal_tokens` (`user_id`, `created_at`);
-- create index "identity_personal_tokens_revoked" to table: "identity_personal_tokens"
CREATE INDEX `identity_personal_tokens_revoked` ON `identity_personal_tokens` (`revoked_at`) WHERE revoked_at IS NOT NULL;
-- create index "identity_personal_tokens_expires" to table: "identity_personal_tokens"
CREATE INDEX `identity_personal_tokens_expires` ON `identity_personal_tokens` (`expires_at`) WHERE expires_at IS NOT NULL;
-- create "identity_recovery_codes" table
CREATE TABLE `identity_recovery_codes` (`id` uuid NOT NULL, `hash` blob NOT NULL, `created_at` datetime NOT NULL, `used_at` datetime NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_recovery_codes_identity_users_recovery_codes` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_recovery_codes_code" to table: "identity_recovery_codes"
CREATE UNIQUE INDEX `identity_recovery_codes_code` ON `identity_recovery_codes` (`user_id`, `hash`);
-- create "identity_sessions" table
CREATE TABLE `identity_sessions` (`id` uuid NOT NULL, `kind` text NOT NULL, `token_hash` blob NOT NULL, `user_agent` text NOT NULL, `address` text NOT NULL, `impersonator_id` uuid NULL, `authenticated_at` datetime NULL, `method` text NULL, `provider` text NULL, `second_factor` text NULL, `created_at` datetime NOT NULL, `last_seen_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `revoked_at` datetime NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_sessions_identity_users_sessions` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_sessions_token" to table: "identity_sessions"
CREATE UNIQUE INDEX `identity_sessions_token` ON `identity_sessions` (`token_hash`);
-- create index "identity_sessions_user" to table: "identity_sessions"
CREATE INDEX `identity_sessions_user` ON `identity_sessions` (`user_id`, `last_seen_at`);
-- create index "identity_sessions_expires" to table: "identity_sessions"
CREATE INDEX `identity_sessions_expires` ON `identity_sessions` (`expires_at`);
-- create index "identity_sessions_seen" to table: "identity_sessions"
CREATE INDEX `identity_sessions_seen` ON `identity_sessions` (`last_seen_at`);
-- create index "identity_sessions_revoked" to table: "identity_sessions"
CREATE INDEX `identity_sessions_revoked` ON `identity_sessions` (`revoked_at`) WHERE revoked_at IS NOT NULL;
-- create "identity_refresh_tokens" table
CREATE TABLE `identity_refresh_tokens` (`id` uuid NOT NULL, `hash` blob NOT NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `used_at` datetime NULL, `session_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_refresh_tokens_identity_sessions_refresh_tokens` FOREIGN KEY (`session_id`) REFERENCES `identity_sessions` (`id`) ON DELETE CASCADE);
-- create index "identity_refresh_tokens_hash" to table: "identity_refresh_tokens"
CREATE UNIQUE INDEX `identity_refresh_tokens_hash` ON `identity_refresh_tokens` (`hash`);
-- create index "identity_refresh_tokens_session" to table: "identity_refresh_tokens"
CREATE INDEX `identity_refresh_tokens_session` ON `identity_refresh_tokens` (`session_id`);
-- create index "identity_refresh_tokens_expires" to table: "identity_refresh_tokens"
CREATE INDEX `identity_refresh_tokens_expires` ON `identity_refresh_tokens` (`expires_at`);
-- create "identity_grants" table
CREATE TABLE `identity_grants` (`id` uuid NOT NULL, `permission` text NOT NULL, `resource` text NOT NULL, `granted_by` uuid NOT NULL, `created_at` datetime NOT NULL, `accepted_at` datetime NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_grants_identity_users_resource_grants` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
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
-- full text over the words that the program makes of name and address; the tokenizer splits at spaces and changes nothing.
-- The numbers of its rows stand in a table of their own, because those of "identity_users" may change when the file is compacted
CREATE TABLE `identity_users_search_rows` (`id` integer NOT NULL PRIMARY KEY, `user_id` uuid NOT NULL);
CREATE UNIQUE INDEX `identity_users_search_rows_user` ON `identity_users_search_rows` (`user_id`);
CREATE VIRTUAL TABLE `identity_users_search` USING fts5(words, tokenize = "ascii", prefix = '1 2 3');
-- who is erased leaves no words behind
INSERT INTO `identity_users_search` (`identity_users_search`, `rank`) VALUES ('secure-delete', 1);
-- +goose StatementBegin
CREATE TRIGGER `identity_users_search_insert` AFTER INSERT ON `identity_users` BEGIN
  INSERT INTO `identity_users_search_rows` (`user_id`) VALUES (new.`id`);
  INSERT INTO `identity_users_search` (`rowid`, `words`) SELECT `id`, coalesce(new.`search_words`, '') FROM `identity_users_search_rows` WHERE `user_id` = new.`id`;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `identity_users_search_update` AFTER UPDATE OF `search_words` ON `identity_users`
WHEN new.`search_words` IS NOT old.`search_words` BEGIN
  UPDATE `identity_users_search` SET `words` = coalesce(new.`search_words`, '') WHERE `rowid` = (SELECT `id` FROM `identity_users_search_rows` WHERE `user_id` = new.`id`);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `identity_users_search_delete` AFTER DELETE ON `identity_users` BEGIN
  DELETE FROM `identity_users_search` WHERE `rowid` = (SELECT `id` FROM `identity_users_search_rows` WHERE `user_id` = old.`id`);
  DELETE FROM `identity_users_search_rows` WHERE `user_id` = old.`id`;
END;
-- +goose StatementEnd
-- who writes a name without its words, as a statement of one's own does, has them made at the next search
-- +goose StatementBegin
CREATE TRIGGER `identity_users_unfold` AFTER UPDATE OF `name`, `email` ON `identity_users`
WHEN (new.`name` <> old.`name` OR new.`email` <> old.`email`) AND new.`search_words` IS NOT NULL AND new.`search_words` IS old.`search_words` BEGIN
  UPDATE `identity_users` SET `search_words` = NULL WHERE `id` = new.`id`;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER `identity_users_unfold`;
DROP TRIGGER `identity_users_search_delete`;
DROP TRIGGER `identity_users_search_update`;
DROP TRIGGER `identity_users_search_insert`;
DROP TABLE `identity_users_search`;
DROP TABLE `identity_users_search_rows`;
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
-- reverse: create index "identity_refresh_tokens_expires" to table: "identity_refresh_tokens"
DROP INDEX `identity_refresh_tokens_expires`;
-- reverse: create index "identity_refresh_tokens_session" to table: "identity_refresh_tokens"
DROP INDEX `identity_refresh_tokens_session`;
-- reverse: create index "identity_refresh_tokens_hash" to table: "identity_refresh_tokens"
DROP INDEX `identity_refresh_tokens_hash`;
-- reverse: create "identity_refresh_tokens" table
DROP TABLE `identity_refresh_tokens`;
-- reverse: create index "identity_sessions_revoked" to table: "identity_sessions"
DROP INDEX `identity_sessions_revoked`;
-- reverse: create index "identity_sessions_seen" to table: "identity_sessions"
DROP INDEX `identity_sessions_seen`;
-- reverse: create index "identity_sessions_expires" to table: "identity_sessions"
DROP INDEX `identity_sessions_expires`;
-- reverse: create index "identity_sessions_user" to table: "identity_sessions"
DROP INDEX `identity_sessions_user`;
-- reverse: create index "identity_sessions_token" to table: "identity_sessions"
DROP INDEX `identity_sessions_token`;
-- reverse: create "identity_sessions" table
DROP TABLE `identity_sessions`;
-- reverse: create index "identity_recovery_codes_code" to table: "identity_recovery_codes"
DROP INDEX `identity_recovery_codes_code`;
-- reverse: create "identity_recovery_codes" table
DROP TABLE `identity_recovery_codes`;
-- reverse: create index "identity_personal_tokens_expires" to table: "identity_personal_tokens"
DROP INDEX `identity_personal_tokens_expires`;
-- reverse: create index "identity_personal_tokens_revoked" to table: "identity_personal_tokens"
DROP INDEX `identity_personal_tokens_revoked`;
-- reverse: create index "identity_personal_tokens_user" to table: "identity_personal_tokens"
DROP INDEX `identity_personal_tokens_user`;
-- reverse: create index "identity_personal_tokens_hash" to table: "identity_personal_tokens"
DROP INDEX `identity_personal_tokens_hash`;
-- reverse: create "identity_personal_tokens" table
DROP TABLE `identity_personal_tokens`;
-- reverse: create index "identity_pending_emails_expires" to table: "identity_pending_emails"
DROP INDEX `identity_pending_emails_expires`;
-- reverse: create index "identity_pending_emails_user_id_key" to table: "identity_pending_emails"
DROP INDEX `identity_pending_emails_user_id_key`;
-- reverse: create "identity_pending_emails" table
DROP TABLE `identity_pending_emails`;
-- reverse: create index "identity_passkeys_user" to table: "identity_passkeys"
DROP INDEX `identity_passkeys_user`;
-- reverse: create index "identity_passkeys_credential" to table: "identity_passkeys"
DROP INDEX `identity_passkeys_credential`;
-- reverse: create "identity_passkeys" table
DROP TABLE `identity_passkeys`;
-- reverse: create index "identity_oauth_flows_expires" to table: "identity_oauth_flows"
DROP INDEX `identity_oauth_flows_expires`;
-- reverse: create index "identity_oauth_flows_state" to table: "identity_oauth_flows"
DROP INDEX `identity_oauth_flows_state`;
-- reverse: create "identity_oauth_flows" table
DROP TABLE `identity_oauth_flows`;
-- reverse: create index "identity_memberships_user" to table: "identity_memberships"
DROP INDEX `identity_memberships_user`;
-- reverse: create index "identity_memberships_member" to table: "identity_memberships"
DROP INDEX `identity_memberships_member`;
-- reverse: create "identity_memberships" table
DROP TABLE `identity_memberships`;
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
-- reverse: create index "identity_external_user" to table: "identity_external"
DROP INDEX `identity_external_user`;
-- reverse: create index "identity_external_subject" to table: "identity_external"
DROP INDEX `identity_external_subject`;
-- reverse: create "identity_external" table
DROP TABLE `identity_external`;
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
-- reverse: create "identity_organizations" table
DROP TABLE `identity_organizations`;
-- reverse: create index "identity_credentials_user_id_key" to table: "identity_credentials"
DROP INDEX `identity_credentials_user_id_key`;
-- reverse: create "identity_credentials" table
DROP TABLE `identity_credentials`;
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
-- reverse: create index "identity_users_erase" to table: "identity_users"
DROP INDEX `identity_users_erase`;
-- reverse: create index "identity_users_suspended" to table: "identity_users"
DROP INDEX `identity_users_suspended`;
-- reverse: create index "identity_users_unfolded" to table: "identity_users"
DROP INDEX `identity_users_unfolded`;
-- reverse: create index "identity_users_role" to table: "identity_users"
DROP INDEX `identity_users_role`;
-- reverse: create index "identity_users_created" to table: "identity_users"
DROP INDEX `identity_users_created`;
-- reverse: create index "identity_users_email" to table: "identity_users"
DROP INDEX `identity_users_email`;
-- reverse: create "identity_users" table
DROP TABLE `identity_users`;
