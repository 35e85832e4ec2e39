-- +goose Up
-- create "content_open_editors" table
CREATE TABLE `content_open_editors` (`id` uuid NOT NULL, `editor_id` uuid NOT NULL, `heard_at` datetime NOT NULL, `post_id` uuid NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `content_open_editors_content_posts_open_editors` FOREIGN KEY (`post_id`) REFERENCES `content_posts` (`id`) ON DELETE CASCADE);
-- create index "content_open_editors_post" to table: "content_open_editors"
CREATE UNIQUE INDEX `content_open_editors_post` ON `content_open_editors` (`post_id`, `editor_id`);
-- create index "content_open_editors_editor" to table: "content_open_editors"
CREATE INDEX `content_open_editors_editor` ON `content_open_editors` (`editor_id`);
-- create index "content_open_editors_heard" to table: "content_open_editors"
CREATE INDEX `content_open_editors_heard` ON `content_open_editors` (`heard_at`);

-- +goose Down
-- reverse: create index "content_open_editors_heard" to table: "content_open_editors"
DROP INDEX `content_open_editors_heard`;
-- reverse: create index "content_open_editors_editor" to table: "content_open_editors"
DROP INDEX `content_open_editors_editor`;
-- reverse: create index "content_open_editors_post" to table: "content_open_editors"
DROP INDEX `content_open_editors_post`;
-- reverse: create "content_open_editors" table
DROP TABLE `content_open_editors`;
