-- +goose Up
-- add column "replaces_seen" to table: "content_uploads"
ALTER TABLE `content_uploads` ADD COLUMN `replaces_seen` integer NOT NULL DEFAULT (0);

-- +goose Down
-- reverse: add column "replaces_seen" to table: "content_uploads"
ALTER TABLE `content_uploads` DROP COLUMN `replaces_seen`;
