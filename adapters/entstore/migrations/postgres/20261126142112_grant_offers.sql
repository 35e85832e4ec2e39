-- +goose NO TRANSACTION
-- Each statement is committed by itself, so that nobody who asks for a grant waits for
-- the second one, and both can run again after a break.
-- +goose Up
-- Until now a grant was good at once, and those of older replicas still are while an
-- upgrade goes on: they know no offers, and leave the column out.
-- modify "identity_grants" table
ALTER TABLE "identity_grants" ADD COLUMN IF NOT EXISTS "accepted_at" timestamptz NULL DEFAULT now();
UPDATE "identity_grants" SET "accepted_at" = "created_at" WHERE "accepted_at" > "created_at";

-- +goose Down
DELETE FROM "identity_grants" WHERE "accepted_at" IS NULL;
ALTER TABLE "identity_grants" DROP COLUMN IF EXISTS "accepted_at";
