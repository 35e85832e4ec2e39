-- +goose Up
-- create "content_authors" table
CREATE TABLE `content_authors` (`id` uuid NOT NULL, `handle` text NOT NULL, `name` text NOT NULL, PRIMARY KEY (`id`));
-- create index "content_authors_handle" to table: "content_authors"
CREATE UNIQUE INDEX `content_authors_handle` ON `content_authors` (`handle`);
-- create "content_author_handles" table
CREATE TABLE `content_author_handles` (`id` uuid NOT NULL, `handle` text NOT NULL, `left_at` datetime NOT NULL, `author_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `content_author_handles_content_authors_former_handles` FOREIGN KEY (`author_id`) REFERENCES `content_authors` (`id`) ON DELETE CASCADE);
-- create index "content_author_handles_handle" to table: "content_author_handles"
CREATE UNIQUE INDEX `content_author_handles_handle` ON `content_author_handles` (`handle`);
-- create index "content_author_handles_author" to table: "content_author_handles"
CREATE INDEX `content_author_handles_author` ON `content_author_handles` (`author_id`, `left_at`);
-- create "content_posts" table
CREATE TABLE `content_posts` (`id` uuid NOT NULL, `author_id` uuid NOT NULL, `slug` text NOT NULL, `title` text NOT NULL, `visibility` text NOT NULL, `status` text NOT NULL, `published_at` datetime NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `version` integer NOT NULL, `reading_minutes` integer NOT NULL, `tags` json NOT NULL, `excerpt` text NOT NULL, `teaser` text NOT NULL, `body` text NOT NULL, `markdown` text NOT NULL, `teaser_version` integer NOT NULL DEFAULT (0), PRIMARY KEY (`id`));
-- create index "content_posts_slug" to table: "content_posts"
CREATE UNIQUE INDEX `content_posts_slug` ON `content_posts` (`slug`);
-- create index "content_posts_published" to table: "content_posts"
CREATE INDEX `content_posts_published` ON `content_posts` (`published_at`, `id`) WHERE status = 'published';
-- create index "content_posts_author_published" to table: "content_posts"
CREATE INDEX `content_posts_author_published` ON `content_posts` (`author_id`, `published_at`, `id`) WHERE status = 'published';
-- create index "content_posts_updated" to table: "content_posts"
CREATE INDEX `content_posts_updated` ON `content_posts` (`updated_at`, `id`);
-- create index "content_posts_author_updated" to table: "content_posts"
CREATE INDEX `content_posts_author_updated` ON `content_posts` (`author_id`, `updated_at`, `id`);
-- create index "content_posts_outdated_teaser" to table: "content_posts"
CREATE INDEX `content_posts_outdated_teaser` ON `content_posts` (`id`) WHERE visibility <> 'public' AND teaser_version <> version;
-- create "content_post_tags" table
CREATE TABLE `content_post_tags` (`id` uuid NOT NULL, `tag` text NOT NULL, `published_at` datetime NOT NULL, `post_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `content_post_tags_content_posts_tagged` FOREIGN KEY (`post_id`) REFERENCES `content_posts` (`id`) ON DELETE CASCADE);
-- create index "content_post_tags_post" to table: "content_post_tags"
CREATE UNIQUE INDEX `content_post_tags_post` ON `content_post_tags` (`post_id`, `tag`);
-- create index "content_post_tags_list" to table: "content_post_tags"
CREATE INDEX `content_post_tags_list` ON `content_post_tags` (`tag`, `published_at`, `post_id`);
-- create "content_revisions" table
CREATE TABLE `content_revisions` (`id` uuid NOT NULL, `number` integer NOT NULL, `editor_id` uuid NOT NULL, `slug` text NOT NULL, `title` text NOT NULL, `visibility` text NOT NULL, `tags` json NOT NULL, `excerpt` text NOT NULL, `markdown` text NOT NULL, `saved_at` datetime NOT NULL, `post_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `content_revisions_content_posts_revisions` FOREIGN KEY (`post_id`) REFERENCES `content_posts` (`id`) ON DELETE CASCADE);
-- create index "content_revisions_number" to table: "content_revisions"
CREATE UNIQUE INDEX `content_revisions_number` ON `content_revisions` (`post_id`, `number`);
-- create "content_site_pages" table
CREATE TABLE `content_site_pages` (`id` uuid NOT NULL, `name` text NOT NULL, `number` integer NOT NULL, `editor_id` uuid NULL, `markdown` text NOT NULL, `body` text NOT NULL, `published_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "content_site_pages_number" to table: "content_site_pages"
CREATE UNIQUE INDEX `content_site_pages_number` ON `content_site_pages` (`name`, `number`);

-- +goose Down
-- reverse: create index "content_site_pages_number" to table: "content_site_pages"
DROP INDEX `content_site_pages_number`;
-- reverse: create "content_site_pages" table
DROP TABLE `content_site_pages`;
-- reverse: create index "content_revisions_number" to table: "content_revisions"
DROP INDEX `content_revisions_number`;
-- reverse: create "content_revisions" table
DROP TABLE `content_revisions`;
-- reverse: create index "content_post_tags_list" to table: "content_post_tags"
DROP INDEX `content_post_tags_list`;
-- reverse: create index "content_post_tags_post" to table: "content_post_tags"
DROP INDEX `content_post_tags_post`;
-- reverse: create "content_post_tags" table
DROP TABLE `content_post_tags`;
-- reverse: create index "content_posts_outdated_teaser" to table: "content_posts"
DROP INDEX `content_posts_outdated_teaser`;
-- reverse: create index "content_posts_author_updated" to table: "content_posts"
DROP INDEX `content_posts_author_updated`;
-- reverse: create index "content_posts_updated" to table: "content_posts"
DROP INDEX `content_posts_updated`;
-- reverse: create index "content_posts_author_published" to table: "content_posts"
DROP INDEX `content_posts_author_published`;
-- reverse: create index "content_posts_published" to table: "content_posts"
DROP INDEX `content_posts_published`;
-- reverse: create index "content_posts_slug" to table: "content_posts"
DROP INDEX `content_posts_slug`;
-- reverse: create "content_posts" table
DROP TABLE `content_posts`;
-- reverse: create index "content_author_handles_author" to table: "content_author_handles"
DROP INDEX `content_author_handles_author`;
-- reverse: create index "content_author_handles_handle" to table: "content_author_handles"
DROP INDEX `content_author_handles_handle`;
-- reverse: create "content_author_handles" table
DROP TABLE `content_author_handles`;
-- reverse: create index "content_authors_handle" to table: "content_authors"
DROP INDEX `content_authors_handle`;
-- reverse: create "content_authors" table
DROP TABLE `content_authors`;
