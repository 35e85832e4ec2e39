-- +goose Up
-- create "platform_mail_failures" table
CREATE TABLE "platform_mail_failures" ("id" uuid NOT NULL, "kind" character varying NOT NULL, "payload" bytea NOT NULL, "recipient" character varying NOT NULL, "reason" character varying NOT NULL, "failed_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "platform_mail_failures_at" to table: "platform_mail_failures"
CREATE INDEX "platform_mail_failures_at" ON "platform_mail_failures" ("failed_at", "id");
-- create index "platform_mail_failures_recipient" to table: "platform_mail_failures"
CREATE INDEX "platform_mail_failures_recipient" ON "platform_mail_failures" ("recipient");

-- +goose Down
-- reverse: create index "platform_mail_failures_recipient" to table: "platform_mail_failures"
DROP INDEX "platform_mail_failures_recipient";
-- reverse: create index "platform_mail_failures_at" to table: "platform_mail_failures"
DROP INDEX "platform_mail_failures_at";
-- reverse: create "platform_mail_failures" table
DROP TABLE "platform_mail_failures";
