-- +goose Up
-- add column "factor_required_since" to table: "identity_users"
ALTER TABLE `identity_users` ADD COLUMN `factor_required_since` datetime NULL;
-- add column "factor_required_since" to table: "identity_organizations"
ALTER TABLE `identity_organizations` ADD COLUMN `factor_required_since` datetime NULL;

-- +goose Down
-- reverse: add column "factor_required_since" to table: "identity_organizations"
ALTER TABLE `identity_organizations` DROP COLUMN `factor_required_since`;
-- reverse: add column "factor_required_since" to table: "identity_users"
ALTER TABLE `identity_users` DROP COLUMN `factor_required_since`;
