-- +goose Up
-- create "content_author_handles" table
CREATE TABLE `content_author_handles` (`id` uuid NOT NULL, `handle` text NOT NULL, `left_at` datetime NOT NULL, `author_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `content_author_handles_content_authors_former_handles` FOREIGN KEY (`author_id`) REFERENCES `content_authors` (`id`) ON DELETE CASCADE);
-- create index "content_author_handles_handle" to table: "content_author_handles"
CREATE UNIQUE INDEX `content_author_handles_handle` ON `content_author_handles` (`handle`);
-- create index "content_author_handles_author" to table: "content_author_handles"
CREATE INDEX `content_author_handles_author` ON `content_author_handles` (`author_id`, `left_at`);

-- +goose Down
-- reverse: create index "content_author_handles_author" to table: "content_author_handles"
DROP INDEX `content_author_handles_author`;
-- reverse: create index "content_author_handles_handle" to table: "content_author_handles"
DROP INDEX `content_author_handles_handle`;
-- reverse: create "content_author_handles" table
DROP TABLE `content_author_handles`;
