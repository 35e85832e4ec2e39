package main

// Gauges that every replica reads from the database they share are shown by their maximum,
// what a replica counts by the sum.
func boards() []board {
	return []board{overview(), people(), business(), jobs(), database()}
}

func overview() board {
	const requests = "neoforge_http_request_duration_seconds"
	return board{id: "overview", title: "overview", since: "3h", about: "Rate, errors and duration of requests, and how near its limits each replica is.", rows: []row{
		{"Now", []panel{
			{title: "Requests", unit: perS, now: true, queries: []query{{"sum(rate(" + requests + "_count[$__rate_interval]))", ""}}},
			{title: "Errors", about: "Of all answers, those with 5xx.", unit: share, now: true, queries: []query{{"sum(rate(" + requests + `_count{status=~"5.."}[$__rate_interval])) / sum(rate(` + requests + "_count[$__rate_interval])) or vector(0)", ""}}},
			{title: "95 of 100 GETs within", unit: seconds, now: true, queries: []query{{"histogram_quantile(0.95, sum by (le) (rate(" + requests + `_bucket{method="GET"}[$__rate_interval])))`, ""}}},
			{title: "In flight", unit: each, now: true, queries: []query{{"sum(neoforge_http_requests_in_flight)", ""}}},
			{title: "Replicas", unit: each, now: true, queries: []query{{"count(neoforge_build_info)", ""}}},
			{title: "Builds", about: "Two, for longer than a deploy takes, is a deploy that stopped.", unit: each, now: true, queries: []query{{"count(count by (build) (neoforge_build_info))", ""}}},
		}},
		{"Rate, errors, duration", []panel{
			{title: "Requests by status", unit: perS, queries: []query{{"sum by (status) (rate(" + requests + "_count[$__rate_interval]))", "{{status}}"}}},
			{title: "Errors by route", unit: perS, queries: []query{{"topk(10, sum by (route) (rate(" + requests + `_count{status=~"5.."}[$__rate_interval])) > 0)`, "{{route}}"}}},
			{title: "Duration", unit: seconds, queries: []query{
				{"histogram_quantile(0.5, sum by (le) (rate(" + requests + "_bucket[$__rate_interval])))", "half"},
				{"histogram_quantile(0.95, sum by (le) (rate(" + requests + "_bucket[$__rate_interval])))", "95 of 100"},
				{"histogram_quantile(0.99, sum by (le) (rate(" + requests + "_bucket[$__rate_interval])))", "99 of 100"},
			}},
			{title: "Slowest routes", about: "Within what time 95 of 100 are answered.", unit: seconds, width: 12, queries: []query{{"topk(10, histogram_quantile(0.95, sum by (route, le) (rate(" + requests + "_bucket[$__rate_interval]))))", "{{route}}"}}},
			{title: "Most asked routes", unit: perS, width: 12, queries: []query{{"topk(10, sum by (route) (rate(" + requests + "_count[$__rate_interval])))", "{{route}}"}}},
		}},
		{"Saturation", []panel{
			{title: "Processor", about: "Processors that a replica uses.", unit: each, queries: []query{{`rate(process_cpu_seconds_total{job="neoforge"}[$__rate_interval])`, "{{instance}}"}}},
			{title: "Memory", unit: size, queries: []query{
				{`process_resident_memory_bytes{job="neoforge"}`, "{{instance}} holds"},
				{`go_memstats_heap_alloc_bytes{job="neoforge"}`, "{{instance}} heap"},
			}},
			{title: "Connections to the database", about: "Of those that the pool may open.", unit: share, full: true, queries: []query{{"neoforge_db_connections_in_use / (neoforge_db_connections_max > 0)", "{{instance}} {{pool}}"}}},
			{title: "Goroutines", unit: each, queries: []query{{`go_goroutines{job="neoforge"}`, "{{instance}}"}}},
			{title: "File descriptors", about: "Of those that the process may open.", unit: share, full: true, queries: []query{{`process_open_fds{job="neoforge"} / process_max_fds{job="neoforge"}`, "{{instance}}"}}},
			{title: "Passwords under way", about: "Requests whose password is hashed, or that wait; and those refused.", unit: each, queries: []query{
				{"sum(neoforge_password_requests)", "under way"},
				{"sum by (from) (rate(neoforge_password_requests_refused_total[$__rate_interval]))", "refused, of {{from}}"},
				{"sum(rate(neoforge_password_hashes_refused_total[$__rate_interval]))", "not hashed"},
			}},
			{title: "Longest pause of the collector", unit: seconds, queries: []query{{`go_gc_duration_seconds{job="neoforge",quantile="1"}`, "{{instance}}"}}},
			{title: "Restarts", unit: each, queries: []query{{`changes(process_start_time_seconds{job="neoforge"}[1h])`, "{{instance}}"}}},
			{title: "Certificates", about: "How long each is good; one that cannot be renewed shows 1.", unit: seconds, queries: []query{
				{"min by (host) (neoforge_tls_certificate_expires_timestamp_seconds) - time()", "{{host}}"},
				{"max by (host) (neoforge_tls_certificate_failing)", "{{host}} fails"},
			}},
		}},
	}}
}

