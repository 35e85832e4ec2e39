-- +goose Up
-- create index "billing_webhooks_processed" to table: "billing_webhooks"
CREATE INDEX `billing_webhooks_processed` ON `billing_webhooks` (`received_at`) WHERE processed_at IS NOT NULL;
-- create index "identity_personal_tokens_revoked" to table: "identity_personal_tokens"
CREATE INDEX `identity_personal_tokens_revoked` ON `identity_personal_tokens` (`revoked_at`) WHERE revoked_at IS NOT NULL;
-- create index "identity_personal_tokens_expires" to table: "identity_personal_tokens"
CREATE INDEX `identity_personal_tokens_expires` ON `identity_personal_tokens` (`expires_at`) WHERE expires_at IS NOT NULL;
-- create index "identity_refresh_tokens_expires" to table: "identity_refresh_tokens"
CREATE INDEX `identity_refresh_tokens_expires` ON `identity_refresh_tokens` (`expires_at`);
-- create index "platform_events_at" to table: "platform_events"
CREATE INDEX `platform_events_at` ON `platform_events` (`occurred_at`, `id`);
-- create index "platform_inbox_at" to table: "platform_inbox"
CREATE INDEX `platform_inbox_at` ON `platform_inbox` (`recorded_at`);

-- +goose Down
DROP INDEX `platform_inbox_at`;
DROP INDEX `platform_events_at`;
DROP INDEX `identity_refresh_tokens_expires`;
DROP INDEX `identity_personal_tokens_expires`;
DROP INDEX `identity_personal_tokens_revoked`;
DROP INDEX `billing_webhooks_processed`;
