-- +goose Up
-- modify "platform_audit" table
ALTER TABLE `platform_audit` ADD COLUMN `counted` bool NOT NULL DEFAULT (false);
ALTER TABLE `platform_audit` ADD COLUMN `seal` integer NOT NULL DEFAULT (0);
-- create "platform_audit_checks" table
CREATE TABLE `platform_audit_checks` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `checked_at` datetime NOT NULL, `fault` text NOT NULL);
-- create "platform_audit_seals" table
CREATE TABLE `platform_audit_seals` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `entries` integer NOT NULL, `leaves` blob NOT NULL, `latest` datetime NOT NULL, `previous` blob NOT NULL, `pruned_through` integer NOT NULL DEFAULT (0), `pruned_hash` blob NULL, `pruned_entries` integer NOT NULL DEFAULT (0), `sealed_at` datetime NOT NULL, `key_id` text NOT NULL, `signature` blob NOT NULL);

-- +goose Down
-- reverse: create "platform_audit_seals" table
DROP TABLE `platform_audit_seals`;
-- reverse: create "platform_audit_checks" table
DROP TABLE `platform_audit_checks`;
-- reverse: modify "platform_audit" table
ALTER TABLE `platform_audit` DROP COLUMN `seal`;
ALTER TABLE `platform_audit` DROP COLUMN `counted`;
