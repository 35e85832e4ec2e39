-- +goose Up
-- create "job_workers" table
CREATE TABLE "job_workers" ("id" character varying NOT NULL, "seen_at" timestamptz NOT NULL, PRIMARY KEY ("id"));

-- +goose Down
-- reverse: create "job_workers" table
DROP TABLE "job_workers";
