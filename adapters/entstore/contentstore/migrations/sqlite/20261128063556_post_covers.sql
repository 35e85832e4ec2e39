-- +goose Up
-- add column "cover_id" to table: "content_post_details"
ALTER TABLE `content_post_details` ADD COLUMN `cover_id` uuid NULL;
-- add column "cover_alt" to table: "content_post_details"
ALTER TABLE `content_post_details` ADD COLUMN `cover_alt` text NULL;
-- add column "cover_caption" to table: "content_post_details"
ALTER TABLE `content_post_details` ADD COLUMN `cover_caption` text NULL;

-- +goose Down
-- reverse: add column "cover_caption" to table: "content_post_details"
ALTER TABLE `content_post_details` DROP COLUMN `cover_caption`;
-- reverse: add column "cover_alt" to table: "content_post_details"
ALTER TABLE `content_post_details` DROP COLUMN `cover_alt`;
-- reverse: add column "cover_id" to table: "content_post_details"
ALTER TABLE `content_post_details` DROP COLUMN `cover_id`;
