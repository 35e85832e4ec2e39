-- +goose Up
-- create index "platform_audit_seal" to table: "platform_audit"
CREATE INDEX `platform_audit_seal` ON `platform_audit` (`seal`, `at`);

-- +goose Down
-- reverse: create index "platform_audit_seal" to table: "platform_audit"
DROP INDEX `platform_audit_seal`;
