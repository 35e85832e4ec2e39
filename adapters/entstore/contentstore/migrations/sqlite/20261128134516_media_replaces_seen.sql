-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_content_uploads" table
CREATE TABLE `new_content_uploads` (`id` uuid NOT NULL, `owner_id` uuid NOT NULL, `replaces_id` uuid NULL, `replaces_seen` integer NOT NULL DEFAULT (0), `name` text NOT NULL, `alt` text NOT NULL, `bytes` integer NOT NULL, `received` integer NOT NULL, `parts` json NOT NULL, `finished` bool NOT NULL DEFAULT (false), `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- copy rows from old table "content_uploads" to new temporary table "new_content_uploads"
INSERT INTO `new_content_uploads` (`id`, `owner_id`, `replaces_id`, `name`, `alt`, `bytes`, `received`, `parts`, `finished`, `created_at`, `expires_at`) SELECT `id`, `owner_id`, `replaces_id`, `name`, `alt`, `bytes`, `received`, `parts`, `finished`, `created_at`, `expires_at` FROM `content_uploads`;
-- drop "content_uploads" table after copying rows
DROP TABLE `content_uploads`;
-- rename temporary table "new_content_uploads" to "content_uploads"
ALTER TABLE `new_content_uploads` RENAME TO `content_uploads`;
-- create index "content_uploads_owner" to table: "content_uploads"
CREATE INDEX `content_uploads_owner` ON `content_uploads` (`owner_id`, `created_at`);
-- create index "content_uploads_expiry" to table: "content_uploads"
CREATE INDEX `content_uploads_expiry` ON `content_uploads` (`expires_at`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;

-- +goose Down
-- reverse: create index "content_uploads_expiry" to table: "content_uploads"
DROP INDEX `content_uploads_expiry`;
-- reverse: create index "content_uploads_owner" to table: "content_uploads"
DROP INDEX `content_uploads_owner`;
-- reverse: create "new_content_uploads" table
DROP TABLE `new_content_uploads`;
