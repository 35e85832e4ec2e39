-- +goose Up
-- create "billing_accounts" table
CREATE TABLE "billing_accounts" ("id" uuid NOT NULL, "organization_id" uuid NOT NULL, "created_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "billing_accounts_organization" to table: "billing_accounts"
CREATE UNIQUE INDEX "billing_accounts_organization" ON "billing_accounts" ("organization_id");
-- create "billing_refunds" table
CREATE TABLE "billing_refunds" ("id" uuid NOT NULL, "checkout" character varying NOT NULL, "account" character varying NOT NULL, "provider" character varying NOT NULL, "subscription" character varying NOT NULL, "amount" bigint NOT NULL, "currency" character varying NOT NULL, "reason" character varying NOT NULL, "state" character varying NOT NULL, "attempts" bigint NOT NULL, "last_error" text NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "billing_refunds_account" to table: "billing_refunds"
CREATE INDEX "billing_refunds_account" ON "billing_refunds" ("account", "created_at");
-- create index "billing_refunds_pending" to table: "billing_refunds"
CREATE INDEX "billing_refunds_pending" ON "billing_refunds" ("created_at", "id") WHERE ((state)::text = 'pending'::text);
-- create index "billing_refunds_subscription" to table: "billing_refunds"
CREATE UNIQUE INDEX "billing_refunds_subscription" ON "billing_refunds" ("provider", "subscription");
-- create "billing_webhooks" table
CREATE TABLE "billing_webhooks" ("id" uuid NOT NULL, "provider" character varying NOT NULL, "event_id" character varying NOT NULL, "body" bytea NOT NULL, "kind" character varying NOT NULL DEFAULT '', "checkout" character varying NULL, "subscription" character varying NULL, "state" character varying NOT NULL DEFAULT 'applied', "received_at" timestamptz NOT NULL, "processed_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "billing_webhooks_checkout" to table: "billing_webhooks"
CREATE INDEX "billing_webhooks_checkout" ON "billing_webhooks" ("provider", "checkout");
-- create index "billing_webhooks_event" to table: "billing_webhooks"
CREATE UNIQUE INDEX "billing_webhooks_event" ON "billing_webhooks" ("provider", "event_id");
-- create index "billing_webhooks_processed" to table: "billing_webhooks"
CREATE INDEX "billing_webhooks_processed" ON "billing_webhooks" ("received_at") WHERE (processed_at IS NOT NULL);
-- create index "billing_webhooks_received" to table: "billing_webhooks"
CREATE INDEX "billing_webhooks_received" ON "billing_webhooks" ("received_at") WHERE ((state)::text = 'received'::text);
-- create index "billing_webhooks_subscription" to table: "billing_webhooks"
CREATE INDEX "billing_webhooks_subscription" ON "billing_webhooks" ("provider", "subscription");
-- create index "billing_webhooks_waiting" to table: "billing_webhooks"
CREATE INDEX "billing_webhooks_waiting" ON "billing_webhooks" ("received_at", "event_id") WHERE ((state)::text = 'waiting'::text);
-- create "billing_checkouts" table
CREATE TABLE "billing_checkouts" ("id" uuid NOT NULL, "price_id" uuid NOT NULL, "started_by" uuid NOT NULL, "provider" character varying NOT NULL, "provider_ref" character varying NOT NULL, "url" text NOT NULL, "idempotency_key" character varying NULL, "request_hash" bytea NULL, "status" character varying NOT NULL, "holder" character varying NOT NULL DEFAULT '', "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "version" bigint NOT NULL, "account_id" uuid NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "billing_checkouts_billing_accounts_checkouts" FOREIGN KEY ("account_id") REFERENCES "billing_accounts" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "billing_checkouts_key" to table: "billing_checkouts"
CREATE UNIQUE INDEX "billing_checkouts_key" ON "billing_checkouts" ("account_id", "idempotency_key");
-- create index "billing_checkouts_latest" to table: "billing_checkouts"
CREATE INDEX "billing_checkouts_latest" ON "billing_checkouts" ("account_id", "created_at", "id");
-- create index "billing_checkouts_open" to table: "billing_checkouts"
CREATE UNIQUE INDEX "billing_checkouts_open" ON "billing_checkouts" ("account_id") WHERE (((status)::text <> 'completed'::text) AND ((status)::text <> 'expired'::text));
-- create "billing_plans" table
CREATE TABLE "billing_plans" ("id" uuid NOT NULL, "code" character varying NOT NULL, "name" character varying NOT NULL, "summary" text NOT NULL, "entitlements" jsonb NOT NULL, "position" bigint NOT NULL, PRIMARY KEY ("id"));
-- create index "billing_plans_code" to table: "billing_plans"
CREATE UNIQUE INDEX "billing_plans_code" ON "billing_plans" ("code");
-- create "billing_prices" table
CREATE TABLE "billing_prices" ("id" uuid NOT NULL, "interval" character varying NOT NULL, "amount" bigint NOT NULL, "currency" character varying NOT NULL, "retired" boolean NOT NULL, "plan_id" uuid NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "billing_prices_billing_plans_prices" FOREIGN KEY ("plan_id") REFERENCES "billing_plans" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "billing_prices_plan" to table: "billing_prices"
CREATE INDEX "billing_prices_plan" ON "billing_prices" ("plan_id");
-- create "billing_subscriptions" table
CREATE TABLE "billing_subscriptions" ("id" uuid NOT NULL, "plan_code" character varying NOT NULL, "price_id" uuid NOT NULL, "amount" bigint NOT NULL, "currency" character varying NOT NULL, "provider" character varying NOT NULL, "provider_ref" character varying NULL, "status" character varying NOT NULL, "started_at" timestamptz NOT NULL, "period_end" timestamptz NOT NULL, "ended_at" timestamptz NULL, "end_reason" character varying NULL, "updated_at" timestamptz NOT NULL, "version" bigint NOT NULL, "account_id" uuid NOT NULL, PRIMARY KEY ("id"), CONSTRAINT "billing_subscriptions_billing_accounts_subscriptions" FOREIGN KEY ("account_id") REFERENCES "billing_accounts" ("id") ON UPDATE NO ACTION ON DELETE CASCADE);
-- create index "billing_subscriptions_account" to table: "billing_subscriptions"
CREATE INDEX "billing_subscriptions_account" ON "billing_subscriptions" ("account_id", "started_at");
-- create index "billing_subscriptions_due" to table: "billing_subscriptions"
CREATE INDEX "billing_subscriptions_due" ON "billing_subscriptions" ("period_end", "id") WHERE ((status)::text <> 'ended'::text);
-- create index "billing_subscriptions_live" to table: "billing_subscriptions"
CREATE UNIQUE INDEX "billing_subscriptions_live" ON "billing_subscriptions" ("account_id") WHERE ((status)::text <> 'ended'::text);
-- create index "billing_subscriptions_ref" to table: "billing_subscriptions"
CREATE UNIQUE INDEX "billing_subscriptions_ref" ON "billing_subscriptions" ("provider", "provider_ref");

-- +goose Down
-- reverse: create index "billing_subscriptions_ref" to table: "billing_subscriptions"
DROP INDEX "billing_subscriptions_ref";
-- reverse: create index "billing_subscriptions_live" to table: "billing_subscriptions"
DROP INDEX "billing_subscriptions_live";
-- reverse: create index "billing_subscriptions_due" to table: "billing_subscriptions"
DROP INDEX "billing_subscriptions_due";
-- reverse: create index "billing_subscriptions_account" to table: "billing_subscriptions"
DROP INDEX "billing_subscriptions_account";
-- reverse: create "billing_subscriptions" table
DROP TABLE "billing_subscriptions";
-- reverse: create index "billing_prices_plan" to table: "billing_prices"
DROP INDEX "billing_prices_plan";
-- reverse: create "billing_prices" table
DROP TABLE "billing_prices";
-- reverse: create index "billing_plans_code" to table: "billing_plans"
DROP INDEX "billing_plans_code";
-- reverse: create "billing_plans" table
DROP TABLE "billing_plans";
-- reverse: create index "billing_checkouts_open" to table: "billing_checkouts"
DROP INDEX "billing_checkouts_open";
-- reverse: create index "billing_checkouts_latest" to table: "billing_checkouts"
DROP INDEX "billing_checkouts_latest";
-- reverse: create index "billing_checkouts_key" to table: "billing_checkouts"
DROP INDEX "billing_checkouts_key";
-- reverse: create "billing_checkouts" table
DROP TABLE "billing_checkouts";
-- reverse: create index "billing_webhooks_waiting" to table: "billing_webhooks"
DROP INDEX "billing_webhooks_waiting";
-- reverse: create index "billing_webhooks_subscription" to table: "billing_webhooks"
DROP INDEX "billing_webhooks_subscription";
-- reverse: create index "billing_webhooks_received" to table: "billing_webhooks"
DROP INDEX "billing_webhooks_received";
-- reverse: create index "billing_webhooks_processed" to table: "billing_webhooks"
DROP INDEX "billing_webhooks_processed";
-- reverse: create index "billing_webhooks_event" to table: "billing_webhooks"
DROP INDEX "billing_webhooks_event";
-- reverse: create index "billing_webhooks_checkout" to table: "billing_webhooks"
DROP INDEX "billing_webhooks_checkout";
-- reverse: create "billing_webhooks" table
DROP TABLE "billing_webhooks";
-- reverse: create index "billing_refunds_subscription" to table: "billing_refunds"
DROP INDEX "billing_refunds_subscription";
-- reverse: create index "billing_refunds_pending" to table: "billing_refunds"
DROP INDEX "billing_refunds_pending";
-- reverse: create index "billing_refunds_account" to table: "billing_refunds"
DROP INDEX "billing_refunds_account";
-- reverse: create "billing_refunds" table
DROP TABLE "billing_refunds";
-- reverse: create index "billing_accounts_organization" to table: "billing_accounts"
DROP INDEX "billing_accounts_organization";
-- reverse: create "billing_accounts" table
DROP TABLE "billing_accounts";
