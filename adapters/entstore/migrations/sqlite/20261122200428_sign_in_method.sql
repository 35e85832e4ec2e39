-- +goose Up
-- add column "method" to table: "identity_sessions"
ALTER TABLE `identity_sessions` ADD COLUMN `method` text NULL;
-- add column "provider" to table: "identity_sessions"
ALTER TABLE `identity_sessions` ADD COLUMN `provider` text NULL;
-- add column "second_factor" to table: "identity_sessions"
ALTER TABLE `identity_sessions` ADD COLUMN `second_factor` text NULL;
-- add column "agreed" to table: "identity_mail_tokens"
ALTER TABLE `identity_mail_tokens` ADD COLUMN `agreed` json NULL;
-- add column "address" to table: "identity_mail_tokens"
ALTER TABLE `identity_mail_tokens` ADD COLUMN `address` text NULL;

-- +goose Down
-- reverse: add column "address" to table: "identity_mail_tokens"
ALTER TABLE `identity_mail_tokens` DROP COLUMN `address`;
-- reverse: add column "agreed" to table: "identity_mail_tokens"
ALTER TABLE `identity_mail_tokens` DROP COLUMN `agreed`;
-- reverse: add column "second_factor" to table: "identity_sessions"
ALTER TABLE `identity_sessions` DROP COLUMN `second_factor`;
-- reverse: add column "provider" to table: "identity_sessions"
ALTER TABLE `identity_sessions` DROP COLUMN `provider`;
-- reverse: add column "method" to table: "identity_sessions"
ALTER TABLE `identity_sessions` DROP COLUMN `method`;
