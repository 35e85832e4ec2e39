-- +goose Up
-- modify "content_working_copies" table
ALTER TABLE "content_working_copies" ADD COLUMN "autosaved_from" timestamptz NULL;

-- +goose Down
-- reverse: modify "content_working_copies" table
ALTER TABLE "content_working_copies" DROP COLUMN "autosaved_from";
