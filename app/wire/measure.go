package wire

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/modules/identity/privacy"
	"github.com/neoforge-dev/neoforge/modules/identity/signin"
	"github.com/neoforge-dev/neoforge/ports/fault"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// measure shows the pools and the cache to the metrics.
func (i *infra) measure(product Product) error {
	if err := i.metrics.WatchCache("application", i.cache.Counts); err != nil {
		return err
	}
	if err := errors.Join(i.metrics.WatchServices(i.services.Statuses), watchBuild(i.metrics, product), i.watchQueues()); err != nil {
		return err
	}
	return i.metrics.WatchPools(func() []observe.Pool {
		stats := i.db.Stats()
		out := make([]observe.Pool, len(stats))
		for n, s := range stats {
			out[n] = observe.Pool{Name: s.Pool, Max: s.Max, Open: s.Open, InUse: s.InUse, Waits: s.Waits, Waiting: s.Waiting}
		}
		return out
	})
}

// watchOverdue counts the accounts that should have ended, each time it is asked.
func watchOverdue(m *observe.Metrics, app *privacy.App) error {
	return m.WatchGroup([]observe.Gauge{{Name: "accounts_deletion_overdue", Help: "Accounts whose grace period is over and on which others depend: /admin/people?state=overdue."}},
		func() ([]observe.Sample, error) {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
			defer cancel()
			n, err := app.Overdue(ctx)
			return []observe.Sample{{Value: float64(n)}}, err
		})
}

// delayedErasures logs who should have been erased, and what that waits for.
func delayedErasures(log *zap.Logger) func(id identity.UserID, since time.Time, reason error) {
	return func(id identity.UserID, since time.Time, reason error) {
		log.Warn("an account is not erased although its grace period is over", zap.String("user", string(id)), zap.Time("since", since), zap.Error(reason))
	}
}

// errPanicked counts a run that panicked among those that failed.
var errPanicked = errors.New("the job panicked")

// measured times the runs of a handler.
func measured(m *observe.Metrics, h jobs.Handler) jobs.Handler {
	run := h.Run
	h.Run = func(ctx context.Context, payload []byte) (err error) {
		began := time.Now()
		err = errPanicked
		defer func() {
			var later *jobs.Postponed
			if errors.As(err, &later) { // nothing failed: it was not tried
				m.JobEnded(h.Kind, time.Since(began), nil)
				return
			}
			m.JobEnded(h.Kind, time.Since(began), err)
		}()
		err = run(ctx, payload)
		return err
	}
	return h
}

// countedSignIns counts attempts to sign in, by method and outcome.
type countedSignIns struct {
	*signin.App
	metrics *observe.Metrics
	log     *zap.Logger
}

func (c countedSignIns) SignInWithProvider(ctx context.Context, cmd signin.SignInWithProvider) (signin.SignedIn, error) {
	in, err := c.App.SignInWithProvider(ctx, cmd)
	if !errors.Is(err, identity.ErrProviderUnknown) { // whose name is anything that somebody typed
		c.metrics.SignedIn(cmd.Provider, outcome(err))
	}
	refusedHere(ctx, c.log, cmd.Provider, err)
	return in, err
}

func (c countedSignIns) SignInWithPassword(ctx context.Context, cmd signin.SignInWithPassword) (signin.SignedIn, error) {
	in, err := c.App.SignInWithPassword(ctx, cmd)
	c.metrics.SignedIn("password", outcome(err))
	return in, err
}

func (c countedSignIns) SignInWithLink(ctx context.Context, cmd signin.SignInWithLink) (signin.SignedIn, error) {
	in, err := c.App.SignInWithLink(ctx, cmd)
	c.metrics.SignedIn("magic_link", outcome(err))
	return in, err
}

func (c countedSignIns) SignInWithCode(ctx context.Context, cmd signin.SignInWithCode) (signin.SignedIn, error) {
	in, err := c.App.SignInWithCode(ctx, cmd)
	c.metrics.SignedIn("mail_code", outcome(err))
	return in, err
}

func (c countedSignIns) SignInProgramWithCode(ctx context.Context, cmd signin.SignInWithCode) (signin.TokenPair, error) {
	pair, err := c.App.SignInProgramWithCode(ctx, cmd)
	c.metrics.SignedIn("program_mail_code", outcome(err))
	return pair, err
}

func (c countedSignIns) SignInProgram(ctx context.Context, cmd signin.SignInProgram) (signin.TokenPair, error) {
	pair, err := c.App.SignInProgram(ctx, cmd)
	c.metrics.SignedIn("program", outcome(err))
	return pair, err
}

func outcome(err error) string {
	if err == nil {
		return "success"
	}
	if f := fault.As(err); f != nil {
		return f.Code
	}
	return "internal"
}
