package observe

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Pool is how busy one pool of connections to the database is.
type Pool struct {
	Name    string
	Max     int // 0: without limit
	Open    int
	InUse   int
	Waits   int64         // how often somebody had to wait for a connection
	Waiting time.Duration // for how long altogether
}

// WatchPools shows the pools that stats returns, asked when they are wanted. It
// may be called once.
func (m *Metrics) WatchPools(stats func() []Pool) error {
	if err := m.registry.Register(&pools{stats: stats, columns: poolColumns()}); err != nil {
		return fmt.Errorf("observe: pools: %w", err)
	}
	return nil
}

type pools struct {
	stats   func() []Pool
	columns []poolColumn
}

type poolColumn struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(Pool) float64
}

var _ prometheus.Collector = (*pools)(nil)

func poolColumns() []poolColumn {
	column := func(name, help string, kind prometheus.ValueType, value func(Pool) float64) poolColumn {
		return poolColumn{prometheus.NewDesc(namespace+"_db_"+name, help, []string{"pool"}, nil), kind, value}
	}
	return []poolColumn{
		column("connections_max", "Connections that the pool may open; 0 is without limit.", prometheus.GaugeValue, func(p Pool) float64 { return float64(p.Max) }),
		column("connections_open", "Connections that are open.", prometheus.GaugeValue, func(p Pool) float64 { return float64(p.Open) }),
		column("connections_in_use", "Connections that are in use.", prometheus.GaugeValue, func(p Pool) float64 { return float64(p.InUse) }),
		column("connection_waits_total", "How often a connection had to be waited for.", prometheus.CounterValue, func(p Pool) float64 { return float64(p.Waits) }),
		column("connection_wait_seconds_total", "How long connections were waited for.", prometheus.CounterValue, func(p Pool) float64 { return p.Waiting.Seconds() }),
	}
}

// Describe implements prometheus.Collector.
func (p *pools) Describe(out chan<- *prometheus.Desc) {
	for _, c := range p.columns {
		out <- c.desc
	}
}

// Collect implements prometheus.Collector.
func (p *pools) Collect(out chan<- prometheus.Metric) {
	for _, pool := range p.stats() {
		for _, c := range p.columns {
			out <- prometheus.MustNewConstMetric(c.desc, c.kind, c.value(pool), pool.Name)
		}
	}
}
