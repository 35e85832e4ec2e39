-- +goose Up
-- modify "billing_checkouts" table
ALTER TABLE `billing_checkouts` ADD COLUMN `holder` text NOT NULL DEFAULT ('');
-- an account keeps the open checkout that was begun last
UPDATE `billing_checkouts` SET `status` = 'expired' WHERE `status` NOT IN ('completed', 'expired') AND EXISTS (SELECT 1 FROM `billing_checkouts` AS `newer` WHERE `newer`.`account_id` = `billing_checkouts`.`account_id` AND `newer`.`status` NOT IN ('completed', 'expired') AND (`newer`.`created_at` > `billing_checkouts`.`created_at` OR `newer`.`created_at` = `billing_checkouts`.`created_at` AND `newer`.`id` > `billing_checkouts`.`id`));
-- create index "billing_checkouts_open" to table: "billing_checkouts"
CREATE UNIQUE INDEX `billing_checkouts_open` ON `billing_checkouts` (`account_id`) WHERE status <> 'completed' AND status <> 'expired';
-- add column "end_reason" to table: "billing_subscriptions"
ALTER TABLE `billing_subscriptions` ADD COLUMN `end_reason` text NULL;
-- modify "billing_webhooks" table
ALTER TABLE `billing_webhooks` ADD COLUMN `kind` text NOT NULL DEFAULT ('');
ALTER TABLE `billing_webhooks` ADD COLUMN `checkout` text NULL;
ALTER TABLE `billing_webhooks` ADD COLUMN `subscription` text NULL;
ALTER TABLE `billing_webhooks` ADD COLUMN `state` text NOT NULL DEFAULT ('applied');
-- create index "billing_webhooks_subscription" to table: "billing_webhooks"
CREATE INDEX `billing_webhooks_subscription` ON `billing_webhooks` (`provider`, `subscription`);
-- create index "billing_webhooks_checkout" to table: "billing_webhooks"
CREATE INDEX `billing_webhooks_checkout` ON `billing_webhooks` (`provider`, `checkout`);
-- create index "billing_webhooks_waiting" to table: "billing_webhooks"
CREATE INDEX `billing_webhooks_waiting` ON `billing_webhooks` (`received_at`, `event_id`) WHERE state = 'waiting';
-- create "billing_refunds" table
CREATE TABLE `billing_refunds` (`id` uuid NOT NULL, `checkout` text NOT NULL, `account` text NOT NULL, `provider` text NOT NULL, `subscription` text NOT NULL, `amount` integer NOT NULL, `currency` text NOT NULL, `reason` text NOT NULL, `state` text NOT NULL, `attempts` integer NOT NULL, `last_error` text NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "billing_refunds_subscription" to table: "billing_refunds"
CREATE UNIQUE INDEX `billing_refunds_subscription` ON `billing_refunds` (`provider`, `subscription`);
-- create index "billing_refunds_account" to table: "billing_refunds"
CREATE INDEX `billing_refunds_account` ON `billing_refunds` (`account`, `created_at`);
-- create index "billing_refunds_pending" to table: "billing_refunds"
CREATE INDEX `billing_refunds_pending` ON `billing_refunds` (`created_at`, `id`) WHERE state = 'pending';

-- +goose Down
-- reverse: create "billing_refunds" table
DROP TABLE `billing_refunds`;
-- reverse: create index "billing_webhooks_waiting" to table: "billing_webhooks"
DROP INDEX `billing_webhooks_waiting`;
-- reverse: create index "billing_webhooks_checkout" to table: "billing_webhooks"
DROP INDEX `billing_webhooks_checkout`;
-- reverse: create index "billing_webhooks_subscription" to table: "billing_webhooks"
DROP INDEX `billing_webhooks_subscription`;
-- reverse: modify "billing_webhooks" table
ALTER TABLE `billing_webhooks` DROP COLUMN `state`;
ALTER TABLE `billing_webhooks` DROP COLUMN `subscription`;
ALTER TABLE `billing_webhooks` DROP COLUMN `checkout`;
ALTER TABLE `billing_webhooks` DROP COLUMN `kind`;
-- reverse: add column "end_reason" to table: "billing_subscriptions"
ALTER TABLE `billing_subscriptions` DROP COLUMN `end_reason`;
-- reverse: create index "billing_checkouts_open" to table: "billing_checkouts"
DROP INDEX `billing_checkouts_open`;
-- reverse: modify "billing_checkouts" table
ALTER TABLE `billing_checkouts` DROP COLUMN `holder`;
