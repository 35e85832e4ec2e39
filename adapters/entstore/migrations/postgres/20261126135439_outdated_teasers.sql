-- +goose NO TRANSACTION
-- Readers would wait for one transaction that alters, fills and indexes the posts. Each
-- statement is committed by itself, and all of them can run again after a break.
-- +goose Up
-- modify "content_posts" table
ALTER TABLE "content_posts" ADD COLUMN IF NOT EXISTS "teaser_version" bigint NOT NULL DEFAULT 0;
-- an index that broke off is there, and serves nothing
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_outdated_teaser";
-- create index "content_posts_outdated_teaser" to table: "content_posts"
CREATE INDEX CONCURRENTLY "content_posts_outdated_teaser" ON "content_posts" ("id") WHERE (((visibility)::text <> 'public'::text) AND (teaser_version <> version));
-- until the program has cut them anew, gated posts have no teaser: the old ones may give the text away
-- +goose StatementBegin
DO $$
DECLARE
  batch uuid[];
  last uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
  LOOP
    SELECT array_agg("id" ORDER BY "id") INTO batch FROM (
      SELECT "id" FROM "content_posts" WHERE "visibility" <> 'public' AND "teaser_version" <> "version" AND "id" > last ORDER BY "id" LIMIT 500
    ) AS "outdated";
    EXIT WHEN batch IS NULL;
    UPDATE "content_posts" SET "teaser" = '' WHERE "id" = ANY (batch) AND "visibility" <> 'public' AND "teaser_version" <> "version" AND "teaser" <> '';
    COMMIT;
    last := batch[array_upper(batch, 1)];
  END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down
-- reverse: create index "content_posts_outdated_teaser" to table: "content_posts"
DROP INDEX CONCURRENTLY IF EXISTS "content_posts_outdated_teaser";
-- reverse: modify "content_posts" table
ALTER TABLE "content_posts" DROP COLUMN IF EXISTS "teaser_version";
