-- +goose Up
-- create index "identity_users_role" to table: "identity_users"
CREATE INDEX `identity_users_role` ON `identity_users` (`role`, `created_at`, `id`);
-- create index "identity_users_suspended" to table: "identity_users"
CREATE INDEX `identity_users_suspended` ON `identity_users` (`created_at`, `id`) WHERE suspended_at IS NOT NULL;
-- full text over name and address; the numbers of its rows stand in a table of their own, because those of
-- "identity_users" may change when the file is compacted
CREATE TABLE `identity_users_search_rows` (`id` integer NOT NULL PRIMARY KEY, `user_id` uuid NOT NULL);
CREATE UNIQUE INDEX `identity_users_search_rows_user` ON `identity_users_search_rows` (`user_id`);
CREATE VIRTUAL TABLE `identity_users_search` USING fts5(name, email, tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3');
-- who is erased leaves no words behind
INSERT INTO `identity_users_search` (`identity_users_search`, `rank`) VALUES ('secure-delete', 1);
INSERT INTO `identity_users_search_rows` (`user_id`) SELECT `id` FROM `identity_users`;
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
-- +goose StatementBegin
CREATE TRIGGER `identity_users_search_delete` AFTER DELETE ON `identity_users` BEGIN
  DELETE FROM `identity_users_search` WHERE `rowid` = (SELECT `id` FROM `identity_users_search_rows` WHERE `user_id` = old.`id`);
  DELETE FROM `identity_users_search_rows` WHERE `user_id` = old.`id`;
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER `identity_users_search_delete`;
DROP TRIGGER `identity_users_search_update`;
DROP TRIGGER `identity_users_search_insert`;
DROP TABLE `identity_users_search`;
DROP TABLE `identity_users_search_rows`;
-- reverse: create index "identity_users_suspended" to table: "identity_users"
DROP INDEX `identity_users_suspended`;
-- reverse: create index "identity_users_role" to table: "identity_users"
DROP INDEX `identity_users_role`;
