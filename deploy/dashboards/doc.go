// Command dashboards writes the dashboards of deploy/compose as Grafana reads them:
//
//	cd deploy/dashboards && go run .
//
// It is a module of its own, because Grafana's types are large and nothing else needs them.
// Its tests refuse a query that names a metric or a label which web/docs/metrics.md does
// not, and that page is held against a scrape of the program by a test of app/wire; they
// check the alerts of deploy/compose as well.
package main
