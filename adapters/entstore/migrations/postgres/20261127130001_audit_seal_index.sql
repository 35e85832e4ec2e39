-- +goose NO TRANSACTION
-- +goose Up
-- create index "platform_audit_seal" to table: "platform_audit"
DROP INDEX CONCURRENTLY IF EXISTS "platform_audit_seal";
CREATE INDEX CONCURRENTLY "platform_audit_seal" ON "platform_audit" ("seal", "at");

-- +goose Down
-- reverse: create index "platform_audit_seal" to table: "platform_audit"
DROP INDEX IF EXISTS "platform_audit_seal";
