-- +goose Up
-- create index "content_posts_author_current" to table: "content_posts"
CREATE INDEX `content_posts_author_current` ON `content_posts` (`author_id`, `updated_at`, `id`) WHERE status NOT IN ('archived', 'trashed');
-- create index "content_posts_current" to table: "content_posts"
CREATE INDEX `content_posts_current` ON `content_posts` (`updated_at`, `id`) WHERE status NOT IN ('archived', 'trashed');
-- create index "content_posts_author_unpublished" to table: "content_posts"
CREATE INDEX `content_posts_author_unpublished` ON `content_posts` (`author_id`, `status`, `updated_at`, `id`) WHERE status <> 'published';
-- create index "content_posts_unpublished" to table: "content_posts"
CREATE INDEX `content_posts_unpublished` ON `content_posts` (`status`, `updated_at`, `id`) WHERE status <> 'published';
-- drop index "content_posts_updated" from table: "content_posts"
DROP INDEX `content_posts_updated`;

-- +goose Down
-- reverse: drop index "content_posts_updated" from table: "content_posts"
CREATE INDEX `content_posts_updated` ON `content_posts` (`updated_at`, `id`);
-- reverse: create index "content_posts_unpublished" to table: "content_posts"
DROP INDEX `content_posts_unpublished`;
-- reverse: create index "content_posts_author_unpublished" to table: "content_posts"
DROP INDEX `content_posts_author_unpublished`;
-- reverse: create index "content_posts_current" to table: "content_posts"
DROP INDEX `content_posts_current`;
-- reverse: create index "content_posts_author_current" to table: "content_posts"
DROP INDEX `content_posts_author_current`;