// slowQuarter is what a quarter of the visitors of a page feel, or worse, by its route.
func slowQuarter(metric string) []query {
	return []query{{"topk(10, histogram_quantile(0.75, sum by (route, le) (rate(" + metric + "_bucket[$__rate_interval]))))", "{{route}}"}}
}

func people() board {
	return board{id: "people", title: "people", since: "30d", about: "Who signs up, proves their address, comes back, and what visitors feel.", rows: []row{
		{"Now", []panel{
			{title: "Active today", unit: each, now: true, queries: []query{{`max(neoforge_users_active{days="1"})`, ""}}},
			{title: "Active in a week", unit: each, now: true, queries: []query{{`max(neoforge_users_active{days="7"})`, ""}}},
			{title: "Active in a month", unit: each, now: true, queries: []query{{`max(neoforge_users_active{days="30"})`, ""}}},
			{title: "Stickiness", about: "Of those who are active in a month, those who are on a day.", unit: share, now: true, queries: []query{{`max(neoforge_users_active{days="1"}) / max(neoforge_users_active{days="30"})`, ""}}},
			{title: "Activated", about: "Of those who registered in a month, those who proved their address.", unit: share, now: true, queries: []query{{`max(neoforge_users_activated{days="30"}) / max(neoforge_users_new{days="30"})`, ""}}},
			{title: "Deletion overdue", unit: each, now: true, queries: []query{{"max(neoforge_accounts_deletion_overdue)", ""}}},
		}},
		{"Over time", []panel{
			{title: "Active", unit: each, queries: []query{{"max by (days) (neoforge_users_active)", "within {{days}} days"}}},
			{title: "Registered", unit: each, queries: []query{{"max by (days) (neoforge_users_new)", "within {{days}} days"}, {"max by (days) (neoforge_users_activated)", "activated within {{days}} days"}}},
			{title: "Retention", about: "Of those who registered in 30 days, those who were here 1, 7 or 30 days later, or after that.", unit: share, full: true, queries: []query{{"max by (days) (neoforge_users_retained) / max by (days) (neoforge_users_cohort)", "after {{days}} days"}}},
			{title: "Accounts", unit: each, queries: []query{{"max by (state) (neoforge_users)", "{{state}}"}}},
			{title: "Registrations", about: "Per hour.", unit: each, queries: []query{{"sum(increase(neoforge_users_registered_total[1h]))", "registered"}}},
			{title: "Sign-ins", unit: perS, queries: []query{
				{`sum by (method) (rate(neoforge_sign_ins_total{outcome="success"}[$__rate_interval]))`, "{{method}}"},
				{`sum(rate(neoforge_sign_ins_total{outcome!="success"}[$__rate_interval]))`, "failed"},
			}},
			{title: "Failed sign-ins", about: "By method and the code of the fault.", unit: perS, width: 12, queries: []query{{`topk(10, sum by (method, outcome) (rate(neoforge_sign_ins_total{outcome!="success"}[$__rate_interval])))`, "{{method}} {{outcome}}"}}},
			{title: "New passwords among breached ones", unit: perS, width: 12, queries: []query{{"sum by (outcome) (rate(neoforge_breached_password_lookups_total[$__rate_interval]))", "{{outcome}}"}}},
		}},
		{"What visitors feel", []panel{
			{title: "Largest paint", about: "Three of four visitors of a page see it within this; good up to 2.5 s.", unit: seconds, width: 12, queries: slowQuarter("neoforge_web_largest_contentful_paint_seconds")},
			{title: "Answer to what they do", about: "Three of four visitors wait no longer; good up to 0.2 s.", unit: seconds, width: 12, queries: slowQuarter("neoforge_web_interaction_to_next_paint_seconds")},
			{title: "First byte", about: "Three of four visitors have it within this; good up to 0.8 s.", unit: seconds, width: 12, queries: slowQuarter("neoforge_web_time_to_first_byte_seconds")},
			{title: "Layout shift", about: "A page jumps less than this for three of four visitors; good up to 0.1.", unit: each, width: 12, queries: slowQuarter("neoforge_web_cumulative_layout_shift")},
		}},
	}}
}

