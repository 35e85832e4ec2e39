-- +goose Up
-- modify "content_uploads" table
ALTER TABLE "content_uploads" ADD COLUMN "replaces_seen" bigint NOT NULL DEFAULT 0;

-- +goose Down
-- reverse: modify "content_uploads" table
ALTER TABLE "content_uploads" DROP COLUMN "replaces_seen";
