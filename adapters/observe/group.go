package observe

import (
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Gauge is a metric whose samples have values for Labels.
type Gauge struct {
	Name   string
	Help   string
	Labels []string
}

// Sample is one value of a gauge.
type Sample struct {
	Of     int // the gauge's place in the group
	Labels []string
	Value  float64
}

// OnScrapeChange has changed called when a group of gauges cannot be read, by the name of
// its first, with the error, and once more with nil when it can be again; not at each
// scrape between the two. It is called before the first WatchGroup.
func (m *Metrics) OnScrapeChange(changed func(group string, err error)) { m.scrapeChanged = changed }

// WatchGroup shows gauges whose samples are read together when they are asked for. What
// cannot be read is left out, because none would be a claim, and counted in
// neoforge_scrape_errors_total under the name of the first gauge. It fails when a name
// was given before.
func (m *Metrics) WatchGroup(gauges []Gauge, read func() ([]Sample, error)) error {
	g := &group{
		name: gauges[0].Name, read: read, changed: m.scrapeChanged,
		errors: prometheus.NewDesc(namespace+"_scrape_errors_total", "Scrapes at which a group of gauges could not be read and was left out, by its first gauge.", nil, prometheus.Labels{"group": gauges[0].Name}),
	}
	var names []string
	for _, of := range gauges {
		names = append(names, of.Name)
		g.descs = append(g.descs, prometheus.NewDesc(namespace+"_"+of.Name, of.Help, of.Labels, nil))
	}
	if err := m.watch(g, names...); err != nil {
		return fmt.Errorf("observe: %s: %w", g.name, err)
	}
	return nil
}

type group struct {
	name    string
	descs   []*prometheus.Desc
	errors  *prometheus.Desc
	read    func() ([]Sample, error)
	changed func(group string, err error) // may be nil

	mu      sync.Mutex
	failed  uint64
	failing bool
}

var _ prometheus.Collector = (*group)(nil)

// Describe implements prometheus.Collector.
func (g *group) Describe(out chan<- *prometheus.Desc) {
	for _, d := range g.descs {
		out <- d
	}
	out <- g.errors
}

// Collect implements prometheus.Collector.
func (g *group) Collect(out chan<- prometheus.Metric) {
	samples, err := g.read()
	out <- prometheus.MustNewConstMetric(g.errors, prometheus.CounterValue, float64(g.count(err)))
	if err != nil {
		return
	}
	for _, s := range samples {
		out <- prometheus.MustNewConstMetric(g.descs[s.Of], prometheus.GaugeValue, s.Value, s.Labels...)
	}
}

// count counts a scrape and returns how many have failed.
func (g *group) count(err error) uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.failed++
	}
	if failing := err != nil; failing != g.failing {
		g.failing = failing
		if g.changed != nil {
			g.changed(g.name, err)
		}
	}
	return g.failed
}
