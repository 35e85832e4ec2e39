-- +goose Up
-- add column "autosaved_from" to table: "content_working_copies"
ALTER TABLE `content_working_copies` ADD COLUMN `autosaved_from` datetime NULL;

-- +goose Down
-- reverse: add column "autosaved_from" to table: "content_working_copies"
ALTER TABLE `content_working_copies` DROP COLUMN `autosaved_from`;
