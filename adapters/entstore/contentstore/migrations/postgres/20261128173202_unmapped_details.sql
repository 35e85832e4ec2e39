-- +goose NO TRANSACTION
-- +goose Up
-- create index "content_post_details_unmapped" to table: "content_post_details"
DROP INDEX CONCURRENTLY IF EXISTS "content_post_details_unmapped";
CREATE INDEX CONCURRENTLY "content_post_details_unmapped" ON "content_post_details" ("post_id") WHERE (noindex OR (canonical_url <> ''::text));

-- +goose Down
-- reverse: create index "content_post_details_unmapped" to table: "content_post_details"
DROP INDEX IF EXISTS "content_post_details_unmapped";
