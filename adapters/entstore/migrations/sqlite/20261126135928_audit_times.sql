-- +goose Up
ALTER TABLE `platform_audit` ADD COLUMN `times` integer NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE `platform_audit` DROP COLUMN `times`;
