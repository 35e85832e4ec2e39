-- +goose Up
-- modify "content_revisions" table
ALTER TABLE "content_revisions" ADD COLUMN "autosaved_from" timestamptz NULL;

-- +goose Down
-- reverse: modify "content_revisions" table
ALTER TABLE "content_revisions" DROP COLUMN "autosaved_from";
