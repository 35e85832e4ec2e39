package observe

import "github.com/prometheus/client_golang/prometheus"

// vitals are what visitors' browsers measured, by the name of each and the pattern of the
// page's path.
type vitals map[string]*prometheus.HistogramVec

func newVitals() vitals {
	histogram := func(name, help string, buckets ...float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, []string{"route"})
	}
	return vitals{
		"lcp":  histogram("web_largest_contentful_paint_seconds", "Time until the largest part of a page was painted, as browsers measured it; good up to 2.5.", .25, .5, 1, 1.5, 2, 2.5, 3, 4, 6, 10),
		"inp":  histogram("web_interaction_to_next_paint_seconds", "Slowest answer of a page to what its visitor did, as browsers measured it; good up to 0.2.", .05, .1, .15, .2, .3, .5, 1, 3),
		"cls":  histogram("web_cumulative_layout_shift", "How much a page jumped, as browsers measured it; good up to 0.1.", .01, .05, .1, .15, .25, .5, 1),
		"ttfb": histogram("web_time_to_first_byte_seconds", "Time until the first byte of a page, as browsers measured it; good up to 0.8.", .05, .1, .2, .4, .8, 1.2, 1.8, 3),
	}
}

// WebVital counts what a visitor's browser measured of a page: lcp, inp and ttfb in
// seconds, cls. route is the pattern of the page's path. Any other name is nothing.
func (m *Metrics) WebVital(route, vital string, value float64) {
	if of, known := m.vitals[vital]; known {
		of.WithLabelValues(route).Observe(value)
	}
}
