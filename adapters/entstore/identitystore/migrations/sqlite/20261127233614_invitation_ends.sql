-- +goose Up
-- add column "ends_at" to table: "identity_invitations"
ALTER TABLE `identity_invitations` ADD COLUMN `ends_at` datetime NULL;

-- +goose Down
-- reverse: add column "ends_at" to table: "identity_invitations"
ALTER TABLE `identity_invitations` DROP COLUMN `ends_at`;
