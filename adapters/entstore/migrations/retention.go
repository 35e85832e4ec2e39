package migrations

// Retention says of every table what becomes of its rows. Pruned names the setting or
// the rule by which rows are deleted once they have served; Kept says why they stay for
// ever. One of the two is given.
type Retention struct {
	Table  string
	Pruned string
	Kept   string
}

// withPerson is why rows of a person stay: an erasure takes them.
const withPerson = "a person's; goes with them"

// Retentions lists every table, the job queue's included.
func Retentions() []Retention {
	return []Retention{
		{Table: "billing_accounts", Kept: "an organization's; goes with it"},
		{Table: "billing_checkouts", Kept: "what was bought, and the proof of what was not paid; goes with the account"},
		{Table: "billing_plans", Kept: "what is sold"},
		{Table: "billing_prices", Kept: "what was sold at which price"},
		{Table: "billing_refunds", Kept: "bookkeeping"},
		{Table: "billing_subscriptions", Kept: "bookkeeping; goes with the account"},
		{Table: "billing_webhooks", Pruned: "RETAIN_WEBHOOKS after they came, once they were dealt with"},
		{Table: "content_author_handles", Kept: "addresses that still lead to their author; the last ten of each"},
		{Table: "content_authors", Kept: withPerson},
		{Table: "content_post_tags", Kept: "the publication itself"},
		{Table: "content_posts", Kept: "the publication itself"},
		{Table: "content_revisions", Kept: "the history of the publication"},
		{Table: "content_site_pages", Kept: "the texts that people agreed to, in each version"},
		{Table: "identity_avatars", Kept: withPerson},
		{Table: "identity_challenges", Pruned: "when their time is over"},
		{Table: "identity_consents", Kept: "the proof of what a person agreed to; goes with them"},
		{Table: "identity_credentials", Kept: withPerson},
		{Table: "identity_exports", Pruned: "when their time is over"},
		{Table: "identity_external", Kept: withPerson},
		{Table: "identity_grants", Kept: withPerson},
		{Table: "identity_invitations", Pruned: "RETAIN_SESSIONS after their last day"},
		{Table: "identity_mail_tokens", Pruned: "when their time is over"},
		{Table: "identity_memberships", Kept: withPerson},
		{Table: "identity_oauth_flows", Pruned: "when their time is over"},
		{Table: "identity_organizations", Kept: "lives until it is deleted"},
		{Table: "identity_passkeys", Kept: withPerson},
		{Table: "identity_pending_emails", Pruned: "when their time is over"},
		{Table: "identity_personal_tokens", Pruned: "RETAIN_SESSIONS after they ended"},
		{Table: "identity_recovery_codes", Kept: "ten of a person; new ones replace them"},
		{Table: "identity_refresh_tokens", Pruned: "when their time is over, spent or not"},
		{Table: "identity_roles", Kept: "what an administrator made"},
		{Table: "identity_sessions", Pruned: "RETAIN_SESSIONS after they ended"},
		{Table: "identity_signing_keys", Pruned: "when nothing that they signed is good any more"},
		{Table: "identity_totp", Kept: withPerson},
		{Table: "identity_users", Kept: "lives until the account is deleted"},
		{Table: "job_workers", Pruned: "a day after a process was last alive"},
		{Table: "platform_audit", Pruned: "RETAIN_AUDIT after it happened"},
		{Table: "platform_events", Pruned: "RETAIN_EVENTS after it happened, once every subscriber was told"},
		{Table: "platform_invalidations", Pruned: "an hour after the change"},
		{Table: "platform_inbox", Pruned: "RETAIN_EVENTS after it was recorded, once the event is gone"},
		{Table: "platform_mail_failures", Pruned: "RETAIN_REFUSED_MAIL after the refusal"},
		{Table: "platform_migrations", Kept: "one row for each migration"},
		{Table: "river_client", Kept: "one row for each process that works; the queue deletes those of dead ones"},
		{Table: "river_client_queue", Kept: "a few rows for each row of river_client"},
		{Table: "river_job", Pruned: "a day after it was done; RETAIN_DEAD_JOBS after its last attempt"},
		{Table: "river_leader", Kept: "one row"},
		{Table: "river_migration", Kept: "one row for each version of the queue's tables"},
		{Table: "river_notification", Pruned: "by the queue, once it was heard"},
		{Table: "river_queue", Kept: "one row for each queue"},
	}
}
