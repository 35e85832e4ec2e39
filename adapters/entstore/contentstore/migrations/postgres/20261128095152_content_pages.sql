-- +goose Up
-- modify "content_posts" table
ALTER TABLE "content_posts" ADD COLUMN "kind" character varying NOT NULL DEFAULT 'post';

-- +goose Down
-- reverse: modify "content_posts" table
ALTER TABLE "content_posts" DROP COLUMN "kind";
