-- +goose Up
-- create "content_private_feeds" table
CREATE TABLE `content_private_feeds` (`id` uuid NOT NULL, `hash` blob NOT NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "content_private_feeds_hash" to table: "content_private_feeds"
CREATE UNIQUE INDEX `content_private_feeds_hash` ON `content_private_feeds` (`hash`);

-- +goose Down
-- reverse: create index "content_private_feeds_hash" to table: "content_private_feeds"
DROP INDEX `content_private_feeds_hash`;
-- reverse: create "content_private_feeds" table
DROP TABLE `content_private_feeds`;
