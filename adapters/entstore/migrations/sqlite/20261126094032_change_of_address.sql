-- +goose Up
-- Columns are added in place: making "identity_users" anew would drop the triggers that keep the search for people.
ALTER TABLE `identity_users` ADD COLUMN `links_epoch` integer NOT NULL DEFAULT 0;
ALTER TABLE `identity_mail_tokens` ADD COLUMN `browser_hash` blob NULL;
ALTER TABLE `identity_mail_tokens` ADD COLUMN `epoch` integer NOT NULL DEFAULT 0;
-- create "identity_pending_emails" table
CREATE TABLE `identity_pending_emails` (`id` uuid NOT NULL, `email` text NOT NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `user_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `identity_pending_emails_identity_users_pending_email` FOREIGN KEY (`user_id`) REFERENCES `identity_users` (`id`) ON DELETE CASCADE);
-- create index "identity_pending_emails_user_id_key" to table: "identity_pending_emails"
CREATE UNIQUE INDEX `identity_pending_emails_user_id_key` ON `identity_pending_emails` (`user_id`);
-- create index "identity_pending_emails_expires" to table: "identity_pending_emails"
CREATE INDEX `identity_pending_emails_expires` ON `identity_pending_emails` (`expires_at`);

-- +goose Down
-- reverse: create index "identity_pending_emails_expires" to table: "identity_pending_emails"
DROP INDEX `identity_pending_emails_expires`;
-- reverse: create index "identity_pending_emails_user_id_key" to table: "identity_pending_emails"
DROP INDEX `identity_pending_emails_user_id_key`;
-- reverse: create "identity_pending_emails" table
DROP TABLE `identity_pending_emails`;
ALTER TABLE `identity_mail_tokens` DROP COLUMN `epoch`;
ALTER TABLE `identity_mail_tokens` DROP COLUMN `browser_hash`;
ALTER TABLE `identity_users` DROP COLUMN `links_epoch`;
