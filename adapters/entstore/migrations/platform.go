package migrations

import (
	"embed"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// platform are the tables that belong to no module: those of events, of the audit trail
// and of the job queue.
var platform = entstore.Tables{
	Context: "platform", Files: files, Folder: ".",
	Retentions: []entstore.Retention{
		{Table: "job_workers", Pruned: "a day after a process was last alive"},
		{Table: "platform_audit", Pruned: "RETAIN_AUDIT after it happened and the day of its batch is over"},
		{Table: "platform_audit_checks", Kept: "one row"},
		{Table: "platform_audit_seals", Pruned: "with the entries that it covers; a seal says so"},
		{Table: "platform_audit_streams", Kept: "one row"},
		{Table: "platform_error_groups", Pruned: "RETAIN_ERRORS after it was last seen, and the oldest above 1,000"},
		{Table: "platform_events", Pruned: "RETAIN_EVENTS after it happened, once every subscriber was told"},
		{Table: "platform_figures", Kept: "one row for each module that counts something"},
		{Table: "platform_invalidations", Pruned: "an hour after the change"},
		{Table: "platform_inbox", Pruned: "RETAIN_EVENTS after it was recorded, once the event is gone"},
		{Table: "platform_mail_failures", Pruned: "RETAIN_REFUSED_MAIL after the refusal"},
		{Table: "river_client", Kept: "one row for each process that works; the queue deletes those of dead ones"},
		{Table: "river_client_queue", Kept: "a few rows for each row of river_client"},
		{Table: "river_job", Pruned: "a day after it was done; RETAIN_DEAD_JOBS after its last attempt"},
		{Table: "river_leader", Kept: "one row"},
		{Table: "river_migration", Kept: "one row for each version of the queue's tables"},
		{Table: "river_notification", Pruned: "by the queue, once it was heard"},
		{Table: "river_queue", Kept: "one row for each queue"},
	},
}
