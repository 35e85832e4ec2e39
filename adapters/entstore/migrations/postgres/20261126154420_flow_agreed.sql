-- +goose Up
-- modify "identity_oauth_flows" table
ALTER TABLE "identity_oauth_flows" ADD COLUMN "agreed" jsonb NULL;

-- +goose Down
-- reverse: modify "identity_oauth_flows" table
ALTER TABLE "identity_oauth_flows" DROP COLUMN "agreed";
