-- +goose NO TRANSACTION
-- +goose Up
-- create index "content_posts_author_kind_post" to table: "content_posts"
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_author_kind_post";
CREATE INDEX CONCURRENTLY "content_posts_author_kind_post" ON "content_posts" ("author_id", "published_at", "id") WHERE (((status)::text = 'published'::text) AND ((kind)::text = 'post'::text));
-- create index "content_posts_author_pages" to table: "content_posts"
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_author_pages";
CREATE INDEX CONCURRENTLY "content_posts_author_pages" ON "content_posts" ("author_id", "published_at", "id") WHERE ((kind)::text = 'page'::text);
-- create index "content_posts_kind_page" to table: "content_posts"
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_kind_page";
CREATE INDEX CONCURRENTLY "content_posts_kind_page" ON "content_posts" ("published_at", "id") WHERE (((status)::text = 'published'::text) AND ((kind)::text = 'page'::text));
-- create index "content_posts_kind_post" to table: "content_posts"
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_kind_post";
CREATE INDEX CONCURRENTLY "content_posts_kind_post" ON "content_posts" ("published_at", "id") WHERE (((status)::text = 'published'::text) AND ((kind)::text = 'post'::text));
-- create index "content_posts_pages" to table: "content_posts"
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_pages";
CREATE INDEX CONCURRENTLY "content_posts_pages" ON "content_posts" ("id") WHERE ((kind)::text = 'page'::text);

-- +goose Down
-- reverse: create index "content_posts_pages" to table: "content_posts"
DROP INDEX IF EXISTS "content_posts_pages";
-- reverse: create index "content_posts_kind_post" to table: "content_posts"
DROP INDEX IF EXISTS "content_posts_kind_post";
-- reverse: create index "content_posts_kind_page" to table: "content_posts"
DROP INDEX IF EXISTS "content_posts_kind_page";
-- reverse: create index "content_posts_author_pages" to table: "content_posts"
DROP INDEX IF EXISTS "content_posts_author_pages";
-- reverse: create index "content_posts_author_kind_post" to table: "content_posts"
DROP INDEX IF EXISTS "content_posts_author_kind_post";
