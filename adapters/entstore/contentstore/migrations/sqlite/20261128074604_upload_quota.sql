-- +goose Up
-- create "content_upload_quotas" table
CREATE TABLE `content_upload_quotas` (`id` uuid NOT NULL, `owner_id` uuid NOT NULL, `day` text NOT NULL, `bytes` integer NOT NULL, PRIMARY KEY (`id`));
-- create index "content_upload_quotas_day" to table: "content_upload_quotas"
CREATE UNIQUE INDEX `content_upload_quotas_day` ON `content_upload_quotas` (`owner_id`, `day`);

-- +goose Down
-- reverse: create index "content_upload_quotas_day" to table: "content_upload_quotas"
DROP INDEX `content_upload_quotas_day`;
-- reverse: create "content_upload_quotas" table
DROP TABLE `content_upload_quotas`;
