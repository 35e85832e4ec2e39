-- +goose Up
-- create "notices_notices" table
CREATE TABLE "notices_notices" ("id" uuid NOT NULL, "text" character varying NOT NULL, "author_id" uuid NOT NULL, "byline" character varying NOT NULL, "posted_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "notices_notices_author" to table: "notices_notices"
CREATE INDEX "notices_notices_author" ON "notices_notices" ("author_id");
-- create index "notices_notices_posted" to table: "notices_notices"
CREATE INDEX "notices_notices_posted" ON "notices_notices" ("posted_at", "id");

-- +goose Down
-- reverse: create index "notices_notices_posted" to table: "notices_notices"
DROP INDEX "notices_notices_posted";
-- reverse: create index "notices_notices_author" to table: "notices_notices"
DROP INDEX "notices_notices_author";
-- reverse: create "notices_notices" table
DROP TABLE "notices_notices";
