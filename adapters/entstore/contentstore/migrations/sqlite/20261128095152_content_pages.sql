-- +goose Up
-- add column "kind" to table: "content_posts"
ALTER TABLE `content_posts` ADD COLUMN `kind` text NOT NULL DEFAULT ('post');

-- +goose Down
-- reverse: add column "kind" to table: "content_posts"
ALTER TABLE `content_posts` DROP COLUMN `kind`;
