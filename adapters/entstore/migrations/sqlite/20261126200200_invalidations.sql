-- +goose Up
-- create "platform_invalidations" table
CREATE TABLE `platform_invalidations` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `origin` text NOT NULL, `tags` text NOT NULL, `at` datetime NOT NULL);
-- create index "platform_invalidations_at" to table: "platform_invalidations"
CREATE INDEX `platform_invalidations_at` ON `platform_invalidations` (`at`);

-- +goose Down
-- reverse: create index "platform_invalidations_at" to table: "platform_invalidations"
DROP INDEX `platform_invalidations_at`;
-- reverse: create "platform_invalidations" table
DROP TABLE `platform_invalidations`;
