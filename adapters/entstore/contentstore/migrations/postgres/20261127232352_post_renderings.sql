-- +goose Up
-- modify "content_posts" table
ALTER TABLE "content_posts" ADD COLUMN "rendered_version" bigint NOT NULL DEFAULT 0, ADD COLUMN "renderer_version" bigint NOT NULL DEFAULT 0;

-- +goose Down
-- reverse: modify "content_posts" table
ALTER TABLE "content_posts" DROP COLUMN "renderer_version", DROP COLUMN "rendered_version";
