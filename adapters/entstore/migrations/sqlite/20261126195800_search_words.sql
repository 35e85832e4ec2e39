-- +goose Up
ALTER TABLE `identity_users` ADD COLUMN `search_words` text NULL;
CREATE INDEX `identity_users_unfolded` ON `identity_users` (`id`) WHERE search_words IS NULL;
-- full text over the words that the program makes of name and address; the tokenizer splits at spaces and changes nothing
DROP TRIGGER `identity_users_search_insert`;
DROP TRIGGER `identity_users_search_update`;
DROP TABLE `identity_users_search`;
CREATE VIRTUAL TABLE `identity_users_search` USING fts5(words, tokenize = "ascii", prefix = '1 2 3');
-- who is erased leaves no words behind
INSERT INTO `identity_users_search` (`identity_users_search`, `rank`) VALUES ('secure-delete', 1);
INSERT INTO `identity_users_search` (`rowid`, `words`) SELECT `id`, '' FROM `identity_users_search_rows`;
-- +goose StatementBegin
CREATE TRIGGER `identity_users_search_insert` AFTER INSERT ON `identity_users` BEGIN
  INSERT INTO `identity_users_search_rows` (`user_id`) VALUES (new.`id`);
  INSERT INTO `identity_users_search` (`rowid`, `words`) SELECT `id`, coalesce(new.`search_words`, '') FROM `identity_users_search_rows` WHERE `user_id` = new.`id`;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `identity_users_search_update` AFTER UPDATE OF `search_words` ON `identity_users`
WHEN new.`search_words` IS NOT old.`search_words` BEGIN
  UPDATE `identity_users_search` SET `words` = coalesce(new.`search_words`, '') WHERE `rowid` = (SELECT `id` FROM `identity_users_search_rows` WHERE `user_id` = new.`id`);
END;
-- +goose StatementEnd
-- a program of an older release writes a name without its words: they are made at the next search
-- +goose StatementBegin
CREATE TRIGGER `identity_users_unfold` AFTER UPDATE OF `name`, `email` ON `identity_users`
WHEN (new.`name` <> old.`name` OR new.`email` <> old.`email`) AND new.`search_words` IS NOT NULL AND new.`search_words` IS old.`search_words` BEGIN
  UPDATE `identity_users` SET `search_words` = NULL WHERE `id` = new.`id`;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER `identity_users_unfold`;
DROP TRIGGER `identity_users_search_update`;
DROP TRIGGER `identity_users_search_insert`;
DROP TABLE `identity_users_search`;
CREATE VIRTUAL TABLE `identity_users_search` USING fts5(name, email, tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3');
INSERT INTO `identity_users_search` (`identity_users_search`, `rank`) VALUES ('secure-delete', 1);
INSERT INTO `identity_users_search` (`rowid`, `name`, `email`) SELECT r.`id`, u.`name`, u.`email` FROM `identity_users_search_rows` r JOIN `identity_users` u ON u.`id` = r.`user_id`;
-- +goose StatementBegin
CREATE TRIGGER `identity_users_search_insert` AFTER INSERT ON `identity_users` BEGIN
  INSERT INTO `identity_users_search_rows` (`user_id`) VALUES (new.`id`);
  INSERT INTO `identity_users_search` (`rowid`, `name`, `email`) SELECT `id`, new.`name`, new.`email` FROM `identity_users_search_rows` WHERE `user_id` = new.`id`;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER `identity_users_search_update` AFTER UPDATE OF `name`, `email` ON `identity_users`
WHEN old.`name` <> new.`name` OR old.`email` <> new.`email` BEGIN
  UPDATE `identity_users_search` SET `name` = new.`name`, `email` = new.`email` WHERE `rowid` = (SELECT `id` FROM `identity_users_search_rows` WHERE `user_id` = new.`id`);
END;
-- +goose StatementEnd
DROP INDEX `identity_users_unfolded`;
ALTER TABLE `identity_users` DROP COLUMN `search_words`;
