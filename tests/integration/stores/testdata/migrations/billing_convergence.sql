-- +goose Up
-- modify "billing_checkouts" table
ALTER TABLE "billing_checkouts" ADD COLUMN "holder" character varying NOT NULL DEFAULT '';
-- an account keeps the open checkout that was begun last
UPDATE "billing_checkouts" SET "status" = 'expired' WHERE "status" NOT IN ('completed', 'expired') AND EXISTS (SELECT 1 FROM "billing_checkouts" AS "newer" WHERE "newer"."account_id" = "billing_checkouts"."account_id" AND "newer"."status" NOT IN ('completed', 'expired') AND ("newer"."created_at" > "billing_checkouts"."created_at" OR "newer"."created_at" = "billing_checkouts"."created_at" AND "newer"."id" > "billing_checkouts"."id"));
-- create index "billing_checkouts_open" to table: "billing_checkouts"
CREATE UNIQUE INDEX "billing_checkouts_open" ON "billing_checkouts" ("account_id") WHERE (((status)::text <> 'completed'::text) AND ((status)::text <> 'expired'::text));
-- modify "billing_subscriptions" table
ALTER TABLE "billing_subscriptions" ADD COLUMN "end_reason" character varying NULL;
-- modify "billing_webhooks" table
ALTER TABLE "billing_webhooks" ADD COLUMN "kind" character varying NOT NULL DEFAULT '', ADD COLUMN "checkout" character varying NULL, ADD COLUMN "subscription" character varying NULL, ADD COLUMN "state" character varying NOT NULL DEFAULT 'applied';
-- create index "billing_webhooks_checkout" to table: "billing_webhooks"
CREATE INDEX "billing_webhooks_checkout" ON "billing_webhooks" ("provider", "checkout");
-- create index "billing_webhooks_subscription" to table: "billing_webhooks"
CREATE INDEX "billing_webhooks_subscription" ON "billing_webhooks" ("provider", "subscription");
-- create index "billing_webhooks_waiting" to table: "billing_webhooks"
CREATE INDEX "billing_webhooks_waiting" ON "billing_webhooks" ("received_at", "event_id") WHERE ((state)::text = 'waiting'::text);
-- create "billing_refunds" table
CREATE TABLE "billing_refunds" ("id" uuid NOT NULL, "checkout" character varying NOT NULL, "account" character varying NOT NULL, "provider" character varying NOT NULL, "subscription" character varying NOT NULL, "amount" bigint NOT NULL, "currency" character varying NOT NULL, "reason" character varying NOT NULL, "state" character varying NOT NULL, "attempts" bigint NOT NULL, "last_error" text NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "billing_refunds_account" to table: "billing_refunds"
CREATE INDEX "billing_refunds_account" ON "billing_refunds" ("account", "created_at");
-- create index "billing_refunds_pending" to table: "billing_refunds"
CREATE INDEX "billing_refunds_pending" ON "billing_refunds" ("created_at", "id") WHERE ((state)::text = 'pending'::text);
-- create index "billing_refunds_subscription" to table: "billing_refunds"
CREATE UNIQUE INDEX "billing_refunds_subscription" ON "billing_refunds" ("provider", "subscription");

-- +goose Down
-- reverse: create index "billing_refunds_subscription" to table: "billing_refunds"
DROP INDEX "billing_refunds_subscription";
-- reverse: create index "billing_refunds_pending" to table: "billing_refunds"
DROP INDEX "billing_refunds_pending";
-- reverse: create index "billing_refunds_account" to table: "billing_refunds"
DROP INDEX "billing_refunds_account";
-- reverse: create "billing_refunds" table
DROP TABLE "billing_refunds";
-- reverse: create index "billing_webhooks_waiting" to table: "billing_webhooks"
DROP INDEX "billing_webhooks_waiting";
-- reverse: create index "billing_webhooks_subscription" to table: "billing_webhooks"
DROP INDEX "billing_webhooks_subscription";
-- reverse: create index "billing_webhooks_checkout" to table: "billing_webhooks"
DROP INDEX "billing_webhooks_checkout";
-- reverse: modify "billing_webhooks" table
ALTER TABLE "billing_webhooks" DROP COLUMN "state", DROP COLUMN "subscription", DROP COLUMN "checkout", DROP COLUMN "kind";
-- reverse: modify "billing_subscriptions" table
ALTER TABLE "billing_subscriptions" DROP COLUMN "end_reason";
-- reverse: create index "billing_checkouts_open" to table: "billing_checkouts"
DROP INDEX "billing_checkouts_open";
-- reverse: modify "billing_checkouts" table
ALTER TABLE "billing_checkouts" DROP COLUMN "holder";
