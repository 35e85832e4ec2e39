-- +goose Up
-- create "content_post_details" table
CREATE TABLE `content_post_details` (`id` uuid NOT NULL, `seo_title` text NOT NULL, `seo_description` text NOT NULL, `social_title` text NOT NULL, `social_description` text NOT NULL, `canonical_url` text NOT NULL, `noindex` bool NOT NULL, `version` integer NOT NULL, `updated_at` datetime NOT NULL, `post_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `content_post_details_content_posts_details` FOREIGN KEY (`post_id`) REFERENCES `content_posts` (`id`) ON DELETE CASCADE);
-- create index "content_post_details_post" to table: "content_post_details"
CREATE UNIQUE INDEX `content_post_details_post` ON `content_post_details` (`post_id`);
-- create "content_tags" table
CREATE TABLE `content_tags` (`id` uuid NOT NULL, `name` text NOT NULL, `title` text NOT NULL, `description` text NOT NULL, `version` integer NOT NULL, `updated_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "content_tags_name" to table: "content_tags"
CREATE UNIQUE INDEX `content_tags_name` ON `content_tags` (`name`);
-- create "content_tag_names" table
CREATE TABLE `content_tag_names` (`id` uuid NOT NULL, `name` text NOT NULL, `tag` text NOT NULL, `left_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "content_tag_names_name" to table: "content_tag_names"
CREATE UNIQUE INDEX `content_tag_names_name` ON `content_tag_names` (`name`);
-- create index "content_tag_names_tag" to table: "content_tag_names"
CREATE INDEX `content_tag_names_tag` ON `content_tag_names` (`tag`, `left_at`);
-- create "content_tag_uses" table
CREATE TABLE `content_tag_uses` (`id` uuid NOT NULL, `tag` text NOT NULL, `post_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `content_tag_uses_content_posts_tag_uses` FOREIGN KEY (`post_id`) REFERENCES `content_posts` (`id`) ON DELETE CASCADE);
-- create index "content_tag_uses_post" to table: "content_tag_uses"
CREATE UNIQUE INDEX `content_tag_uses_post` ON `content_tag_uses` (`post_id`, `tag`);
-- create index "content_tag_uses_tag" to table: "content_tag_uses"
CREATE INDEX `content_tag_uses_tag` ON `content_tag_uses` (`tag`, `post_id`);

-- +goose Down
-- reverse: create index "content_tag_uses_tag" to table: "content_tag_uses"
DROP INDEX `content_tag_uses_tag`;
-- reverse: create index "content_tag_uses_post" to table: "content_tag_uses"
DROP INDEX `content_tag_uses_post`;
-- reverse: create "content_tag_uses" table
DROP TABLE `content_tag_uses`;
-- reverse: create index "content_tag_names_tag" to table: "content_tag_names"
DROP INDEX `content_tag_names_tag`;
-- reverse: create index "content_tag_names_name" to table: "content_tag_names"
DROP INDEX `content_tag_names_name`;
-- reverse: create "content_tag_names" table
DROP TABLE `content_tag_names`;
-- reverse: create index "content_tags_name" to table: "content_tags"
DROP INDEX `content_tags_name`;
-- reverse: create "content_tags" table
DROP TABLE `content_tags`;
-- reverse: create index "content_post_details_post" to table: "content_post_details"
DROP INDEX `content_post_details_post`;
-- reverse: create "content_post_details" table
DROP TABLE `content_post_details`;
