-- +goose NO TRANSACTION
-- +goose Up
-- modify "platform_audit" table
ALTER TABLE "platform_audit" ALTER COLUMN "counted" SET DEFAULT true;
-- What a program from before there were seals has written, it may still count.
UPDATE "platform_audit" SET "counted" = true WHERE "seal" = 0 AND "at" > now() - interval '3 hours';
-- create index "platform_audit_action" to table: "platform_audit"
DROP INDEX CONCURRENTLY IF EXISTS "platform_audit_action";
CREATE INDEX CONCURRENTLY "platform_audit_action" ON "platform_audit" ("action" text_pattern_ops, "at");

-- +goose Down
-- reverse: create index "platform_audit_action" to table: "platform_audit"
DROP INDEX IF EXISTS "platform_audit_action";
CREATE INDEX "platform_audit_action" ON "platform_audit" ("action", "at");
-- reverse: modify "platform_audit" table
ALTER TABLE "platform_audit" ALTER COLUMN "counted" SET DEFAULT false;
