-- +goose Up
-- add column "rendered_version" to table: "content_posts"
ALTER TABLE `content_posts` ADD COLUMN `rendered_version` integer NOT NULL DEFAULT (0);
-- add column "renderer_version" to table: "content_posts"
ALTER TABLE `content_posts` ADD COLUMN `renderer_version` integer NOT NULL DEFAULT (0);

-- +goose Down
-- reverse: add column "renderer_version" to table: "content_posts"
ALTER TABLE `content_posts` DROP COLUMN `renderer_version`;
-- reverse: add column "rendered_version" to table: "content_posts"
ALTER TABLE `content_posts` DROP COLUMN `rendered_version`;
