-- +goose Up
-- create "billing_accounts" table
CREATE TABLE `billing_accounts` (`id` uuid NOT NULL, `organization_id` uuid NOT NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "billing_accounts_organization" to table: "billing_accounts"
CREATE UNIQUE INDEX `billing_accounts_organization` ON `billing_accounts` (`organization_id`);
-- create "billing_checkouts" table
CREATE TABLE `billing_checkouts` (`id` uuid NOT NULL, `price_id` uuid NOT NULL, `started_by` uuid NOT NULL, `provider` text NOT NULL, `provider_ref` text NOT NULL, `url` text NOT NULL, `idempotency_key` text NULL, `request_hash` blob NULL, `status` text NOT NULL, `holder` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `version` integer NOT NULL, `account_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `billing_checkouts_billing_accounts_checkouts` FOREIGN KEY (`account_id`) REFERENCES `billing_accounts` (`id`) ON DELETE CASCADE);
-- create index "billing_checkouts_key" to table: "billing_checkouts"
CREATE UNIQUE INDEX `billing_checkouts_key` ON `billing_checkouts` (`account_id`, `idempotency_key`);
-- create index "billing_checkouts_latest" to table: "billing_checkouts"
CREATE INDEX `billing_checkouts_latest` ON `billing_checkouts` (`account_id`, `created_at`, `id`);
-- create index "billing_checkouts_open" to table: "billing_checkouts"
CREATE UNIQUE INDEX `billing_checkouts_open` ON `billing_checkouts` (`account_id`) WHERE status <> 'completed' AND status <> 'expired';
-- create "billing_plans" table
CREATE TABLE `billing_plans` (`id` uuid NOT NULL, `code` text NOT NULL, `name` text NOT NULL, `summary` text NOT NULL, `entitlements` json NOT NULL, `position` integer NOT NULL, PRIMARY KEY (`id`));
-- create index "billing_plans_code" to table: "billing_plans"
CREATE UNIQUE INDEX `billing_plans_code` ON `billing_plans` (`code`);
-- create "billing_prices" table
CREATE TABLE `billing_prices` (`id` uuid NOT NULL, `interval` text NOT NULL, `amount` integer NOT NULL, `currency` text NOT NULL, `retired` bool NOT NULL, `plan_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `billing_prices_billing_plans_prices` FOREIGN KEY (`plan_id`) REFERENCES `billing_plans` (`id`) ON DELETE CASCADE);
-- create index "billing_prices_plan" to table: "billing_prices"
CREATE INDEX `billing_prices_plan` ON `billing_prices` (`plan_id`);
-- create "billing_refunds" table
CREATE TABLE `billing_refunds` (`id` uuid NOT NULL, `checkout` text NOT NULL, `account` text NOT NULL, `provider` text NOT NULL, `subscription` text NOT NULL, `amount` integer NOT NULL, `currency` text NOT NULL, `reason` text NOT NULL, `state` text NOT NULL, `attempts` integer NOT NULL, `last_error` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "billing_refunds_subscription" to table: "billing_refunds"
CREATE UNIQUE INDEX `billing_refunds_subscription` ON `billing_refunds` (`provider`, `subscription`);
-- create index "billing_refunds_account" to table: "billing_refunds"
CREATE INDEX `billing_refunds_account` ON `billing_refunds` (`account`, `created_at`);
-- create index "billing_refunds_pending" to table: "billing_refunds"
CREATE INDEX `billing_refunds_pending` ON `billing_refunds` (`created_at`, `id`) WHERE state = 'pending';
-- create "billing_subscriptions" table
CREATE TABLE `billing_subscriptions` (`id` uuid NOT NULL, `plan_code` text NOT NULL, `price_id` uuid NOT NULL, `amount` integer NOT NULL, `currency` text NOT NULL, `provider` text NOT NULL, `provider_ref` text NULL, `status` text NOT NULL, `started_at` datetime NOT NULL, `period_end` datetime NOT NULL, `ended_at` datetime NULL, `end_reason` text NULL, `updated_at` datetime NOT NULL, `version` integer NOT NULL, `account_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `billing_subscriptions_billing_accounts_subscriptions` FOREIGN KEY (`account_id`) REFERENCES `billing_accounts` (`id`) ON DELETE CASCADE);
-- create index "billing_subscriptions_live" to table: "billing_subscriptions"
CREATE UNIQUE INDEX `billing_subscriptions_live` ON `billing_subscriptions` (`account_id`) WHERE status <> 'ended';
-- create index "billing_subscriptions_ref" to table: "billing_subscriptions"
CREATE UNIQUE INDEX `billing_subscriptions_ref` ON `billing_subscriptions` (`provider`, `provider_ref`);
-- create index "billing_subscriptions_due" to table: "billing_subscriptions"
CREATE INDEX `billing_subscriptions_due` ON `billing_subscriptions` (`period_end`, `id`) WHERE status <> 'ended';
-- create index "billing_subscriptions_account" to table: "billing_subscriptions"
CREATE INDEX `billing_subscriptions_account` ON `billing_subscriptions` (`account_id`, `started_at`);
-- create "billing_webhooks" table
CREATE TABLE `billing_webhooks` (`id` uuid NOT NULL, `provider` text NOT NULL, `event_id` text NOT NULL, `body` blob NOT NULL, `kind` text NOT NULL DEFAULT (''), `checkout` text NULL, `subscription` text NULL, `state` text NOT NULL DEFAULT ('applied'), `received_at` datetime NOT NULL, `processed_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "billing_webhooks_event" to table: "billing_webhooks"
CREATE UNIQUE INDEX `billing_webhooks_event` ON `billing_webhooks` (`provider`, `event_id`);
-- create index "billing_webhooks_subscription" to table: "billing_webhooks"
CREATE INDEX `billing_webhooks_subscription` ON `billing_webhooks` (`provider`, `subscription`);
-- create index "billing_webhooks_checkout" to table: "billing_webhooks"
CREATE INDEX `billing_webhooks_checkout` ON `billing_webhooks` (`provider`, `checkout`);
-- create index "billing_webhooks_waiting" to table: "billing_webhooks"
CREATE INDEX `billing_webhooks_waiting` ON `billing_webhooks` (`received_at`, `event_id`) WHERE state = 'waiting';
-- create index "billing_webhooks_received" to table: "billing_webhooks"
CREATE INDEX `billing_webhooks_received` ON `billing_webhooks` (`received_at`) WHERE state = 'received';
-- create index "billing_webhooks_processed" to table: "billing_webhooks"
CREATE INDEX `billing_webhooks_processed` ON `billing_webhooks` (`received_at`) WHERE processed_at IS NOT NULL;

-- +goose Down
-- reverse: create index "billing_webhooks_processed" to table: "billing_webhooks"
DROP INDEX `billing_webhooks_processed`;
-- reverse: create index "billing_webhooks_received" to table: "billing_webhooks"
DROP INDEX `billing_webhooks_received`;
-- reverse: create index "billing_webhooks_waiting" to table: "billing_webhooks"
DROP INDEX `billing_webhooks_waiting`;
-- reverse: create index "billing_webhooks_checkout" to table: "billing_webhooks"
DROP INDEX `billing_webhooks_checkout`;
-- reverse: create index "billing_webhooks_subscription" to table: "billing_webhooks"
DROP INDEX `billing_webhooks_subscription`;
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
-- reverse: create index "billing_refunds_pending" to table: "billing_refunds"
DROP INDEX `billing_refunds_pending`;
-- reverse: create index "billing_refunds_account" to table: "billing_refunds"
DROP INDEX `billing_refunds_account`;
-- reverse: create index "billing_refunds_subscription" to table: "billing_refunds"
DROP INDEX `billing_refunds_subscription`;
-- reverse: create "billing_refunds" table
DROP TABLE `billing_refunds`;
-- reverse: create index "billing_prices_plan" to table: "billing_prices"
DROP INDEX `billing_prices_plan`;
-- reverse: create "billing_prices" table
DROP TABLE `billing_prices`;
-- reverse: create index "billing_plans_code" to table: "billing_plans"
DROP INDEX `billing_plans_code`;
-- reverse: create "billing_plans" table
DROP TABLE `billing_plans`;
-- reverse: create index "billing_checkouts_open" to table: "billing_checkouts"
DROP INDEX `billing_checkouts_open`;
-- reverse: create index "billing_checkouts_latest" to table: "billing_checkouts"
DROP INDEX `billing_checkouts_latest`;
-- reverse: create index "billing_checkouts_key" to table: "billing_checkouts"
DROP INDEX `billing_checkouts_key`;
-- reverse: create "billing_checkouts" table
DROP TABLE `billing_checkouts`;
-- reverse: create index "billing_accounts_organization" to table: "billing_accounts"
DROP INDEX `billing_accounts_organization`;
-- reverse: create "billing_accounts" table
DROP TABLE `billing_accounts`;
