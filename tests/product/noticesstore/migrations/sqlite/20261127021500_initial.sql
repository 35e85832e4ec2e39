-- +goose Up
-- create "notices_notices" table
CREATE TABLE `notices_notices` (`id` uuid NOT NULL, `text` text NOT NULL, `author_id` uuid NOT NULL, `byline` text NOT NULL, `posted_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "notices_notices_posted" to table: "notices_notices"
CREATE INDEX `notices_notices_posted` ON `notices_notices` (`posted_at`, `id`);
-- create index "notices_notices_author" to table: "notices_notices"
CREATE INDEX `notices_notices_author` ON `notices_notices` (`author_id`);

-- +goose Down
-- reverse: create index "notices_notices_author" to table: "notices_notices"
DROP INDEX `notices_notices_author`;
-- reverse: create index "notices_notices_posted" to table: "notices_notices"
DROP INDEX `notices_notices_posted`;
-- reverse: create "notices_notices" table
DROP TABLE `notices_notices`;
