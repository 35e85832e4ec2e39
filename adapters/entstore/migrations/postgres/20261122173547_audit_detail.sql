-- +goose Up
-- modify "platform_audit" table
ALTER TABLE "platform_audit" ADD COLUMN "detail" character varying NULL;
-- create index "platform_audit_impersonator" to table: "platform_audit"
CREATE INDEX "platform_audit_impersonator" ON "platform_audit" ("impersonator", "at") WHERE ((impersonator)::text <> ''::text);

-- +goose Down
-- reverse: create index "platform_audit_impersonator" to table: "platform_audit"
DROP INDEX "platform_audit_impersonator";
-- reverse: modify "platform_audit" table
ALTER TABLE "platform_audit" DROP COLUMN "detail";
