-- +goose Up
-- create "content_preview_links" table
CREATE TABLE "content_preview_links" ("id" uuid NOT NULL, "hash" bytea NOT NULL, "created_by" uuid NOT NULL, "created_at" timestamptz NOT NULL, "ends_at" timestamptz NOT NULL, "post_id" uuid NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "content_preview_links_content_posts_preview_links" FOREIGN KEY ("post_id") REFERENCES "content_posts" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "content_preview_links_end" to table: "content_preview_links"
CREATE INDEX "content_preview_links_end" ON "content_preview_links" ("ends_at");
-- create index "content_preview_links_hash" to table: "content_preview_links"
CREATE UNIQUE INDEX "content_preview_links_hash" ON "content_preview_links" ("hash");
-- create index "content_preview_links_post" to table: "content_preview_links"
CREATE INDEX "content_preview_links_post" ON "content_preview_links" ("post_id", "ends_at", "id");

-- +goose Down
-- reverse: create index "content_preview_links_post" to table: "content_preview_links"
DROP INDEX "content_preview_links_post";
-- reverse: create index "content_preview_links_hash" to table: "content_preview_links"
DROP INDEX "content_preview_links_hash";
-- reverse: create index "content_preview_links_end" to table: "content_preview_links"
DROP INDEX "content_preview_links_end";
-- reverse: create "content_preview_links" table
DROP TABLE "content_preview_links";
