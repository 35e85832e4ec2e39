-- +goose Up
-- add column "agreed" to table: "identity_oauth_flows"
ALTER TABLE `identity_oauth_flows` ADD COLUMN `agreed` json NULL;

-- +goose Down
-- reverse: add column "agreed" to table: "identity_oauth_flows"
ALTER TABLE `identity_oauth_flows` DROP COLUMN `agreed`;
