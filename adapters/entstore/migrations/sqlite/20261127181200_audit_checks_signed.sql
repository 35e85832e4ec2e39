-- +goose Up
-- add column "key_id" to table: "platform_audit_checks"
ALTER TABLE `platform_audit_checks` ADD COLUMN `key_id` text NULL;
-- add column "signature" to table: "platform_audit_checks"
ALTER TABLE `platform_audit_checks` ADD COLUMN `signature` blob NULL;

-- +goose Down
-- reverse: add column "signature" to table: "platform_audit_checks"
ALTER TABLE `platform_audit_checks` DROP COLUMN `signature`;
-- reverse: add column "key_id" to table: "platform_audit_checks"
ALTER TABLE `platform_audit_checks` DROP COLUMN `key_id`;
