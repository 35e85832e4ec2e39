-- +goose Up
-- create "content_site_pages" table
CREATE TABLE "content_site_pages" ("id" uuid NOT NULL, "name" character varying NOT NULL, "number" bigint NOT NULL, "editor_id" uuid NULL, "markdown" text NOT NULL, "body" text NOT NULL, "published_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "content_site_pages_number" to table: "content_site_pages"
CREATE UNIQUE INDEX "content_site_pages_number" ON "content_site_pages" ("name", "number");

-- +goose Down
-- reverse: create index "content_site_pages_number" to table: "content_site_pages"
DROP INDEX "content_site_pages_number";
-- reverse: create "content_site_pages" table
DROP TABLE "content_site_pages";
