-- +goose NO TRANSACTION
-- +goose Up
-- create index "content_posts_author_current" to table: "content_posts"
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_author_current";
CREATE INDEX CONCURRENTLY "content_posts_author_current" ON "content_posts" ("author_id", "updated_at", "id") WHERE (status NOT IN ('archived', 'trashed'));
-- create index "content_posts_current" to table: "content_posts"
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_current";
CREATE INDEX CONCURRENTLY "content_posts_current" ON "content_posts" ("updated_at", "id") WHERE (status NOT IN ('archived', 'trashed'));
-- create index "content_posts_author_unpublished" to table: "content_posts"
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_author_unpublished";
CREATE INDEX CONCURRENTLY "content_posts_author_unpublished" ON "content_posts" ("author_id", "status", "updated_at", "id") WHERE ((status)::text <> 'published'::text);
-- create index "content_posts_unpublished" to table: "content_posts"
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_unpublished";
CREATE INDEX CONCURRENTLY "content_posts_unpublished" ON "content_posts" ("status", "updated_at", "id") WHERE ((status)::text <> 'published'::text);
-- drop index "content_posts_updated" from table: "content_posts"
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_updated";

-- +goose Down
-- reverse: drop index "content_posts_updated" from table: "content_posts"
CREATE INDEX CONCURRENTLY IF NOT EXISTS "content_posts_updated" ON "content_posts" ("updated_at", "id");
-- reverse: create index "content_posts_unpublished" to table: "content_posts"
DROP INDEX IF EXISTS "content_posts_unpublished";
-- reverse: create index "content_posts_author_unpublished" to table: "content_posts"
DROP INDEX IF EXISTS "content_posts_author_unpublished";
-- reverse: create index "content_posts_current" to table: "content_posts"
DROP INDEX IF EXISTS "content_posts_current";
-- reverse: create index "content_posts_author_current" to table: "content_posts"
DROP INDEX IF EXISTS "content_posts_author_current";
