-- +goose Up
-- modify "identity_mail_tokens" table
ALTER TABLE "identity_mail_tokens" ADD COLUMN "agreed" jsonb NULL, ADD COLUMN "address" character varying NULL;
-- modify "identity_sessions" table
ALTER TABLE "identity_sessions" ADD COLUMN "method" character varying NULL, ADD COLUMN "provider" character varying NULL, ADD COLUMN "second_factor" character varying NULL;

-- +goose Down
-- reverse: modify "identity_sessions" table
ALTER TABLE "identity_sessions" DROP COLUMN "second_factor", DROP COLUMN "provider", DROP COLUMN "method";
-- reverse: modify "identity_mail_tokens" table
ALTER TABLE "identity_mail_tokens" DROP COLUMN "address", DROP COLUMN "agreed";
