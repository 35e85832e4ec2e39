-- +goose Up
-- add column "autosaved_from" to table: "content_revisions"
ALTER TABLE `content_revisions` ADD COLUMN `autosaved_from` datetime NULL;

-- +goose Down
-- reverse: add column "autosaved_from" to table: "content_revisions"
ALTER TABLE `content_revisions` DROP COLUMN `autosaved_from`;
