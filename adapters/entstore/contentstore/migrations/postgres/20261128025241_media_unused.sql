-- +goose Up
-- modify "content_media" table
ALTER TABLE "content_media" ADD COLUMN "unused_since" timestamptz NULL;
-- create index "content_media_unused" to table: "content_media"
CREATE INDEX "content_media_unused" ON "content_media" ("unused_since") WHERE (unused_since IS NOT NULL);

-- +goose Down
-- reverse: create index "content_media_unused" to table: "content_media"
DROP INDEX "content_media_unused";
-- reverse: modify "content_media" table
ALTER TABLE "content_media" DROP COLUMN "unused_since";
