-- +goose NO TRANSACTION
-- +goose Up
-- When somebody was active last is known from their next request on: to fill it in from
-- their sessions would write every row of a table that everybody signs in by.
ALTER TABLE "identity_users" ADD COLUMN IF NOT EXISTS "last_active_at" timestamptz NULL;
-- One that broke off leaves an index that is not valid.
DROP INDEX CONCURRENTLY IF EXISTS "identity_users_active";
CREATE INDEX CONCURRENTLY "identity_users_active" ON "identity_users" ("last_active_at") WHERE (last_active_at IS NOT NULL);

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS "identity_users_active";
ALTER TABLE "identity_users" DROP COLUMN IF EXISTS "last_active_at";
