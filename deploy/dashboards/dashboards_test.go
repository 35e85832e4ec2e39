package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metricsql"
	"go.yaml.in/yaml/v3"
)

const compose = "../compose/"

// interval is what Grafana puts in the place of its variable.
func interval(expr string) string { return strings.ReplaceAll(expr, "$__rate_interval", "5m") }

func TestDashboards_AreWhatTheirGoWrites(t *testing.T) {
	t.Parallel()
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if have, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s is not what the Go here writes (%v): run `go run .` and commit the result", name, err)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != len(files) {
		t.Errorf("%d files in %s, and %d dashboards: %v", len(entries), folder, len(files), err)
	}
}

func TestDashboards_HavePanelsThatSayWhatTheyShow(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, b := range boards() {
		if ids[b.id] {
			t.Errorf("two dashboards are %s", b.id)
		}
		ids[b.id] = true
		for _, r := range b.rows {
			titles := map[string]bool{}
			for _, p := range r.panels {
				if p.title == "" || p.unit == "" || len(p.queries) == 0 || titles[p.title] {
					t.Errorf("%s: the panel %q lacks a title of its own, a unit or a query", b.id, p.title)
				}
				titles[p.title] = true
			}
		}
	}
}

// documented are the labels of each metric of web/docs/metrics.md, which a test of app/wire
// holds against a scrape of the program.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile("../../web/docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (counter|gauge|histogram|summary) \\| ([^|]*?) *\\|").FindAllSubmatch(page, -1) {
		name, labels := string(m[1]), strings.FieldsFunc(string(m[3]), func(r rune) bool { return strings.ContainsRune("`, ", r) })
		switch string(m[2]) {
		case "histogram":
			out[name+"_count"], out[name+"_sum"], out[name+"_bucket"] = labels, labels, append(slices.Clone(labels), "le")
		case "summary":
			out[name+"_count"], out[name+"_sum"], out[name] = labels, labels, append(slices.Clone(labels), "quantile")
		default:
			out[name] = labels
		}
	}
	if len(out) < 50 {
		t.Fatalf("%d metrics were found on the page", len(out))
	}
	return out
}

// unknown lists the metrics and labels of a query that are not documented.
func unknown(expr string, documented map[string][]string) ([]string, error) {
	parsed, err := metricsql.Parse(interval(expr))
	if err != nil {
		return nil, err
	}
	var faults []string
	labels, asked := []string{"instance", "job"}, map[string]bool{} // which Prometheus adds
	metricsql.VisitAll(parsed, func(e metricsql.Expr) {
		switch e := e.(type) {
		case *metricsql.MetricExpr:
			for _, group := range e.LabelFilterss {
				name := ""
				for _, filter := range group {
					if filter.Label == "__name__" {
						name = filter.Value
					}
				}
				of, ok := documented[name]
				if !ok {
					faults = append(faults, "the metric "+name)
				}
				labels = append(labels, of...)
				for _, filter := range group {
					if filter.Label != "__name__" && !slices.Contains(append([]string{"instance", "job"}, of...), filter.Label) {
						faults = append(faults, "the label "+filter.Label+" of "+name)
					}
				}
			}
		case *metricsql.ModifierExpr:
			for _, label := range e.Args {
				asked[label] = true
			}
		}
	})
	for _, label := range slices.Sorted(maps.Keys(asked)) {
		if !slices.Contains(labels, label) {
			faults = append(faults, "the label "+label)
		}
	}
	return faults, nil
}

var legendLabel = regexp.MustCompile(`\{\{(\w+)\}\}`)

func TestQueries_NameWhatTheProgramShows(t *testing.T) {
	t.Parallel()
	known := documented(t)
	for _, b := range boards() {
		for _, r := range b.rows {
			for _, p := range r.panels {
				for _, q := range p.queries {
					if faults, err := unknown(q.expr, known); err != nil || len(faults) > 0 {
						t.Errorf("%s, %s: %s\nnames %v, which nothing shows: %v", b.id, p.title, q.expr, faults, err)
					}
					for _, m := range legendLabel.FindAllStringSubmatch(q.legend, -1) {
						if !strings.Contains(q.expr, "sum") && !strings.Contains(q.expr, " by (") || strings.Contains(q.expr, m[1]) {
							continue
						}
						t.Errorf("%s, %s: the legend shows %s, which the query has summed away", b.id, p.title, m[1])
					}
				}
			}
		}
	}
	known["up"] = nil // which Prometheus makes itself
	for _, a := range alerts(t) {
		if faults, err := unknown(a.Expr, known); err != nil || len(faults) > 0 {
			t.Errorf("the alert %s names %v, which nothing shows: %v", a.Alert, faults, err)
		}
	}
	for expr, want := range map[string]string{
		"sum(rate(neoforge_gone_total[5m]))":          "the metric neoforge_gone_total",
		`neoforge_jobs{kind="x"}`:                     "the label kind of neoforge_jobs",
		"sum by (plan) (neoforge_jobs)":               "the label plan",
		"neoforge_http_request_duration_seconds{}":    "the metric neoforge_http_request_duration_seconds",
		"rate(neoforge_jobs_dead[$__rate_interval]) ": "",
	} {
		if faults, err := unknown(expr, known); err != nil || strings.Join(faults, ", ") != want {
			t.Errorf("%s: %q, %v; want %q", expr, faults, err, want)
		}
	}
}

