-- +goose Up
-- create "platform_figures" table
CREATE TABLE "platform_figures" ("id" character varying NOT NULL, "samples" text NOT NULL, "counted_at" timestamptz NOT NULL, PRIMARY KEY ("id"));

-- +goose Down
-- reverse: create "platform_figures" table
DROP TABLE "platform_figures";
