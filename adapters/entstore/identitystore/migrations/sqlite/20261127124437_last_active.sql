-- +goose Up
-- add column "last_active_at" to table: "identity_users"
ALTER TABLE `identity_users` ADD COLUMN `last_active_at` datetime NULL;
-- create index "identity_users_active" to table: "identity_users"
CREATE INDEX `identity_users_active` ON `identity_users` (`last_active_at`) WHERE last_active_at IS NOT NULL;

-- +goose Down
-- reverse: create index "identity_users_active" to table: "identity_users"
DROP INDEX `identity_users_active`;
-- reverse: add column "last_active_at" to table: "identity_users"
ALTER TABLE `identity_users` DROP COLUMN `last_active_at`;
