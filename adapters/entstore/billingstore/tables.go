package billingstore

import (
	"embed"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
)

//go:embed migrations/postgres/*.sql migrations/sqlite/*.sql
var files embed.FS

// Tables are billing's.
var Tables = entstore.Tables{
	Context: "billing", Files: files, Folder: "migrations",
	Retentions: []entstore.Retention{
		{Table: "billing_accounts", Kept: "an organization's; goes with it"},
		{Table: "billing_checkouts", Kept: "what was bought, and the proof of what was not paid; goes with the account"},
		{Table: "billing_plans", Kept: "what is sold"},
		{Table: "billing_prices", Kept: "what was sold at which price"},
		{Table: "billing_refunds", Kept: "bookkeeping"},
		{Table: "billing_subscriptions", Kept: "bookkeeping; goes with the account"},
		{Table: "billing_webhooks", Pruned: "RETAIN_WEBHOOKS after they came, once they were dealt with"},
	},
}
