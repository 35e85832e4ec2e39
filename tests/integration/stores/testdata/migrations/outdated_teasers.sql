-- +goose Up
-- modify "content_posts" table
ALTER TABLE "content_posts" ADD COLUMN "teaser_version" bigint NOT NULL DEFAULT 0;
-- create index "content_posts_outdated_teaser" to table: "content_posts"
CREATE INDEX "content_posts_outdated_teaser" ON "content_posts" ("id") WHERE (((visibility)::text <> 'public'::text) AND (teaser_version <> version));
-- until the program has cut them anew, gated posts have no teaser: the old ones may give the text away
UPDATE "content_posts" SET "teaser" = '' WHERE "visibility" <> 'public';

-- +goose Down
-- reverse: create index "content_posts_outdated_teaser" to table: "content_posts"
DROP INDEX "content_posts_outdated_teaser";
-- reverse: modify "content_posts" table
ALTER TABLE "content_posts" DROP COLUMN "teaser_version";
