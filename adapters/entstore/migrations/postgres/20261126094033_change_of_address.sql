-- +goose Up
-- modify "identity_mail_tokens" table
ALTER TABLE "identity_mail_tokens" ADD COLUMN "browser_hash" bytea NULL, ADD COLUMN "epoch" bigint NOT NULL DEFAULT 0;
-- modify "identity_users" table
ALTER TABLE "identity_users" ADD COLUMN "links_epoch" bigint NOT NULL DEFAULT 0;
-- create "identity_pending_emails" table
CREATE TABLE "identity_pending_emails" ("id" uuid NOT NULL, "email" character varying NOT NULL, "created_at" timestamptz NOT NULL, "expires_at" timestamptz NOT NULL, "user_id" uuid NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "identity_pending_emails_identity_users_pending_email" FOREIGN KEY ("user_id") REFERENCES "identity_users" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "identity_pending_emails_expires" to table: "identity_pending_emails"
CREATE INDEX "identity_pending_emails_expires" ON "identity_pending_emails" ("expires_at");
-- create index "identity_pending_emails_user_id_key" to table: "identity_pending_emails"
CREATE UNIQUE INDEX "identity_pending_emails_user_id_key" ON "identity_pending_emails" ("user_id");

-- +goose Down
-- reverse: create index "identity_pending_emails_user_id_key" to table: "identity_pending_emails"
DROP INDEX "identity_pending_emails_user_id_key";
-- reverse: create index "identity_pending_emails_expires" to table: "identity_pending_emails"
DROP INDEX "identity_pending_emails_expires";
-- reverse: create "identity_pending_emails" table
DROP TABLE "identity_pending_emails";
-- reverse: modify "identity_users" table
ALTER TABLE "identity_users" DROP COLUMN "links_epoch";
-- reverse: modify "identity_mail_tokens" table
ALTER TABLE "identity_mail_tokens" DROP COLUMN "epoch", DROP COLUMN "browser_hash";
