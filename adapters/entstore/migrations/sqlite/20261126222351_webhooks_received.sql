-- +goose Up
-- create index "billing_webhooks_received" to table: "billing_webhooks"
CREATE INDEX `billing_webhooks_received` ON `billing_webhooks` (`received_at`) WHERE state = 'received';

-- +goose Down
-- reverse: create index "billing_webhooks_received" to table: "billing_webhooks"
DROP INDEX `billing_webhooks_received`;
