-- +goose Up
-- create index "content_post_details_unmapped" to table: "content_post_details"
CREATE INDEX `content_post_details_unmapped` ON `content_post_details` (`post_id`) WHERE noindex OR canonical_url <> '';

-- +goose Down
-- reverse: create index "content_post_details_unmapped" to table: "content_post_details"
DROP INDEX `content_post_details_unmapped`;
