-- +goose Up
-- create "platform_audit_streams" table
CREATE TABLE `platform_audit_streams` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `sent` integer NOT NULL);

-- +goose Down
-- reverse: create "platform_audit_streams" table
DROP TABLE `platform_audit_streams`;
