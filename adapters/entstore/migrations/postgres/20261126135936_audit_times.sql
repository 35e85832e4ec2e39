-- +goose Up
-- modify "platform_audit" table
ALTER TABLE "platform_audit" ADD COLUMN "times" bigint NOT NULL DEFAULT 1;

-- +goose Down
-- reverse: modify "platform_audit" table
ALTER TABLE "platform_audit" DROP COLUMN "times";
