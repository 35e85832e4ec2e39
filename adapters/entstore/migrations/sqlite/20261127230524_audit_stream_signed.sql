-- +goose Up
-- add column "key_id" to table: "platform_audit_streams"
ALTER TABLE `platform_audit_streams` ADD COLUMN `key_id` text NULL;
-- add column "signature" to table: "platform_audit_streams"
ALTER TABLE `platform_audit_streams` ADD COLUMN `signature` blob NULL;

-- +goose Down
-- reverse: add column "signature" to table: "platform_audit_streams"
ALTER TABLE `platform_audit_streams` DROP COLUMN `signature`;
-- reverse: add column "key_id" to table: "platform_audit_streams"
ALTER TABLE `platform_audit_streams` DROP COLUMN `key_id`;
