-- +goose Up
-- modify "content_media" table
ALTER TABLE `content_media` ADD COLUMN `edits` integer NOT NULL DEFAULT (1);
-- modify "content_uploads" table
ALTER TABLE `content_uploads` ADD COLUMN `finished` bool NOT NULL DEFAULT (false);

-- +goose Down
-- reverse: modify "content_uploads" table
ALTER TABLE `content_uploads` DROP COLUMN `finished`;
-- reverse: modify "content_media" table
ALTER TABLE `content_media` DROP COLUMN `edits`;