// Grafana's queries are as strict as rules only here: metricsql reads more than Prometheus.
func TestQueries_AreWhatPrometheusReads(t *testing.T) {
	t.Parallel()
	var rules strings.Builder
	rules.WriteString("groups:\n- name: dashboards\n  rules:\n")
	n := 0
	for _, b := range boards() {
		for _, r := range b.rows {
			for _, p := range r.panels {
				for _, q := range p.queries {
					n++
					rules.WriteString("  - record: dashboards:" + strings.ReplaceAll(b.id, "-", "_") + ":q" + strconv.Itoa(n) + "\n    expr: " + strconv.Quote(interval(q.expr)) + "\n")
				}
			}
		}
	}
	file := filepath.Join(t.TempDir(), "queries.yml")
	if err := os.WriteFile(file, []byte(rules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := promtool(t, "check", "rules", file); !strings.Contains(out, strconv.Itoa(n)+" rules found") {
		t.Error(out)
	}
}

// promtool runs Prometheus's own tool, which PROMTOOL or PATH leads to.
func promtool(t *testing.T, args ...string) string {
	t.Helper()
	path := os.Getenv("PROMTOOL")
	if path == "" {
		path = "promtool"
	}
	if _, err := exec.LookPath(path); err != nil {
		t.Fatalf("promtool is not there (%v): install Prometheus's package, or set PROMTOOL to the tool taken out of it, as .ci/run does", err)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	if err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// alert is a rule of alerts.yml.
type alert struct {
	Alert, Expr         string
	Labels, Annotations map[string]string
}

func alerts(t *testing.T) (out []alert) {
	t.Helper()
	text, err := os.ReadFile(compose + "alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []struct {
				alert `yaml:",inline"`
				For   string
			}
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			out = append(out, r.alert)
		}
	}
	if len(out) < 10 {
		t.Fatalf("%d alerts were found", len(out))
	}
	return out
}

func TestAlerts_FireAndStayQuietAsTheirTestsSay(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "config", compose+"prometheus.yml")
	if out := promtool(t, "test", "rules", compose+"alerts_test.yml"); !strings.Contains(out, "SUCCESS") {
		t.Error(out)
	}
}

func TestAlerts_AreEachTestedBothWays(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(compose + "alerts_test.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Tests []struct{ Name string } }
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var have, want []string
	for _, one := range file.Tests {
		have = append(have, one.Name)
	}
	for _, a := range alerts(t) {
		want = append(want, a.Alert+" fires", a.Alert+" is quiet")
	}
	if !slices.Equal(have, want) {
		t.Errorf("the tests are %q, want %q", have, want)
	}
}

var heading = regexp.MustCompile(`(?m)^## (.+)\n\n\*\*(Page|Ticket)\.\*\*`)

// An alert leads to what to do, and says as much about whether it wakes somebody as that.
func TestAlerts_EachHaveARunbook(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../web/docs/runbooks.md")
	if err != nil {
		t.Fatal(err)
	}
	runbooks := map[string]string{}
	for _, m := range heading.FindAllSubmatch(page, -1) {
		runbooks["h-"+strings.ReplaceAll(strings.ToLower(string(m[1])), " ", "-")] = strings.ToLower(string(m[2]))
	}
	if n := strings.Count(string(page), "\n## "); n != len(runbooks) {
		t.Errorf("%d sections, and %d of them begin with Page or Ticket", n, len(runbooks))
	}
	for _, a := range alerts(t) {
		link := a.Annotations["runbook_url"]
		id, ok := strings.CutPrefix(link, "{{ $externalLabels.site }}/docs/runbooks#")
		severity, there := runbooks[id]
		if !ok || !there {
			t.Errorf("the alert %s leads to %q, which is no section of web/docs/runbooks.md", a.Alert, link)
		}
		if severity != a.Labels["severity"] || a.Annotations["summary"] == "" {
			t.Errorf("the alert %s is a %s, and its runbook a %s; its summary is %q", a.Alert, a.Labels["severity"], severity, a.Annotations["summary"])
		}
		delete(runbooks, id)
	}
	for id := range runbooks {
		t.Errorf("no alert leads to the section %s", id)
	}
}