func business() board {
	return board{id: "business", title: "business", since: "30d", about: "What is sold, and what is read.", rows: []row{
		{"Now", []panel{
			{title: "Revenue a month", about: "In minor units of the currency.", unit: each, now: true, width: 6, queries: []query{{"max by (currency) (neoforge_revenue_monthly_minor_units)", "{{currency}}"}}},
			{title: "Customers", unit: each, now: true, queries: []query{{"max(neoforge_customers)", ""}}},
			{title: "New in a month", unit: each, now: true, queries: []query{{`max(neoforge_customers_new{days="30"})`, ""}}},
			{title: "Sign-ups to paying", about: "Organizations that began to pay in a month, of the people who registered in it.", unit: share, now: true, queries: []query{{`max(neoforge_customers_new{days="30"}) / max(neoforge_users_new{days="30"})`, ""}}},
			{title: "Posts read today", unit: each, now: true, queries: []query{{"sum(increase(neoforge_post_reads_total[1d]))", ""}}},
		}},
		{"Sales", []panel{
			{title: "Subscriptions", unit: each, queries: []query{{`max by (plan, status) (neoforge_subscriptions{status!="ended"})`, "{{plan}} {{status}}"}}},
			{title: "Revenue a month", unit: each, queries: []query{{"max by (currency) (neoforge_revenue_monthly_minor_units)", "{{currency}}"}}},
			{title: "New customers", unit: each, queries: []query{{"max by (days) (neoforge_customers_new)", "within {{days}} days"}}},
			{title: "Subscriptions begun", about: "Per day.", unit: each, queries: []query{{"sum(increase(neoforge_subscriptions_activated_total[1d]))", "begun"}}},
			{title: "Payment events", unit: perS, queries: []query{{"sum by (outcome) (rate(neoforge_webhooks_total[$__rate_interval]))", "{{outcome}}"}}},
			{title: "Payment events without effect", unit: each, queries: []query{{"max by (state) (neoforge_webhooks)", "{{state}}"}}},
		}},
		{"Reading", []panel{
			{title: "Posts read", unit: perS, queries: []query{{"sum by (via) (rate(neoforge_post_reads_total[$__rate_interval]))", "{{via}}"}}},
			{title: "Posts", unit: each, queries: []query{{"max by (status) (neoforge_posts)", "{{status}}"}}},
			{title: "Posts published", about: "Per day.", unit: each, queries: []query{{"sum(increase(neoforge_posts_published_total[1d]))", "published"}}},
		}},
	}}
}

