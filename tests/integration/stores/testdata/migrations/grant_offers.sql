-- +goose Up
-- modify "identity_grants" table
ALTER TABLE "identity_grants" ADD COLUMN "accepted_at" timestamptz NULL;
-- Until now a grant was good at once.
UPDATE "identity_grants" SET "accepted_at" = "created_at";

-- +goose Down
DELETE FROM "identity_grants" WHERE "accepted_at" IS NULL;
ALTER TABLE "identity_grants" DROP COLUMN "accepted_at";
