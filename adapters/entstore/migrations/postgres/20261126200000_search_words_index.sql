-- +goose NO TRANSACTION
-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS "identity_users_words";
CREATE INDEX CONCURRENTLY "identity_users_words" ON "identity_users" USING gin (array_to_tsvector(string_to_array("search_words", ' ')));
-- the function stays: replicas of an older release ask with it while an upgrade goes on
DROP INDEX CONCURRENTLY IF EXISTS "identity_users_search";

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS "identity_users_search";
CREATE INDEX CONCURRENTLY "identity_users_search" ON "identity_users" USING gin (identity_search_words("name", "email"));
DROP INDEX CONCURRENTLY IF EXISTS "identity_users_words";
