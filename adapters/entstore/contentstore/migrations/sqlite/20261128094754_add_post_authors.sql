-- +goose Up
-- create "content_post_authors" table
CREATE TABLE `content_post_authors` (`id` uuid NOT NULL, `author_id` uuid NOT NULL, `position` integer NOT NULL, `post_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `content_post_authors_content_posts_co_authors` FOREIGN KEY (`post_id`) REFERENCES `content_posts` (`id`) ON DELETE CASCADE);
-- create index "content_post_authors_position" to table: "content_post_authors"
CREATE UNIQUE INDEX `content_post_authors_position` ON `content_post_authors` (`post_id`, `position`);
-- create index "content_post_authors_author" to table: "content_post_authors"
CREATE UNIQUE INDEX `content_post_authors_author` ON `content_post_authors` (`author_id`, `post_id`);

-- +goose Down
-- reverse: create index "content_post_authors_author" to table: "content_post_authors"
DROP INDEX `content_post_authors_author`;
-- reverse: create index "content_post_authors_position" to table: "content_post_authors"
DROP INDEX `content_post_authors_position`;
-- reverse: create "content_post_authors" table
DROP TABLE `content_post_authors`;
