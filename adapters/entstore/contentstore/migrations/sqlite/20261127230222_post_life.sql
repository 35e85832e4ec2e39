-- +goose Up
-- create "content_post_schedules" table
CREATE TABLE `content_post_schedules` (`id` uuid NOT NULL, `publish_at` datetime NOT NULL, `zone` text NOT NULL, `post_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `content_post_schedules_content_posts_schedules` FOREIGN KEY (`post_id`) REFERENCES `content_posts` (`id`) ON DELETE CASCADE);
-- create index "content_post_schedules_post" to table: "content_post_schedules"
CREATE UNIQUE INDEX `content_post_schedules_post` ON `content_post_schedules` (`post_id`);
-- create index "content_post_schedules_due" to table: "content_post_schedules"
CREATE INDEX `content_post_schedules_due` ON `content_post_schedules` (`publish_at`, `post_id`);
-- create "content_post_slugs" table
CREATE TABLE `content_post_slugs` (`id` uuid NOT NULL, `slug` text NOT NULL, `left_at` datetime NOT NULL, `post_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `content_post_slugs_content_posts_former_slugs` FOREIGN KEY (`post_id`) REFERENCES `content_posts` (`id`) ON DELETE CASCADE);
-- create index "content_post_slugs_slug" to table: "content_post_slugs"
CREATE UNIQUE INDEX `content_post_slugs_slug` ON `content_post_slugs` (`slug`);
-- create index "content_post_slugs_post" to table: "content_post_slugs"
CREATE INDEX `content_post_slugs_post` ON `content_post_slugs` (`post_id`, `left_at`);

-- +goose Down
-- reverse: create index "content_post_slugs_post" to table: "content_post_slugs"
DROP INDEX `content_post_slugs_post`;
-- reverse: create index "content_post_slugs_slug" to table: "content_post_slugs"
DROP INDEX `content_post_slugs_slug`;
-- reverse: create "content_post_slugs" table
DROP TABLE `content_post_slugs`;
-- reverse: create index "content_post_schedules_due" to table: "content_post_schedules"
DROP INDEX `content_post_schedules_due`;
-- reverse: create index "content_post_schedules_post" to table: "content_post_schedules"
DROP INDEX `content_post_schedules_post`;
-- reverse: create "content_post_schedules" table
DROP TABLE `content_post_schedules`;
