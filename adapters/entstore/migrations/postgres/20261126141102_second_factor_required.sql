-- +goose Up
-- modify "identity_organizations" table
ALTER TABLE "identity_organizations" ADD COLUMN "factor_required_since" timestamptz NULL;
-- modify "identity_users" table
ALTER TABLE "identity_users" ADD COLUMN "factor_required_since" timestamptz NULL;

-- +goose Down
-- reverse: modify "identity_users" table
ALTER TABLE "identity_users" DROP COLUMN "factor_required_since";
-- reverse: modify "identity_organizations" table
ALTER TABLE "identity_organizations" DROP COLUMN "factor_required_since";
