-- +goose Up
-- create "platform_error_groups" table
CREATE TABLE "platform_error_groups" ("id" character varying NOT NULL, "kind" character varying NOT NULL, "title" character varying NOT NULL, "place" character varying NOT NULL, "sample" text NOT NULL, "times" bigint NOT NULL, "first_release" character varying NOT NULL, "last_release" character varying NOT NULL, "first_seen" timestamptz NOT NULL, "last_seen" timestamptz NOT NULL, "state" character varying NOT NULL, "resolved_release" character varying NOT NULL, "returned" boolean NOT NULL, PRIMARY KEY ("id"));
-- create index "platform_error_groups_seen" to table: "platform_error_groups"
CREATE INDEX "platform_error_groups_seen" ON "platform_error_groups" ("last_seen", "id");
-- create index "platform_error_groups_state" to table: "platform_error_groups"
CREATE INDEX "platform_error_groups_state" ON "platform_error_groups" ("state", "last_seen", "id");

-- +goose Down
-- reverse: create index "platform_error_groups_state" to table: "platform_error_groups"
DROP INDEX "platform_error_groups_state";
-- reverse: create index "platform_error_groups_seen" to table: "platform_error_groups"
DROP INDEX "platform_error_groups_seen";
-- reverse: create "platform_error_groups" table
DROP TABLE "platform_error_groups";
