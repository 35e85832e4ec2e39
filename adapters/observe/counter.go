package observe

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Counter is a count of what happens in this process, by the values of its labels.
type Counter struct{ counts *prometheus.CounterVec }

// Counter makes a count that only grows. Each combination of labels' values is a time
// series for as long as the process runs, so the values are of a small set that no client
// chooses. It fails when the name was given before.
func (m *Metrics) Counter(name, help string, labels ...string) (Counter, error) {
	c := Counter{prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)}
	if err := m.watch(c.counts, name); err != nil {
		return Counter{}, fmt.Errorf("observe: %s: %w", name, err)
	}
	if len(labels) == 0 {
		c.counts.WithLabelValues() // it is 0 from the start: an alert on an increase sees the first
	}
	return c, nil
}

// Inc counts one. There is a value for each label, in their order.
func (c Counter) Inc(values ...string) { c.counts.WithLabelValues(values...).Inc() }

// Of is Inc for values that are looked up once, for what happens thousands of times a
// second: it allocates nothing. The count is shown as 0 until it is called.
func (c Counter) Of(values ...string) (inc func()) { return c.counts.WithLabelValues(values...).Inc }
