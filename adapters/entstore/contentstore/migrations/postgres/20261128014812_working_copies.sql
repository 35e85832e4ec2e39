-- +goose Up
-- create "content_working_copies" table
CREATE TABLE "content_working_copies" ("id" uuid NOT NULL, "save" bigint NOT NULL, "base" bigint NOT NULL, "editor_id" uuid NOT NULL, "begun_at" timestamptz NOT NULL, "saved_at" timestamptz NOT NULL, "slug" character varying NOT NULL, "title" character varying NOT NULL, "visibility" character varying NOT NULL, "tags" jsonb NOT NULL, "excerpt" text NOT NULL, "markdown" text NOT NULL, "post_id" uuid NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "content_working_copies_content_posts_working_copies" FOREIGN KEY ("post_id") REFERENCES "content_posts" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "content_working_copies_post" to table: "content_working_copies"
CREATE UNIQUE INDEX "content_working_copies_post" ON "content_working_copies" ("post_id");

-- +goose Down
-- reverse: create index "content_working_copies_post" to table: "content_working_copies"
DROP INDEX "content_working_copies_post";
-- reverse: create "content_working_copies" table
DROP TABLE "content_working_copies";
