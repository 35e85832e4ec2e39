-- +goose NO TRANSACTION
-- It counts what is not applied yet. It is built beside what goes on, and can run again
-- after a break.
-- +goose Up
-- create index "billing_webhooks_received" to table: "billing_webhooks"
DROP INDEX CONCURRENTLY IF EXISTS "billing_webhooks_received";
CREATE INDEX CONCURRENTLY "billing_webhooks_received" ON "billing_webhooks" ("received_at") WHERE ((state)::text = 'received'::text);

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS "billing_webhooks_received";
