-- +goose Up
-- modify "content_post_details" table
ALTER TABLE "content_post_details" ADD COLUMN "cover_id" uuid NULL, ADD COLUMN "cover_alt" character varying NULL, ADD COLUMN "cover_caption" text NULL;

-- +goose Down
-- reverse: modify "content_post_details" table
ALTER TABLE "content_post_details" DROP COLUMN "cover_caption", DROP COLUMN "cover_alt", DROP COLUMN "cover_id";
