-- +goose NO TRANSACTION
-- +goose Up
-- create index "content_posts_outdated" to table: "content_posts"
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_outdated";
CREATE INDEX CONCURRENTLY "content_posts_outdated" ON "content_posts" ("id") WHERE (rendered_version <> version);
-- create index "content_posts_renderer" to table: "content_posts"
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_renderer";
CREATE INDEX CONCURRENTLY "content_posts_renderer" ON "content_posts" ("renderer_version", "id");

-- +goose Down
-- reverse: create index "content_posts_renderer" to table: "content_posts"
DROP INDEX IF EXISTS "content_posts_renderer";
-- reverse: create index "content_posts_outdated" to table: "content_posts"
DROP INDEX IF EXISTS "content_posts_outdated";
