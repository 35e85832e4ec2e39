-- +goose Up
-- create "platform_audit" table
CREATE TABLE `platform_audit` (`id` uuid NOT NULL, `actor` text NOT NULL, `action` text NOT NULL, `resource` text NOT NULL, `address` text NOT NULL, `impersonator` text NULL, `detail` text NULL, `times` integer NOT NULL DEFAULT (1), `at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "platform_audit_resource" to table: "platform_audit"
CREATE INDEX `platform_audit_resource` ON `platform_audit` (`resource`, `at`);
-- create index "platform_audit_actor" to table: "platform_audit"
CREATE INDEX `platform_audit_actor` ON `platform_audit` (`actor`, `at`);
-- create index "platform_audit_action" to table: "platform_audit"
CREATE INDEX `platform_audit_action` ON `platform_audit` (`action`, `at`);
-- create index "platform_audit_at" to table: "platform_audit"
CREATE INDEX `platform_audit_at` ON `platform_audit` (`at`, `id`);
-- create index "platform_audit_impersonator" to table: "platform_audit"
CREATE INDEX `platform_audit_impersonator` ON `platform_audit` (`impersonator`, `at`) WHERE impersonator <> '';
-- create "platform_events" table
CREATE TABLE `platform_events` (`id` uuid NOT NULL, `name` text NOT NULL, `occurred_at` datetime NOT NULL, `payload` blob NOT NULL, PRIMARY KEY (`id`));
-- create index "platform_events_name" to table: "platform_events"
CREATE INDEX `platform_events_name` ON `platform_events` (`name`, `occurred_at`);
-- create index "platform_events_at" to table: "platform_events"
CREATE INDEX `platform_events_at` ON `platform_events` (`occurred_at`, `id`);
-- create "platform_inbox" table
CREATE TABLE `platform_inbox` (`id` uuid NOT NULL, `event_id` uuid NOT NULL, `subscriber` text NOT NULL, `recorded_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "platform_inbox_once" to table: "platform_inbox"
CREATE UNIQUE INDEX `platform_inbox_once` ON `platform_inbox` (`event_id`, `subscriber`);
-- create index "platform_inbox_at" to table: "platform_inbox"
CREATE INDEX `platform_inbox_at` ON `platform_inbox` (`recorded_at`);
-- create "platform_invalidations" table
CREATE TABLE `platform_invalidations` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `origin` text NOT NULL, `tags` text NOT NULL, `at` datetime NOT NULL);
-- create index "platform_invalidations_at" to table: "platform_invalidations"
CREATE INDEX `platform_invalidations_at` ON `platform_invalidations` (`at`);
-- create "job_workers" table
CREATE TABLE `job_workers` (`id` text NOT NULL, `seen_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create "platform_mail_failures" table
CREATE TABLE `platform_mail_failures` (`id` uuid NOT NULL, `kind` text NOT NULL, `payload` blob NOT NULL, `recipient` text NOT NULL, `reason` text NOT NULL, `failed_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "platform_mail_failures_at" to table: "platform_mail_failures"
CREATE INDEX `platform_mail_failures_at` ON `platform_mail_failures` (`failed_at`, `id`);
-- create index "platform_mail_failures_recipient" to table: "platform_mail_failures"
CREATE INDEX `platform_mail_failures_recipient` ON `platform_mail_failures` (`recipient`);

-- +goose Down
-- reverse: create index "platform_mail_failures_recipient" to table: "platform_mail_failures"
DROP INDEX `platform_mail_failures_recipient`;
-- reverse: create index "platform_mail_failures_at" to table: "platform_mail_failures"
DROP INDEX `platform_mail_failures_at`;
-- reverse: create "platform_mail_failures" table
DROP TABLE `platform_mail_failures`;
-- reverse: create "job_workers" table
DROP TABLE `job_workers`;
-- reverse: create index "platform_invalidations_at" to table: "platform_invalidations"
DROP INDEX `platform_invalidations_at`;
-- reverse: create "platform_invalidations" table
DROP TABLE `platform_invalidations`;
-- reverse: create index "platform_inbox_at" to table: "platform_inbox"
DROP INDEX `platform_inbox_at`;
-- reverse: create index "platform_inbox_once" to table: "platform_inbox"
DROP INDEX `platform_inbox_once`;
-- reverse: create "platform_inbox" table
DROP TABLE `platform_inbox`;
-- reverse: create index "platform_events_at" to table: "platform_events"
DROP INDEX `platform_events_at`;
-- reverse: create index "platform_events_name" to table: "platform_events"
DROP INDEX `platform_events_name`;
-- reverse: create "platform_events" table
DROP TABLE `platform_events`;
-- reverse: create index "platform_audit_impersonator" to table: "platform_audit"
DROP INDEX `platform_audit_impersonator`;
-- reverse: create index "platform_audit_at" to table: "platform_audit"
DROP INDEX `platform_audit_at`;
-- reverse: create index "platform_audit_action" to table: "platform_audit"
DROP INDEX `platform_audit_action`;
-- reverse: create index "platform_audit_actor" to table: "platform_audit"
DROP INDEX `platform_audit_actor`;
-- reverse: create index "platform_audit_resource" to table: "platform_audit"
DROP INDEX `platform_audit_resource`;
-- reverse: create "platform_audit" table
DROP TABLE `platform_audit`;
