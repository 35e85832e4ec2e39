-- +goose Up
-- modify "platform_audit_streams" table
ALTER TABLE "platform_audit_streams" ADD COLUMN "key_id" character varying NULL, ADD COLUMN "signature" bytea NULL;

-- +goose Down
-- reverse: modify "platform_audit_streams" table
ALTER TABLE "platform_audit_streams" DROP COLUMN "signature", DROP COLUMN "key_id";
