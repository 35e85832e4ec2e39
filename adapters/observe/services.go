package observe

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/neoforge-dev/neoforge/ports/breaker"
)

// WatchServices shows the outside services that statuses returns, asked when they are
// wanted. It may be called once.
func (m *Metrics) WatchServices(statuses func() []breaker.Status) error {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_service_"+name, help, append([]string{"service"}, labels...), nil)
	}
	s := &services{
		statuses: statuses,
		state:    describe("breaker_state", "Whether an outside service is called: 0 closed (yes), 1 half open (one call, to see), 2 open (no)."),
		answered: describe("last_answer_timestamp_seconds", "When an outside service answered last; 0 when it has not since the start, or was not called yet."),
		opened:   describe("breaker_opened_total", "How often an outside service was left alone, because it failed."),
		calls:    describe("calls_total", "Calls of an outside service, by outcome: answered, failed, or refused because it is left alone.", "outcome"),
	}
	if err := m.registry.Register(s); err != nil {
		return fmt.Errorf("observe: services: %w", err)
	}
	return nil
}

type services struct {
	statuses                       func() []breaker.Status
	state, answered, opened, calls *prometheus.Desc
}

var _ prometheus.Collector = (*services)(nil)

// Describe implements prometheus.Collector.
func (s *services) Describe(out chan<- *prometheus.Desc) {
	out <- s.state
	out <- s.answered
	out <- s.opened
	out <- s.calls
}

// Collect implements prometheus.Collector.
func (s *services) Collect(out chan<- prometheus.Metric) {
	states := map[breaker.State]float64{breaker.Closed: 0, breaker.HalfOpen: 1, breaker.Open: 2}
	for _, of := range s.statuses() {
		out <- prometheus.MustNewConstMetric(s.state, prometheus.GaugeValue, states[of.State], of.Service)
		answered := 0.0
		if !of.AnsweredAt.IsZero() {
			answered = float64(of.AnsweredAt.UnixMilli()) / 1000
		}
		out <- prometheus.MustNewConstMetric(s.answered, prometheus.GaugeValue, answered, of.Service)
		out <- prometheus.MustNewConstMetric(s.opened, prometheus.CounterValue, float64(of.Opened), of.Service)
		for outcome, n := range map[string]uint64{"answered": of.Answered, "failed": of.Failed, "refused": of.Refused} {
			out <- prometheus.MustNewConstMetric(s.calls, prometheus.CounterValue, float64(n), of.Service, outcome)
		}
	}
}