func jobs() board {
	const runs = "neoforge_job_duration_seconds"
	return board{id: "jobs", title: "jobs and mails", since: "6h", about: "What is done later, and what goes out.", rows: []row{
		{"Now", []panel{
			{title: "Dead", about: "Jobs that used up their attempts.", unit: each, now: true, queries: []query{{"max(neoforge_jobs_dead)", ""}}},
			{title: "Stuck", about: "Jobs that run for longer than any may.", unit: each, now: true, queries: []query{{"max(neoforge_jobs_stuck)", ""}}},
			{title: "Longest wait", unit: seconds, now: true, width: 8, queries: []query{{"max by (queue) (neoforge_job_queue_oldest_seconds)", "{{queue}}"}}},
			{title: "Figures are of", unit: dateTime, now: true, width: 8, queries: []query{{"max by (module) (neoforge_figures_counted_timestamp_seconds) * 1000", "{{module}}"}}},
		}},
		{"Jobs", []panel{
			{title: "Jobs that are not done", unit: each, queries: []query{{"max by (queue, state) (neoforge_jobs)", "{{queue}} {{state}}"}}},
			{title: "Longest wait", unit: seconds, queries: []query{{"max by (queue) (neoforge_job_queue_oldest_seconds)", "{{queue}}"}}},
			{title: "Runs", unit: perS, queries: []query{{"topk(10, sum by (kind) (rate(" + runs + "_count[$__rate_interval])))", "{{kind}}"}}},
			{title: "Duration", about: "Within what time 95 of 100 runs end.", unit: seconds, queries: []query{{"topk(10, histogram_quantile(0.95, sum by (kind, le) (rate(" + runs + "_bucket[$__rate_interval]))))", "{{kind}}"}}},
			{title: "Failures", unit: perS, queries: []query{{"sum by (kind) (rate(neoforge_job_failures_total[$__rate_interval])) > 0", "{{kind}}"}}},
			{title: "Workers busy", about: "Seconds of work in each second.", unit: each, queries: []query{{"sum by (instance) (rate(" + runs + "_sum[$__rate_interval]))", "{{instance}}"}}},
		}},
		{"Mails and outside services", []panel{
			{title: "Mails", unit: perS, queries: []query{{"sum by (outcome) (rate(neoforge_mails_total[$__rate_interval]))", "{{outcome}}"}}},
			{title: "Refused for good", unit: perS, queries: []query{{"sum by (kind) (rate(neoforge_mails_refused_total[$__rate_interval]))", "{{kind}}"}}},
			{title: "Breakers", about: "0: the service is called, 1: one call to see, 2: it is left alone.", unit: each, queries: []query{{"max by (service) (neoforge_service_breaker_state)", "{{service}}"}}},
			{title: "Calls", unit: perS, queries: []query{{"sum by (service, outcome) (rate(neoforge_service_calls_total[$__rate_interval]))", "{{service}} {{outcome}}"}}},
			{title: "Breakers opened", about: "Per hour.", unit: each, queries: []query{{"sum by (service) (increase(neoforge_service_breaker_opened_total[1h]))", "{{service}}"}}},
			{title: "Since the last answer", unit: seconds, queries: []query{{"time() - (max by (service) (neoforge_service_last_answer_timestamp_seconds) > 0)", "{{service}}"}}},
		}},
	}}
}

func database() board {
	return board{id: "database", title: "database and caches", since: "3h", about: "Connections, what is found in caches, Redis.", rows: []row{
		{"Database", []panel{
			{title: "Connections in use", unit: each, queries: []query{{"neoforge_db_connections_in_use", "{{instance}} {{pool}}"}}},
			{title: "Connections open", unit: each, queries: []query{{"neoforge_db_connections_open", "{{instance}} {{pool}}"}, {"sum(neoforge_db_connections_max)", "all may"}}},
			{title: "Waits for a connection", unit: perS, queries: []query{{"sum by (instance, pool) (rate(neoforge_db_connection_waits_total[$__rate_interval]))", "{{instance}} {{pool}}"}}},
			{title: "Time spent waiting", about: "Seconds in each second, of all requests together.", unit: seconds, width: 12, queries: []query{{"sum by (instance, pool) (rate(neoforge_db_connection_wait_seconds_total[$__rate_interval]))", "{{instance}} {{pool}}"}}},
			{title: "Gauges that could not be read", unit: each, width: 12, queries: []query{{"sum by (group) (increase(neoforge_scrape_errors_total[10m]))", "{{group}}"}}},
		}},
		{"Caches", []panel{
			{title: "Cache hits", about: "Of what was looked for.", unit: share, full: true, queries: []query{{"sum by (cache) (rate(neoforge_cache_hits_total[$__rate_interval])) / (sum by (cache) (rate(neoforge_cache_hits_total[$__rate_interval])) + sum by (cache) (rate(neoforge_cache_misses_total[$__rate_interval])))", "{{cache}}"}}},
			{title: "Looked for", unit: perS, queries: []query{
				{"sum by (cache) (rate(neoforge_cache_hits_total[$__rate_interval]))", "{{cache}} found"},
				{"sum by (cache) (rate(neoforge_cache_misses_total[$__rate_interval]))", "{{cache}} not found"},
			}},
			{title: "Loads", unit: perS, queries: []query{{"sum by (cache) (rate(neoforge_cache_loads_total[$__rate_interval]))", "{{cache}}"}}},
		}},
		{"Redis", []panel{
			{title: "Away", about: "1 while a replica goes on without Redis.", unit: each, full: true, queries: []query{{"max by (instance) (neoforge_redis_away)", "{{instance}}"}}},
			{title: "Connections", unit: each, queries: []query{{"neoforge_redis_connections", "{{instance}}"}, {"rate(neoforge_redis_connection_timeouts_total[$__rate_interval])", "{{instance}} timeouts"}}},
			{title: "Invalidations that wait", unit: each, queries: []query{{"sum by (instance) (neoforge_cache_invalidations_waiting)", "{{instance}}"}}},
		}},
	}}
}
