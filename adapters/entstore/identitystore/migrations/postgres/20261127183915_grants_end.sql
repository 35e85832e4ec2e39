-- +goose Up
-- modify "identity_grants" table
ALTER TABLE "identity_grants" ADD COLUMN "ends_at" timestamptz NULL;
-- create index "identity_grants_ends" to table: "identity_grants"
CREATE INDEX "identity_grants_ends" ON "identity_grants" ("ends_at");

-- +goose Down
-- reverse: create index "identity_grants_ends" to table: "identity_grants"
DROP INDEX "identity_grants_ends";
-- reverse: modify "identity_grants" table
ALTER TABLE "identity_grants" DROP COLUMN "ends_at";
