package wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore/figures"
	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const (
	countFiguresKind  = "platform.count_figures"
	countFiguresEvery = 5 * time.Minute
)

// Figures are gauges that a module counts by going through its tables. A job counts them
// now and then, once for all replicas; every replica shows what was counted last, so that a
// query takes the maximum over them and not the sum.
type Figures struct {
	Gauges []observe.Gauge
	// Count returns the samples; Of is a gauge's place in Gauges.
	Count func(ctx context.Context) ([]observe.Sample, error)
}

// figuresOf are the modules that count something.
func (a *Application) figuresOf() []built {
	return slices.DeleteFunc(slices.Clone(a.modules), func(m built) bool { return m.Parts.Figures == nil })
}

// watchFigures shows what the modules counted last, by one look at the database.
func (a *Application) watchFigures() error {
	modules := a.figuresOf()
	gauges := []observe.Gauge{{Name: "figures_counted_timestamp_seconds", Help: "When the figures of a module were counted last.", Labels: []string{"module"}}}
	place := map[string]int{}
	for _, m := range modules {
		for _, g := range m.Parts.Figures.Gauges {
			place[g.Name] = len(gauges)
			gauges = append(gauges, g)
		}
	}
	return a.infra.metrics.WatchGroup(gauges, func() ([]observe.Sample, error) {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
		defer cancel()
		all, err := a.infra.figures.All(ctx)
		var out []observe.Sample
		for _, f := range all {
			if !slices.ContainsFunc(modules, func(m built) bool { return m.Name == f.Module }) {
				continue // a module that this program is without
			}
			out = append(out, observe.Sample{Labels: []string{f.Module}, Value: float64(f.CountedAt.UnixMilli()) / 1000})
			for _, s := range f.Samples {
				// Another release may count what this one does not know.
				if of, ok := place[s.Metric]; ok && len(s.Labels) == len(gauges[of].Labels) {
					out = append(out, observe.Sample{Of: of, Labels: s.Labels, Value: s.Value})
				}
			}
		}
		return out, err
	})
}

// countFigures counts what every module wants counted. One that cannot be counted keeps
// its last figures, whose age the metrics show, and the others are counted.
func (a *Application) countFigures(ctx context.Context, _ []byte) (err error) {
	for _, m := range a.figuresOf() {
		began := a.infra.clock.Now()
		samples, failed := m.Parts.Figures.Count(ctx)
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("count figures of %s: %w", m.Name, failed))
			continue
		}
		f := figures.Figures{Module: m.Name, CountedAt: began, Samples: make([]figures.Sample, len(samples))}
		for i, s := range samples {
			f.Samples[i] = figures.Sample{Metric: m.Parts.Figures.Gauges[s.Of].Name, Labels: s.Labels, Value: s.Value}
		}
		err = errors.Join(err, a.infra.figures.Put(ctx, f))
		a.log.Debug("figures are counted", zap.String("module", m.Name), zap.Int("samples", len(samples)))
	}
	return err
}

func (a *Application) countFiguresHandler() jobs.Handler {
	return jobs.Handler{Kind: countFiguresKind, Queue: jobs.LongQueue, Timeout: 5 * time.Minute, Run: a.countFigures}
}
