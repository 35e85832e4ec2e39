-- +goose Up
-- create "content_saved_views" table
CREATE TABLE "content_saved_views" ("id" uuid NOT NULL, "owner_id" uuid NOT NULL, "name" character varying NOT NULL, "query" text NOT NULL, "created_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "content_saved_views_name" to table: "content_saved_views"
CREATE UNIQUE INDEX "content_saved_views_name" ON "content_saved_views" ("owner_id", "name");

-- +goose Down
-- reverse: create index "content_saved_views_name" to table: "content_saved_views"
DROP INDEX "content_saved_views_name";
-- reverse: create "content_saved_views" table
DROP TABLE "content_saved_views";
