package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/neoforge-dev/neoforge/ent/columns"
)

// Event is one thing that happened, as it was published.
type Event struct{ ent.Schema }

// Annotations of Event.
func (Event) Annotations() []schema.Annotation { return columns.Table("platform_events") }

// Fields of Event.
func (Event) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		field.String("name").Immutable(),
		field.Time("occurred_at").Immutable(),
		field.Bytes("payload").Immutable(),
	}
}

// Indexes of Event.
func (Event) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("name", "occurred_at").StorageKey("platform_events_name"),
		index.Fields("occurred_at", "id").StorageKey("platform_events_at"),
	}
}

// JobWorker is a process that works on jobs, or did: its lease. It is written and read
// in SQL by the queue, whose clock is the database's.
type JobWorker struct{ ent.Schema }

// Annotations of JobWorker.
func (JobWorker) Annotations() []schema.Annotation { return columns.Table("job_workers") }

// Fields of JobWorker.
func (JobWorker) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").Immutable(),
		field.Time("seen_at"),
	}
}

// Invalidation says what a change made stale in every replica's cache. It is written in
// the transaction of the change and read in order by adapters/entstore/invalidations.
type Invalidation struct{ ent.Schema }

// Annotations of Invalidation.
func (Invalidation) Annotations() []schema.Annotation { return columns.Table("platform_invalidations") }

// Fields of Invalidation.
func (Invalidation) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id").Immutable(),
		field.String("origin").Immutable(), // the process that made the change
		field.Text("tags").Immutable(),     // a JSON list
		field.Time("at").Immutable(),
	}
}

// Indexes of Invalidation.
func (Invalidation) Indexes() []ent.Index {
	return []ent.Index{index.Fields("at").StorageKey("platform_invalidations_at")}
}

// Figures are the numbers that one module counted last. They are written and read in SQL
// by adapters/entstore/figures.
type Figures struct{ ent.Schema }

// Annotations of Figures.
func (Figures) Annotations() []schema.Annotation { return columns.Table("platform_figures") }

// Fields of Figures.
func (Figures) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").Immutable(), // the module's name
		field.Text("samples"),          // a JSON list
		field.Time("counted_at"),
	}
}

// InboxEntry says that a subscriber has dealt with an event.
type InboxEntry struct{ ent.Schema }

// Annotations of InboxEntry.
func (InboxEntry) Annotations() []schema.Annotation { return columns.Table("platform_inbox") }

// Fields of InboxEntry.
func (InboxEntry) Fields() []ent.Field {
	return []ent.Field{
		columns.OwnID(),
		columns.Reference("event_id"),
		field.String("subscriber").Immutable(),
		field.Time("recorded_at").Immutable(),
	}
}

// Indexes of InboxEntry.
func (InboxEntry) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("event_id", "subscriber").Unique().StorageKey("platform_inbox_once"),
		index.Fields("recorded_at").StorageKey("platform_inbox_at"),
	}
}

// AuditEntry is one act of somebody on a resource.
type AuditEntry struct{ ent.Schema }

// Annotations of AuditEntry.
func (AuditEntry) Annotations() []schema.Annotation { return columns.Table("platform_audit") }

// Fields of AuditEntry.
func (AuditEntry) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		field.String("actor").Immutable(),
		field.String("action").Immutable(),
		field.String("resource").Immutable(),
		field.String("address").Immutable(),
		field.String("impersonator").Optional().Immutable(), // who acted in the actor's name
		field.String("detail").Optional().Immutable(),       // in words: why
		field.Int("times").Default(1),                       // how often since at
		field.Time("at").Immutable(),
		// Whether it may be counted once more for a while. True for those of a program from before
		// there were seals, which does not say: while it still runs, it may count them.
		field.Bool("counted").Default(true).Immutable(),
		field.Int64("seal").Default(0), // the AuditSeal over it; 0: none yet
	}
}

// Indexes of AuditEntry.
func (AuditEntry) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("resource", "at").StorageKey("platform_audit_resource"),
		index.Fields("actor", "at").StorageKey("platform_audit_actor"),
		// For prefixes as well, in whatever language the database sorts.
		index.Fields("action", "at").StorageKey("platform_audit_action").Annotations(entsql.OpClassColumn("action", "text_pattern_ops")),
		index.Fields("at", "id").StorageKey("platform_audit_at"),
		index.Fields("seal", "at").StorageKey("platform_audit_seal"),
		index.Fields("impersonator", "at").StorageKey("platform_audit_impersonator").Annotations(entsql.IndexWhere("impersonator <> ''")),
	}
}

