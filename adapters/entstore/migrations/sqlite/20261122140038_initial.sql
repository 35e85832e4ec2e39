-- +goose Up
-- create "billing_accounts" table
CREATE TABLE `billing_accounts` (`id` uuid NOT NULL, `organization_id` uuid NOT NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "billing_accounts_organization" to table: "billing_accounts"
CREATE UNIQUE INDEX `billing_accounts_organization` ON `billing_accounts` (`organization_id`);
-- create "platform_audit" table
CREATE TABLE `platform_audit` (`id` uuid NOT NULL, `actor` text NOT NULL, `action` text NOT NULL, `resource` text NOT NULL, `address` text NOT NULL, `at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "platform_audit_resource" to table: "platform_audit"
CREATE INDEX `platform_audit_resource` ON `platform_audit` (`resource`, `at`);
-- create index "platform_audit_actor" to table: "platform_audit"
CREATE INDEX `platform_audit_actor` ON `platform_audit` (`actor`, `at`);
-- create "content_authors" table
CREATE TABLE `content_authors` (`id` uuid NOT NULL, `handle` text NOT NULL, `name` text NOT NULL, PRIMARY KEY (`id`));
-- create index "content_authors_handle" to table: "content_authors"
CREATE UNIQUE INDEX `content_authors_handle` ON `content_authors` (`handle`);
-- create "billing_checkouts" table
CREATE TABLE `billing_checkouts` (`id` uuid NOT NULL, `price_id` uuid NOT NULL, `started_by` uuid NOT NULL, `provider` text NOT NULL, `provider_ref` text NOT NULL, `url` text NOT NULL, `idempotency_key` text NULL, `request_hash` blob NULL, `status` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `version` integer NOT NULL, `account_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `billing_checkouts_billing_accounts_checkouts` FOREIGN KEY (`account_id`) REFERENCES `billing_accounts` (`id`) ON DELETE CASCADE);
-- create index "billing_checkouts_key" to table: "billing_checkouts"
CREATE UNIQUE INDEX `billing_checkouts_key` ON `billing_checkouts` (`account_id`, `idempotency_key`);
-- create index "billing_checkouts_latest" to table: "billing_checkouts"
CREATE INDEX `billing_checkouts_latest` ON `billing_checkouts` (`account_id`, `created_at`, `id`);
-- create "identity_users" table
CREATE TABLE `identity_users` (`id` uuid NOT NULL, `email` text NOT NULL, `email_verified` bool NOT NULL, `name` text NOT NULL, `role` text NOT NULL, `suspended_at` datetime NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `version` integer NOT NULL, PRIMARY KEY (`id`));
-- create index "identity_users_email" to table: "identity_users"
CREATE UNIQUE INDEX `identity_users_email` ON `identity_users` (`email`);
-- create "identity_credentials" table
CREATE TABLE `identity_credentials` (`id` uuid NOT NULL, `hash` text NOT NULL, `changed_at` datetime NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_credentials_identity_users_credential` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_credentials_user_id_key" to table: "identity_credentials"
CREATE UNIQUE INDEX `identity_credentials_user_id_key` ON `identity_credentials` (`user_id`);
-- create "platform_events" table
CREATE TABLE `platform_events` (`id` uuid NOT NULL, `name` text NOT NULL, `occurred_at` datetime NOT NULL, `payload` blob NOT NULL, PRIMARY KEY (`id`));
-- create index "platform_events_name" to table: "platform_events"
CREATE INDEX `platform_events_name` ON `platform_events` (`name`, `occurred_at`);
-- create "identity_external" table
CREATE TABLE `identity_external` (`id` uuid NOT NULL, `provider` text NOT NULL, `subject` text NOT NULL, `email` text NOT NULL, `created_at` datetime NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_external_identity_users_identities` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_external_subject" to table: "identity_external"
CREATE UNIQUE INDEX `identity_external_subject` ON `identity_external` (`provider`, `subject`);
-- create index "identity_external_user" to table: "identity_external"
CREATE INDEX `identity_external_user` ON `identity_external` (`user_id`, `created_at`);
-- create "platform_inbox" table
CREATE TABLE `platform_inbox` (`id` uuid NOT NULL, `event_id` uuid NOT NULL, `subscriber` text NOT NULL, `recorded_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "platform_inbox_once" to table: "platform_inbox"
CREATE UNIQUE INDEX `platform_inbox_once` ON `platform_inbox` (`event_id`, `subscriber`);
-- create "identity_organizations" table
CREATE TABLE `identity_organizations` (`id` uuid NOT NULL, `name` text NOT NULL, `personal` bool NOT NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create "identity_memberships" table
CREATE TABLE `identity_memberships` (`id` uuid NOT NULL, `role` text NOT NULL, `created_at` datetime NOT NULL, `organization_id` uuid NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_memberships_identity_organizations_memberships` FOREIGN KEY (`organization_id`) REFERENCES `identity_organizations` (`id`) ON DELETE CASCADE, CONSTRAINT `identity_memberships_identity_users_memberships` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_memberships_member" to table: "identity_memberships"
CREATE UNIQUE INDEX `identity_memberships_member` ON `identity_memberships` (`organization_id`, `user_id`);
-- create index "identity_memberships_user" to table: "identity_memberships"
CREATE INDEX `identity_memberships_user` ON `identity_memberships` (`user_id`, `created_at`);
-- create "identity_oauth_flows" table
CREATE TABLE `identity_oauth_flows` (`id` uuid NOT NULL, `state_hash` blob NOT NULL, `browser_hash` blob NOT NULL, `provider` text NOT NULL, `nonce` text NOT NULL, `verifier` text NOT NULL, `session` text NOT NULL, `return_to` text NOT NULL, `expires_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "identity_oauth_flows_state" to table: "identity_oauth_flows"
CREATE UNIQUE INDEX `identity_oauth_flows_state` ON `identity_oauth_flows` (`state_hash`);
-- create index "identity_oauth_flows_expires" to table: "identity_oauth_flows"
CREATE INDEX `identity_oauth_flows_expires` ON `identity_oauth_flows` (`expires_at`);
-- create "billing_plans" table
CREATE TABLE `billing_plans` (`id` uuid NOT NULL, `code` text NOT NULL, `name` text NOT NULL, `summary` text NOT NULL, `entitlements` json NOT NULL, `position` integer NOT NULL, PRIMARY KEY (`id`));
-- create index "billing_plans_code" to table: "billing_plans"
CREATE UNIQUE INDEX `billing_plans_code` ON `billing_plans` (`code`);
-- create "content_posts" table
CREATE TABLE `content_posts` (`id` uuid NOT NULL, `author_id` uuid NOT NULL, `slug` text NOT NULL, `title` text NOT NULL, `visibility` text NOT NULL, `status` text NOT NULL, `published_at` datetime NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `version` integer NOT NULL, `reading_minutes` integer NOT NULL, `tags` json NOT NULL, `excerpt` text NOT NULL, `teaser` text NOT NULL, `body` text NOT NULL, `markdown` text NOT NULL, PRIMARY KEY (`id`));
-- create index "content_posts_slug" to table: "content_posts"
CREATE UNIQUE INDEX `content_posts_slug` ON `content_posts` (`slug`);
-- create index "content_posts_published" to table: "content_posts"
CREATE INDEX `content_posts_published` ON `content_posts` (`published_at`, `id`) WHERE status = 'published';
-- create index "content_posts_author_published" to table: "content_posts"
CREATE INDEX `content_posts_author_published` ON `content_posts` (`author_id`, `published_at`, `id`) WHERE status = 'published';
-- create index "content_posts_updated" to table: "content_posts"
CREATE INDEX `content_posts_updated` ON `content_posts` (`updated_at`, `id`);
-- create index "content_posts_author_updated" to table: "content_posts"
CREATE INDEX `content_posts_author_updated` ON `content_posts` (`author_id`, `updated_at`, `id`);
-- create "content_post_tags" table
CREATE TABLE `content_post_tags` (`id` uuid NOT NULL, `tag` text NOT NULL, `published_at` datetime NOT NULL, `post_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `content_post_tags_content_posts_tagged` FOREIGN KEY (`post_id`) REFERENCES `content_posts` (`id`) ON DELETE CASCADE);
-- create index "content_post_tags_post" to table: "content_post_tags"
CREATE UNIQUE INDEX `content_post_tags_post` ON `content_post_tags` (`post_id`, `tag`);
-- create index "content_post_tags_list" to table: "content_post_tags"
CREATE INDEX `content_post_tags_list` ON `content_post_tags` (`tag`, `published_at`, `post_id`);
-- create "billing_prices" table
CREATE TABLE `billing_prices` (`id` uuid NOT NULL, `interval` text NOT NULL, `amount` integer NOT NULL, `currency` text NOT NULL, `retired` bool NOT NULL, `plan_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `billing_prices_billing_plans_prices` FOREIGN KEY (`plan_id`) REFERENCES `billing_plans` (`id`) ON DELETE CASCADE);
-- create index "billing_prices_plan" to table: "billing_prices"
CREATE INDEX `billing_prices_plan` ON `billing_prices` (`plan_id`);
-- create "identity_sessions" table
CREATE TABLE `identity_sessions` (`id` uuid NOT NULL, `kind` text NOT NULL, `token_hash` blob NOT NULL, `user_agent` text NOT NULL, `address` text NOT NULL, `created_at` datetime NOT NULL, `last_seen_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `revoked_at` datetime NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_sessions_identity_users_sessions` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
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
-- create "content_revisions" table
CREATE TABLE `content_revisions` (`id` uuid NOT NULL, `number` integer NOT NULL, `editor_id` uuid NOT NULL, `slug` text NOT NULL, `title` text NOT NULL, `visibility` text NOT NULL, `tags` json NOT NULL, `excerpt` text NOT NULL, `markdown` text NOT NULL, `saved_at` datetime NOT NULL, `post_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `content_revisions_content_posts_revisions` FOREIGN KEY (`post_id`) REFERENCES `content_posts` (`id`) ON DELETE CASCADE);
-- create index "content_revisions_number" to table: "content_revisions"
CREATE UNIQUE INDEX `content_revisions_number` ON `content_revisions` (`post_id`, `number`);
-- create "billing_subscriptions" table
CREATE TABLE `billing_subscriptions` (`id` uuid NOT NULL, `plan_code` text NOT NULL, `price_id` uuid NOT NULL, `amount` integer NOT NULL, `currency` text NOT NULL, `provider` text NOT NULL, `provider_ref` text NULL, `status` text NOT NULL, `started_at` datetime NOT NULL, `period_end` datetime NOT NULL, `ended_at` datetime NULL, `updated_at` datetime NOT NULL, `version` integer NOT NULL, `account_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `billing_subscriptions_billing_accounts_subscriptions` FOREIGN KEY (`account_id`) REFERENCES `billing_accounts` (`id`) ON DELETE CASCADE);
-- create index "billing_subscriptions_live" to table: "billing_subscriptions"
CREATE UNIQUE INDEX `billing_subscriptions_live` ON `billing_subscriptions` (`account_id`) WHERE status <> 'ended';
-- create index "billing_subscriptions_ref" to table: "billing_subscriptions"
CREATE UNIQUE INDEX `billing_subscriptions_ref` ON `billing_subscriptions` (`provider`, `provider_ref`);
-- create index "billing_subscriptions_due" to table: "billing_subscriptions"
CREATE INDEX `billing_subscriptions_due` ON `billing_subscriptions` (`period_end`, `id`) WHERE status <> 'ended';
-- create index "billing_subscriptions_account" to table: "billing_subscriptions"
CREATE INDEX `billing_subscriptions_account` ON `billing_subscriptions` (`account_id`, `started_at`);
-- create "billing_webhooks" table
CREATE TABLE `billing_webhooks` (`id` uuid NOT NULL, `provider` text NOT NULL, `event_id` text NOT NULL, `body` blob NOT NULL, `received_at` datetime NOT NULL, `processed_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "billing_webhooks_event" to table: "billing_webhooks"
CREATE UNIQUE INDEX `billing_webhooks_event` ON `billing_webhooks` (`provider`, `event_id`);

-- +goose Down
-- reverse: create index "billing_webhooks_event" to table: "billing_webhooks"
DROP INDEX `billing_webhooks_event`;
-- reverse: create "billing_webhooks" table
DROP TABLE `billing_webhooks`;
-- reverse: create index "billing_subscriptions_account" to table: "billing_subscriptions"
DROP INDEX `billing_subscriptions_account`;
-- reverse: create index "billing_subscriptions_due" to table: "billing_subscriptions"
DROP INDEX `billing_subscriptions_due`;
-- reverse: create index "billing_subscriptions_ref" to table: "billing_subscriptions"
DROP INDEX `billing_subscriptions_ref`;
-- reverse: create index "billing_subscriptions_live" to table: "billing_subscriptions"
DROP INDEX `billing_subscriptions_live`;
-- reverse: create "billing_subscriptions" table
DROP TABLE `billing_subscriptions`;
-- reverse: create index "content_revisions_number" to table: "content_revisions"
DROP INDEX `content_revisions_number`;
-- reverse: create "content_revisions" table
DROP TABLE `content_revisions`;
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
-- reverse: create index "billing_prices_plan" to table: "billing_prices"
DROP INDEX `billing_prices_plan`;
-- reverse: create "billing_prices" table
DROP TABLE `billing_prices`;
-- reverse: create index "content_post_tags_list" to table: "content_post_tags"
DROP INDEX `content_post_tags_list`;
-- reverse: create index "content_post_tags_post" to table: "content_post_tags"
DROP INDEX `content_post_tags_post`;
-- reverse: create "content_post_tags" table
DROP TABLE `content_post_tags`;
-- reverse: create index "content_posts_author_updated" to table: "content_posts"
DROP INDEX `content_posts_author_updated`;
-- reverse: create index "content_posts_updated" to table: "content_posts"
DROP INDEX `content_posts_updated`;
-- reverse: create index "content_posts_author_published" to table: "content_posts"
DROP INDEX `content_posts_author_published`;
-- reverse: create index "content_posts_published" to table: "content_posts"
DROP INDEX `content_posts_published`;
-- reverse: create index "content_posts_slug" to table: "content_posts"
DROP INDEX `content_posts_slug`;
-- reverse: create "content_posts" table
DROP TABLE `content_posts`;
-- reverse: create index "billing_plans_code" to table: "billing_plans"
DROP INDEX `billing_plans_code`;
-- reverse: create "billing_plans" table
DROP TABLE `billing_plans`;
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
-- reverse: create "identity_organizations" table
DROP TABLE `identity_organizations`;
-- reverse: create index "platform_inbox_once" to table: "platform_inbox"
DROP INDEX `platform_inbox_once`;
-- reverse: create "platform_inbox" table
DROP TABLE `platform_inbox`;
-- reverse: create index "identity_external_user" to table: "identity_external"
DROP INDEX `identity_external_user`;
-- reverse: create index "identity_external_subject" to table: "identity_external"
DROP INDEX `identity_external_subject`;
-- reverse: create "identity_external" table
DROP TABLE `identity_external`;
-- reverse: create index "platform_events_name" to table: "platform_events"
DROP INDEX `platform_events_name`;
-- reverse: create "platform_events" table
DROP TABLE `platform_events`;
-- reverse: create index "identity_credentials_user_id_key" to table: "identity_credentials"
DROP INDEX `identity_credentials_user_id_key`;
-- reverse: create "identity_credentials" table
DROP TABLE `identity_credentials`;
-- reverse: create index "identity_users_email" to table: "identity_users"
DROP INDEX `identity_users_email`;
-- reverse: create "identity_users" table
DROP TABLE `identity_users`;
-- reverse: create index "billing_checkouts_latest" to table: "billing_checkouts"
DROP INDEX `billing_checkouts_latest`;
-- reverse: create index "billing_checkouts_key" to table: "billing_checkouts"
DROP INDEX `billing_checkouts_key`;
-- reverse: create "billing_checkouts" table
DROP TABLE `billing_checkouts`;
-- reverse: create index "content_authors_handle" to table: "content_authors"
DROP INDEX `content_authors_handle`;
-- reverse: create "content_authors" table
DROP TABLE `content_authors`;
-- reverse: create index "platform_audit_actor" to table: "platform_audit"
DROP INDEX `platform_audit_actor`;
-- reverse: create index "platform_audit_resource" to table: "platform_audit"
DROP INDEX `platform_audit_resource`;
-- reverse: create "platform_audit" table
DROP TABLE `platform_audit`;
-- reverse: create index "billing_accounts_organization" to table: "billing_accounts"
DROP INDEX `billing_accounts_organization`;
-- reverse: create "billing_accounts" table
DROP TABLE `billing_accounts`;
