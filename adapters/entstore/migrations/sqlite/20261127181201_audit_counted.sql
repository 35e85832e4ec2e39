-- +goose Up
-- create "new_platform_audit" table
CREATE TABLE `new_platform_audit` (`id` uuid NOT NULL, `actor` text NOT NULL, `action` text NOT NULL, `resource` text NOT NULL, `address` text NOT NULL, `impersonator` text NULL, `detail` text NULL, `times` integer NOT NULL DEFAULT (1), `at` datetime NOT NULL, `counted` bool NOT NULL DEFAULT (true), `seal` integer NOT NULL DEFAULT (0), PRIMARY KEY (`id`));
-- copy rows from old table "platform_audit" to new temporary table "new_platform_audit"
INSERT INTO `new_platform_audit` (`id`, `actor`, `action`, `resource`, `address`, `impersonator`, `detail`, `times`, `at`, `counted`, `seal`) SELECT `id`, `actor`, `action`, `resource`, `address`, `impersonator`, `detail`, `times`, `at`, `counted`, `seal` FROM `platform_audit`;
-- drop "platform_audit" table after copying rows
DROP TABLE `platform_audit`;
-- rename temporary table "new_platform_audit" to "platform_audit"
ALTER TABLE `new_platform_audit` RENAME TO `platform_audit`;
-- create index "platform_audit_resource" to table: "platform_audit"
CREATE INDEX `platform_audit_resource` ON `platform_audit` (`resource`, `at`);
-- create index "platform_audit_actor" to table: "platform_audit"
CREATE INDEX `platform_audit_actor` ON `platform_audit` (`actor`, `at`);
-- create index "platform_audit_action" to table: "platform_audit"
CREATE INDEX `platform_audit_action` ON `platform_audit` (`action`, `at`);
-- create index "platform_audit_at" to table: "platform_audit"
CREATE INDEX `platform_audit_at` ON `platform_audit` (`at`, `id`);
-- create index "platform_audit_seal" to table: "platform_audit"
CREATE INDEX `platform_audit_seal` ON `platform_audit` (`seal`, `at`);
-- create index "platform_audit_impersonator" to table: "platform_audit"
CREATE INDEX `platform_audit_impersonator` ON `platform_audit` (`impersonator`, `at`) WHERE impersonator <> '';

-- +goose Down
-- create "new_platform_audit" table
CREATE TABLE `new_platform_audit` (`id` uuid NOT NULL, `actor` text NOT NULL, `action` text NOT NULL, `resource` text NOT NULL, `address` text NOT NULL, `impersonator` text NULL, `detail` text NULL, `times` integer NOT NULL DEFAULT (1), `at` datetime NOT NULL, `counted` bool NOT NULL DEFAULT (false), `seal` integer NOT NULL DEFAULT (0), PRIMARY KEY (`id`));
-- copy rows from old table "platform_audit" to new temporary table "new_platform_audit"
INSERT INTO `new_platform_audit` (`id`, `actor`, `action`, `resource`, `address`, `impersonator`, `detail`, `times`, `at`, `counted`, `seal`) SELECT `id`, `actor`, `action`, `resource`, `address`, `impersonator`, `detail`, `times`, `at`, `counted`, `seal` FROM `platform_audit`;
-- drop "platform_audit" table after copying rows
DROP TABLE `platform_audit`;
-- rename temporary table "new_platform_audit" to "platform_audit"
ALTER TABLE `new_platform_audit` RENAME TO `platform_audit`;
-- create index "platform_audit_resource" to table: "platform_audit"
CREATE INDEX `platform_audit_resource` ON `platform_audit` (`resource`, `at`);
-- create index "platform_audit_actor" to table: "platform_audit"
CREATE INDEX `platform_audit_actor` ON `platform_audit` (`actor`, `at`);
-- create index "platform_audit_action" to table: "platform_audit"
CREATE INDEX `platform_audit_action` ON `platform_audit` (`action`, `at`);
-- create index "platform_audit_at" to table: "platform_audit"
CREATE INDEX `platform_audit_at` ON `platform_audit` (`at`, `id`);
-- create index "platform_audit_seal" to table: "platform_audit"
CREATE INDEX `platform_audit_seal` ON `platform_audit` (`seal`, `at`);
-- create index "platform_audit_impersonator" to table: "platform_audit"
CREATE INDEX `platform_audit_impersonator` ON `platform_audit` (`impersonator`, `at`) WHERE impersonator <> '';
