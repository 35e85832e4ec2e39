-- +goose Up
-- A database that got the column by an earlier form of grant_offers has no default: while
-- an upgrade goes on, the grants of older replicas, which know no offers, are good at once.
-- modify "identity_grants" table
ALTER TABLE "identity_grants" ALTER COLUMN "accepted_at" SET DEFAULT now();

-- +goose Down
-- reverse: modify "identity_grants" table
ALTER TABLE "identity_grants" ALTER COLUMN "accepted_at" DROP DEFAULT;
