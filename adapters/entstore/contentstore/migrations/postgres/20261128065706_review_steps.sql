-- +goose Up
-- create "content_review_steps" table
CREATE TABLE "content_review_steps" ("id" uuid NOT NULL, "number" bigint NOT NULL, "state" character varying NOT NULL, "last" boolean NOT NULL, "actor_id" uuid NULL, "at" timestamptz NOT NULL, "text_version" bigint NOT NULL, "note" text NOT NULL, "post_id" uuid NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "content_review_steps_content_posts_review_steps" FOREIGN KEY ("post_id") REFERENCES "content_posts" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "content_review_steps_by" to table: "content_review_steps"
CREATE INDEX "content_review_steps_by" ON "content_review_steps" ("actor_id", "post_id", "number");
-- create index "content_review_steps_number" to table: "content_review_steps"
CREATE UNIQUE INDEX "content_review_steps_number" ON "content_review_steps" ("post_id", "number");
-- create index "content_review_steps_waiting" to table: "content_review_steps"
CREATE INDEX "content_review_steps_waiting" ON "content_review_steps" ("at", "post_id") WHERE (last AND ((state)::text = 'asked'::text));

-- +goose Down
-- reverse: create index "content_review_steps_waiting" to table: "content_review_steps"
DROP INDEX "content_review_steps_waiting";
-- reverse: create index "content_review_steps_number" to table: "content_review_steps"
DROP INDEX "content_review_steps_number";
-- reverse: create index "content_review_steps_by" to table: "content_review_steps"
DROP INDEX "content_review_steps_by";
-- reverse: create "content_review_steps" table
DROP TABLE "content_review_steps";
