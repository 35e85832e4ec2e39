-- +goose Up
-- add column "detail" to table: "platform_audit"
ALTER TABLE `platform_audit` ADD COLUMN `detail` text NULL;
-- create index "platform_audit_impersonator" to table: "platform_audit"
CREATE INDEX `platform_audit_impersonator` ON `platform_audit` (`impersonator`, `at`) WHERE impersonator <> '';

-- +goose Down
-- reverse: create index "platform_audit_impersonator" to table: "platform_audit"
DROP INDEX `platform_audit_impersonator`;
-- reverse: add column "detail" to table: "platform_audit"
ALTER TABLE `platform_audit` DROP COLUMN `detail`;
