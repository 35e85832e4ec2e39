-- +goose Up
-- create index "content_posts_author_kind_post" to table: "content_posts"
CREATE INDEX `content_posts_author_kind_post` ON `content_posts` (`author_id`, `published_at`, `id`) WHERE status = 'published' AND kind = 'post';
-- create index "content_posts_author_pages" to table: "content_posts"
CREATE INDEX `content_posts_author_pages` ON `content_posts` (`author_id`, `published_at`, `id`) WHERE kind = 'page';
-- create index "content_posts_kind_page" to table: "content_posts"
CREATE INDEX `content_posts_kind_page` ON `content_posts` (`published_at`, `id`) WHERE status = 'published' AND kind = 'page';
-- create index "content_posts_kind_post" to table: "content_posts"
CREATE INDEX `content_posts_kind_post` ON `content_posts` (`published_at`, `id`) WHERE status = 'published' AND kind = 'post';
-- create index "content_posts_pages" to table: "content_posts"
CREATE INDEX `content_posts_pages` ON `content_posts` (`id`) WHERE kind = 'page';

-- +goose Down
-- reverse: create index "content_posts_pages" to table: "content_posts"
DROP INDEX `content_posts_pages`;
-- reverse: create index "content_posts_kind_post" to table: "content_posts"
DROP INDEX `content_posts_kind_post`;
-- reverse: create index "content_posts_kind_page" to table: "content_posts"
DROP INDEX `content_posts_kind_page`;
-- reverse: create index "content_posts_author_pages" to table: "content_posts"
DROP INDEX `content_posts_author_pages`;
-- reverse: create index "content_posts_author_kind_post" to table: "content_posts"
DROP INDEX `content_posts_author_kind_post`;
