-- +goose Up
-- which posts the index of words holds, and as what; a schema cannot declare an index of words, and so declares none of its tables.
-- A post's place is when it was published, in the order of which the newest matches are found
CREATE TABLE `content_search_posts` (`post_id` uuid NOT NULL, `place` integer NOT NULL, `visibility` text NOT NULL, `version` integer NOT NULL, `tokens` integer NOT NULL, PRIMARY KEY (`post_id`), CONSTRAINT `content_search_posts_content_posts` FOREIGN KEY (`post_id`) REFERENCES `content_posts` (`id`) ON DELETE CASCADE);
CREATE UNIQUE INDEX `content_search_posts_place` ON `content_search_posts` (`place`);
-- what everybody may read, and the whole of what members and who pays may: texts of their own, so that no query for one reader can tell what another one may read.
-- The program makes the tokens; the tokenizer splits at spaces and changes nothing
CREATE VIRTUAL TABLE `content_search_open` USING fts5(title, tags, opening, rest, content = '', contentless_delete = 1, tokenize = "ascii", prefix = '2 3');
CREATE VIRTUAL TABLE `content_search_members` USING fts5(title, tags, opening, rest, content = '', contentless_delete = 1, tokenize = "ascii", prefix = '2 3');
CREATE VIRTUAL TABLE `content_search_paid` USING fts5(title, tags, opening, rest, content = '', contentless_delete = 1, tokenize = "ascii", prefix = '2 3');
-- +goose StatementBegin
CREATE TRIGGER `content_search_posts_delete` AFTER DELETE ON `content_search_posts` BEGIN
  DELETE FROM `content_search_open` WHERE `rowid` = old.`place`;
  DELETE FROM `content_search_members` WHERE `rowid` = old.`place` AND old.`visibility` = 'members';
  DELETE FROM `content_search_paid` WHERE `rowid` = old.`place` AND old.`visibility` = 'paid';
END;
-- +goose StatementEnd
-- words of what everybody may read, for whoever mistypes one
CREATE TABLE `content_search_words` (`head` text NOT NULL, `letters` integer NOT NULL, `word` text NOT NULL, `spelt` text NOT NULL, PRIMARY KEY (`head`, `letters`, `word`)) WITHOUT ROWID;

-- +goose Down
DROP TABLE `content_search_words`;
DROP TRIGGER `content_search_posts_delete`;
DROP TABLE `content_search_paid`;
DROP TABLE `content_search_members`;
DROP TABLE `content_search_open`;
DROP TABLE `content_search_posts`;
