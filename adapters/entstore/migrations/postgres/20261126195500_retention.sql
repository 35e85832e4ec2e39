-- +goose NO TRANSACTION
-- These find what is past its time. Nobody waits for them: each is built beside what
-- goes on, by itself, and all can run again after a break.
-- +goose Up
-- create index "billing_webhooks_processed" to table: "billing_webhooks"
DROP INDEX CONCURRENTLY IF EXISTS "billing_webhooks_processed";
CREATE INDEX CONCURRENTLY "billing_webhooks_processed" ON "billing_webhooks" ("received_at") WHERE (processed_at IS NOT NULL);
-- create index "identity_personal_tokens_expires" to table: "identity_personal_tokens"
DROP INDEX CONCURRENTLY IF EXISTS "identity_personal_tokens_expires";
CREATE INDEX CONCURRENTLY "identity_personal_tokens_expires" ON "identity_personal_tokens" ("expires_at") WHERE (expires_at IS NOT NULL);
-- create index "identity_personal_tokens_revoked" to table: "identity_personal_tokens"
DROP INDEX CONCURRENTLY IF EXISTS "identity_personal_tokens_revoked";
CREATE INDEX CONCURRENTLY "identity_personal_tokens_revoked" ON "identity_personal_tokens" ("revoked_at") WHERE (revoked_at IS NOT NULL);
-- create index "identity_refresh_tokens_expires" to table: "identity_refresh_tokens"
DROP INDEX CONCURRENTLY IF EXISTS "identity_refresh_tokens_expires";
CREATE INDEX CONCURRENTLY "identity_refresh_tokens_expires" ON "identity_refresh_tokens" ("expires_at");
-- create index "platform_events_at" to table: "platform_events"
DROP INDEX CONCURRENTLY IF EXISTS "platform_events_at";
CREATE INDEX CONCURRENTLY "platform_events_at" ON "platform_events" ("occurred_at", "id");
-- create index "platform_inbox_at" to table: "platform_inbox"
DROP INDEX CONCURRENTLY IF EXISTS "platform_inbox_at";
CREATE INDEX CONCURRENTLY "platform_inbox_at" ON "platform_inbox" ("recorded_at");

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS "platform_inbox_at";
DROP INDEX CONCURRENTLY IF EXISTS "platform_events_at";
DROP INDEX CONCURRENTLY IF EXISTS "identity_refresh_tokens_expires";
DROP INDEX CONCURRENTLY IF EXISTS "identity_personal_tokens_revoked";
DROP INDEX CONCURRENTLY IF EXISTS "identity_personal_tokens_expires";
DROP INDEX CONCURRENTLY IF EXISTS "billing_webhooks_processed";