// AuditSeal is a link of the chain that shows what the audit trail held: it covers a batch
// of entries and the seal before it. Its id counts up from 1 without a gap.
type AuditSeal struct{ ent.Schema }

// Annotations of AuditSeal.
func (AuditSeal) Annotations() []schema.Annotation { return columns.Table("platform_audit_seals") }

// Fields of AuditSeal.
func (AuditSeal) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id").Immutable(),
		field.Int("entries").Immutable(),
		field.Bytes("leaves").Immutable(),                    // of each entry: its id and its SHA-256
		field.Time("latest").Immutable(),                     // of the entries' times
		field.Bytes("previous").Immutable(),                  // the hash of the seal before
		field.Int64("pruned_through").Default(0).Immutable(), // the seals up to here are deleted by retention
		field.Bytes("pruned_hash").Optional().Immutable(),    // the hash of the last of them
		field.Int64("pruned_entries").Default(0).Immutable(), // how many entries went, in all
		field.Time("sealed_at").Immutable(),
		field.String("key_id").Immutable(),
		field.Bytes("signature").Immutable(),
	}
}

// AuditCheck is what the last look at the whole chain found; there is one row.
type AuditCheck struct{ ent.Schema }

// Annotations of AuditCheck.
func (AuditCheck) Annotations() []schema.Annotation { return columns.Table("platform_audit_checks") }

// Fields of AuditCheck.
func (AuditCheck) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id").Immutable(),
		field.Time("checked_at"),
		field.String("fault"), // empty when all was as sealed
		field.String("key_id").Optional(),
		field.Bytes("signature").Optional(), // over the rest: who can write the row cannot say that all is well
	}
}

// AuditStream says up to which seal the audit trail was sent elsewhere; there is one row.
type AuditStream struct{ ent.Schema }

// Annotations of AuditStream.
func (AuditStream) Annotations() []schema.Annotation { return columns.Table("platform_audit_streams") }

// Fields of AuditStream.
func (AuditStream) Fields() []ent.Field {
	return []ent.Field{
		field.Int64("id").Immutable(),
		field.Int64("sent"), // the number of the seal
		field.String("key_id").Optional(),
		field.Bytes("signature").Optional(), // over the number: who can write the row cannot have seals left out
	}
}

// MailFailure is a mail that was refused for good, with the job that writes it.
type MailFailure struct{ ent.Schema }

// Annotations of MailFailure.
func (MailFailure) Annotations() []schema.Annotation { return columns.Table("platform_mail_failures") }

// Fields of MailFailure.
func (MailFailure) Fields() []ent.Field {
	return []ent.Field{
		columns.ID(),
		field.String("kind").Immutable(),
		field.Bytes("payload").Immutable(),
		field.String("recipient").Immutable(),
		field.String("reason").Immutable(),
		field.Time("failed_at").Immutable(),
	}
}

// Indexes of MailFailure.
func (MailFailure) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("failed_at", "id").StorageKey("platform_mail_failures_at"),
		index.Fields("recipient").StorageKey("platform_mail_failures_recipient"),
	}
}

// ErrorGroup is failures that are alike, counted. It is written in SQL by
// adapters/entstore/errorstore, which adds up what replicas count.
type ErrorGroup struct{ ent.Schema }

// Annotations of ErrorGroup.
func (ErrorGroup) Annotations() []schema.Annotation { return columns.Table("platform_error_groups") }

// Fields of ErrorGroup.
func (ErrorGroup) Fields() []ent.Field {
	return []ent.Field{
		field.String("id").Immutable(), // the fingerprint
		field.String("kind").Immutable(),
		field.String("title").Immutable(),
		field.String("place").Immutable(), // the route or the kind of job
		field.Text("sample"),              // the last report, scrubbed, as JSON
		field.Int64("times"),
		field.String("first_release").Immutable(),
		field.String("last_release"),
		field.Time("first_seen"),
		field.Time("last_seen"),
		field.String("state"),
		field.String("resolved_release"), // the one it was last seen in when somebody resolved it
		field.Bool("returned"),           // it was seen again after that, in another release
	}
}

// Indexes of ErrorGroup.
func (ErrorGroup) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("state", "last_seen", "id").StorageKey("platform_error_groups_state"),
		index.Fields("last_seen", "id").StorageKey("platform_error_groups_seen"),
	}
}
