// Package observe shows operators how the program fares: what it counts, in
// Prometheus's format, whether it can serve, and what its processor and memory go
// to. All of it is served by an [Admin] on a listener of its own, which is never
// the public one.
//
// It promises labels of few values: no path, address or id becomes one.
package observe

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const namespace = "neoforge"

// Name is what a scrape calls the metric that is given as name.
func Name(name string) string { return namespace + "_" + name }

// Metrics is what the program counts.
type Metrics struct {
	registry *prometheus.Registry

	requests *prometheus.HistogramVec
	inFlight prometheus.Gauge
	jobs     *prometheus.HistogramVec
	failed   *prometheus.CounterVec
	refused  *prometheus.CounterVec
	mails    *prometheus.CounterVec
	vitals   vitals

	mu      sync.Mutex
	watched []string // see Watched

	scrapeChanged func(group string, err error) // see OnScrapeChange
}

// New makes metrics that have counted nothing, with those of the Go runtime and
// of the process.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_request_duration_seconds", Help: "Time from the first byte of a request to its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace, Name: "http_requests_in_flight", Help: "Requests that are being answered.",
		}),
		jobs: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "job_duration_seconds", Help: "Time that one run of a job took, failed ones included.",
			Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 5, 30, 60},
		}, []string{"kind"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "job_failures_total", Help: "Runs of jobs that failed.",
		}, []string{"kind"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "mails_refused_total", Help: "Mails that a server refused for good, by the job that wrote them.",
		}, []string{"kind"}),
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "mails_total", Help: "Mails by outcome: sent, refused for good, or failed and tried again.",
		}, []string{"outcome"}),
		vitals: newVitals(),
	}
	m.registry.MustRegister( // fails only for names that this file gives twice
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.inFlight, m.jobs, m.failed, m.refused, m.mails,
	)
	for _, outcome := range []string{"sent", "refused", "failed"} {
		m.mails.WithLabelValues(outcome) // 0 from the start: an alert on an increase sees the first
	}
	for _, h := range m.vitals {
		m.registry.MustRegister(h)
	}
	return m
}

// RequestStarted counts a request as being answered.
func (m *Metrics) RequestStarted() { m.inFlight.Inc() }

// Observer returns what counts the answers to requests of one method, route and status,
// looked up once, because some are given thousands of times a second. method is one of
// HTTP's or "other", route the pattern of the path.
func (m *Metrics) Observer(method, route string, status int) func(elapsed time.Duration) {
	of := m.requests.WithLabelValues(method, route, strconv.Itoa(status))
	return func(elapsed time.Duration) {
		m.inFlight.Dec()
		of.Observe(elapsed.Seconds())
	}
}

// JobEnded counts one run of a job; err is what it failed with.
func (m *Metrics) JobEnded(kind string, elapsed time.Duration, err error) {
	m.jobs.WithLabelValues(kind).Observe(elapsed.Seconds())
	if err != nil {
		m.failed.WithLabelValues(kind).Inc()
	}
}

// MailRefused counts a mail that a server refused for good.
func (m *Metrics) MailRefused(kind string) { m.refused.WithLabelValues(kind).Inc() }

// MailEnded counts a mail by its outcome: sent, refused or failed.
func (m *Metrics) MailEnded(outcome string) { m.mails.WithLabelValues(outcome).Inc() }

// WatchCache shows a cache's own counts, read when they are asked for. It fails
// when the name was given before.
func (m *Metrics) WatchCache(name string, counts func() (hits, misses, loads uint64)) error {
	pick := func(which int) func() float64 {
		return func() float64 {
			hits, misses, loads := counts()
			return float64([...]uint64{hits, misses, loads}[which])
		}
	}
	for which, metric := range []struct{ name, help string }{
		{"cache_hits_total", "Entries that were found."},
		{"cache_misses_total", "Entries that were not found."},
		{"cache_loads_total", "Entries that were loaded: misses that did not wait for another's load."},
	} {
		c := prometheus.NewCounterFunc(prometheus.CounterOpts{
			Namespace: namespace, Name: metric.name, Help: metric.help, ConstLabels: prometheus.Labels{"cache": name},
		}, pick(which))
		if err := m.watch(c, metric.name); err != nil {
			return fmt.Errorf("observe: cache %s: %w", name, err)
		}
	}
	return nil
}

// WatchValue shows a value that changes by itself, read when it is asked for. It
// fails when the name was given before with the same labels.
func (m *Metrics) WatchValue(name, help string, labels map[string]string, value func() float64) error {
	g := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, value)
	if err := m.watch(g, name); err != nil {
		return fmt.Errorf("observe: %s: %w", name, err)
	}
	return nil
}

// WatchCount shows a count that only grows, read when it is asked for. It fails when the
// name was given before with the same labels.
func (m *Metrics) WatchCount(name, help string, labels map[string]string, count func() float64) error {
	c := prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels}, count)
	if err := m.watch(c, name); err != nil {
		return fmt.Errorf("observe: %s: %w", name, err)
	}
	return nil
}

// watch registers what is read when it is asked for.
func (m *Metrics) watch(c prometheus.Collector, names ...string) error {
	if err := m.registry.Register(c); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range names {
		if name = Name(name); !slices.Contains(m.watched, name) {
			m.watched = append(m.watched, name)
		}
	}
	return nil
}

// Watched lists the metrics that WatchGroup, WatchValue, WatchCount and WatchCache were
// given, in their order.
func (m *Metrics) Watched() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.watched)
}

// Handler answers with everything in Prometheus's format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
