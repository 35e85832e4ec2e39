-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_content_media" table
CREATE TABLE `new_content_media` (`id` uuid NOT NULL, `owner_id` uuid NULL, `name` text NOT NULL, `alt` text NOT NULL, `words` text NOT NULL, `format` text NOT NULL, `animated` bool NOT NULL, `bytes` integer NOT NULL, `width` integer NOT NULL, `height` integer NOT NULL, `tone` text NOT NULL, `state` text NOT NULL, `version` integer NOT NULL, `revision` integer NOT NULL, `variants` json NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `unused_since` datetime NULL, PRIMARY KEY (`id`));
-- copy rows from old table "content_media" to new temporary table "new_content_media"
INSERT INTO `new_content_media` (`id`, `owner_id`, `name`, `alt`, `words`, `format`, `animated`, `bytes`, `width`, `height`, `tone`, `state`, `version`, `revision`, `variants`, `created_at`, `updated_at`) SELECT `id`, `owner_id`, `name`, `alt`, `words`, `format`, `animated`, `bytes`, `width`, `height`, `tone`, `state`, `version`, `revision`, `variants`, `created_at`, `updated_at` FROM `content_media`;
-- drop "content_media" table after copying rows
DROP TABLE `content_media`;
-- rename temporary table "new_content_media" to "content_media"
ALTER TABLE `new_content_media` RENAME TO `content_media`;
-- create index "content_media_newest" to table: "content_media"
CREATE INDEX `content_media_newest` ON `content_media` (`created_at`, `id`);
-- create index "content_media_owner" to table: "content_media"
CREATE INDEX `content_media_owner` ON `content_media` (`owner_id`, `created_at`, `id`);
-- create index "content_media_unused" to table: "content_media"
CREATE INDEX `content_media_unused` ON `content_media` (`unused_since`) WHERE unused_since IS NOT NULL;
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "content_media_unused" to table: "content_media"
DROP INDEX `content_media_unused`;
-- reverse: create index "content_media_owner" to table: "content_media"
DROP INDEX `content_media_owner`;
-- reverse: create index "content_media_newest" to table: "content_media"
DROP INDEX `content_media_newest`;
-- reverse: create "new_content_media" table
DROP TABLE `new_content_media`;
