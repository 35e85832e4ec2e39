-- +goose Up
-- modify "identity_memberships" table
ALTER TABLE `identity_memberships` ADD COLUMN `ends_at` datetime NULL;

-- +goose Down
-- reverse: modify "identity_memberships" table
ALTER TABLE `identity_memberships` DROP COLUMN `ends_at`;
