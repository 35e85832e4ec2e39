-- +goose Up
-- which posts the index of words holds, and as what; a schema cannot declare an index of words, and so declares none of its tables.
-- What everybody may read and the whole of a gated post are texts of their own, so that no query for one reader can tell what another one may read
CREATE TABLE "content_search_posts" ("post_id" uuid NOT NULL, "published_at" timestamptz NOT NULL, "visibility" character varying NOT NULL, "version" bigint NOT NULL, "tokens" bigint NOT NULL, "open" tsvector NOT NULL, "whole" tsvector NULL, PRIMARY KEY ("post_id"), CONSTRAINT "content_search_posts_content_posts" FOREIGN KEY ("post_id") REFERENCES "content_posts" ("id") ON DELETE CASCADE);
CREATE INDEX "content_search_posts_published" ON "content_search_posts" ("published_at");
-- words are entered at once: a list of those that are not would be gone through by every search
CREATE INDEX "content_search_posts_open" ON "content_search_posts" USING gin ("open") WITH (fastupdate = off);
CREATE INDEX "content_search_posts_whole" ON "content_search_posts" USING gin ("whole") WITH (fastupdate = off);
-- words of what everybody may read, for whoever mistypes one
CREATE TABLE "content_search_words" ("head" character varying NOT NULL, "letters" bigint NOT NULL, "word" character varying NOT NULL, "spelt" character varying NOT NULL, PRIMARY KEY ("head", "letters", "word"));

-- +goose Down
DROP TABLE "content_search_words";
DROP TABLE "content_search_posts";
