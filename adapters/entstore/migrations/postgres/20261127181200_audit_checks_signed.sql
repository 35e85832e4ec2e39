-- +goose Up
-- modify "platform_audit_checks" table
ALTER TABLE "platform_audit_checks" ADD COLUMN "key_id" character varying NULL, ADD COLUMN "signature" bytea NULL;

-- +goose Down
-- reverse: modify "platform_audit_checks" table
ALTER TABLE "platform_audit_checks" DROP COLUMN "signature", DROP COLUMN "key_id";
