-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE "identity_grants" ADD COLUMN IF NOT EXISTS "ends_at" timestamptz NULL;
-- One that broke off leaves an index that is not valid.
DROP INDEX CONCURRENTLY IF EXISTS "identity_grants_ends";
CREATE INDEX CONCURRENTLY "identity_grants_ends" ON "identity_grants" ("ends_at");

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS "identity_grants_ends";
ALTER TABLE "identity_grants" DROP COLUMN IF EXISTS "ends_at";
