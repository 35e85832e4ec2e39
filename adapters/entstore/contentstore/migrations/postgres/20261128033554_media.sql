-- +goose Up
-- create "content_media" table
CREATE TABLE "content_media" ("id" uuid NOT NULL, "owner_id" uuid NULL, "name" character varying NOT NULL, "alt" character varying NOT NULL, "words" character varying NOT NULL, "format" character varying NOT NULL, "animated" boolean NOT NULL, "bytes" bigint NOT NULL, "width" bigint NOT NULL, "height" bigint NOT NULL, "tone" character varying NOT NULL, "state" character varying NOT NULL, "version" bigint NOT NULL, "revision" bigint NOT NULL, "variants" jsonb NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "unused_since" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "content_media_newest" to table: "content_media"
CREATE INDEX "content_media_newest" ON "content_media" ("created_at", "id");
-- create index "content_media_owner" to table: "content_media"
CREATE INDEX "content_media_owner" ON "content_media" ("owner_id", "created_at", "id");
-- create index "content_media_unused" to table: "content_media"
CREATE INDEX "content_media_unused" ON "content_media" ("unused_since") WHERE (unused_since IS NOT NULL);
-- create "content_uploads" table
CREATE TABLE "content_uploads" ("id" uuid NOT NULL, "owner_id" uuid NOT NULL, "replaces_id" uuid NULL, "name" character varying NOT NULL, "alt" character varying NOT NULL, "bytes" bigint NOT NULL, "received" bigint NOT NULL, "parts" jsonb NOT NULL, "created_at" timestamptz NOT NULL, "expires_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "content_uploads_expiry" to table: "content_uploads"
CREATE INDEX "content_uploads_expiry" ON "content_uploads" ("expires_at");
-- create index "content_uploads_owner" to table: "content_uploads"
CREATE INDEX "content_uploads_owner" ON "content_uploads" ("owner_id", "created_at");
-- create "content_media_uses" table
CREATE TABLE "content_media_uses" ("id" uuid NOT NULL, "place" character varying NOT NULL, "outdated" boolean NOT NULL, "media_id" uuid NOT NULL, "post_id" uuid NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "content_media_uses_content_media_uses" FOREIGN KEY ("media_id") REFERENCES "content_media" ("id") ON UPDATE NO ACTION ON DELETE CASCADE, CONSTRAINT "content_media_uses_content_posts_media_uses" FOREIGN KEY ("post_id") REFERENCES "content_posts" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "content_media_uses_outdated" to table: "content_media_uses"
CREATE INDEX "content_media_uses_outdated" ON "content_media_uses" ("post_id") WHERE outdated;
-- create index "content_media_uses_place" to table: "content_media_uses"
CREATE UNIQUE INDEX "content_media_uses_place" ON "content_media_uses" ("media_id", "post_id", "place");
-- create index "content_media_uses_post" to table: "content_media_uses"
CREATE INDEX "content_media_uses_post" ON "content_media_uses" ("post_id", "place");

-- +goose Down
-- reverse: create index "content_media_uses_post" to table: "content_media_uses"
DROP INDEX "content_media_uses_post";
-- reverse: create index "content_media_uses_place" to table: "content_media_uses"
DROP INDEX "content_media_uses_place";
-- reverse: create index "content_media_uses_outdated" to table: "content_media_uses"
DROP INDEX "content_media_uses_outdated";
-- reverse: create "content_media_uses" table
DROP TABLE "content_media_uses";
-- reverse: create index "content_uploads_owner" to table: "content_uploads"
DROP INDEX "content_uploads_owner";
-- reverse: create index "content_uploads_expiry" to table: "content_uploads"
DROP INDEX "content_uploads_expiry";
-- reverse: create "content_uploads" table
DROP TABLE "content_uploads";
-- reverse: create index "content_media_unused" to table: "content_media"
DROP INDEX "content_media_unused";
-- reverse: create index "content_media_owner" to table: "content_media"
DROP INDEX "content_media_owner";
-- reverse: create index "content_media_newest" to table: "content_media"
DROP INDEX "content_media_newest";
-- reverse: create "content_media" table
DROP TABLE "content_media";
