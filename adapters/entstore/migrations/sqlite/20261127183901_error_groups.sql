-- +goose Up
-- create "platform_error_groups" table
CREATE TABLE `platform_error_groups` (`id` text NOT NULL, `kind` text NOT NULL, `title` text NOT NULL, `place` text NOT NULL, `sample` text NOT NULL, `times` integer NOT NULL, `first_release` text NOT NULL, `last_release` text NOT NULL, `first_seen` datetime NOT NULL, `last_seen` datetime NOT NULL, `state` text NOT NULL, `resolved_release` text NOT NULL, `returned` bool NOT NULL, PRIMARY KEY (`id`));
-- create index "platform_error_groups_state" to table: "platform_error_groups"
CREATE INDEX `platform_error_groups_state` ON `platform_error_groups` (`state`, `last_seen`, `id`);
-- create index "platform_error_groups_seen" to table: "platform_error_groups"
CREATE INDEX `platform_error_groups_seen` ON `platform_error_groups` (`last_seen`, `id`);

-- +goose Down
-- reverse: create index "platform_error_groups_seen" to table: "platform_error_groups"
DROP INDEX `platform_error_groups_seen`;
-- reverse: create index "platform_error_groups_state" to table: "platform_error_groups"
DROP INDEX `platform_error_groups_state`;
-- reverse: create "platform_error_groups" table
DROP TABLE `platform_error_groups`;
