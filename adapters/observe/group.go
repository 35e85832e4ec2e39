package observe

import (
	"fmt"

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

// WatchGroup shows gauges whose samples are read together when they are asked for. What
// cannot be read is left out: none would be a claim. It fails when a name was given
// before.
func (m *Metrics) WatchGroup(gauges []Gauge, read func() ([]Sample, error)) error {
	g := &group{read: read}
	for _, of := range gauges {
		g.descs = append(g.descs, prometheus.NewDesc(namespace+"_"+of.Name, of.Help, of.Labels, nil))
	}
	if err := m.registry.Register(g); err != nil {
		return fmt.Errorf("observe: %s: %w", gauges[0].Name, err)
	}
	return nil
}

type group struct {
	descs []*prometheus.Desc
	read  func() ([]Sample, error)
}

var _ prometheus.Collector = (*group)(nil)

// Describe implements prometheus.Collector.
func (g *group) Describe(out chan<- *prometheus.Desc) {
	for _, d := range g.descs {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (g *group) Collect(out chan<- prometheus.Metric) {
	samples, err := g.read()
	if err != nil {
		return
	}
	for _, s := range samples {
		out <- prometheus.MustNewConstMetric(g.descs[s.Of], prometheus.GaugeValue, s.Value, s.Labels...)
	}
}
