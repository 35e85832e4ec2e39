-- +goose Up
-- modify "identity_invitations" table
ALTER TABLE "identity_invitations" ADD COLUMN "ends_at" timestamptz NULL;

-- +goose Down
-- reverse: modify "identity_invitations" table
ALTER TABLE "identity_invitations" DROP COLUMN "ends_at";
