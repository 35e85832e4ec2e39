package jobqueue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/jobs"
	"github.com/neoforge-dev/neoforge/ports/textform"
)

const defaultAttempts = 12

// maxReason bounds what is kept of one attempt's error, in bytes.
const maxReason = 8 << 10

// forGood keeps dead letters until an operator decides. River's own "for ever" (-1)
// is a horizon in the future to its SQLite driver, which then deletes them all.
const forGood = 100 * 365 * 24 * time.Hour

// config is river's configuration of a process that works, until it begins to end and may
// wait no more.
func (q *Queue) config(stopping, ending context.Context, l *lease) (*river.Config, error) {
	workers := river.NewWorkers()
	longest := time.Minute
	for _, h := range q.handlers {
		if err := add(workers, &handling{handler: h, lease: l, db: q.db, log: q.options.Logger, stopping: stopping, ending: ending, options: q.options}); err != nil {
			return nil, err
		}
		longest = max(longest, h.Timeout)
	}
	if len(q.handlers) == 0 {
		return nil, errors.New("jobqueue: nothing is registered to do the work")
	}
	var periodic []*river.PeriodicJob
	for _, s := range q.schedules {
		periodic = append(periodic, q.periodic(s))
	}
	return &river.Config{
		ID:     l.id,
		Logger: logger(q.options.Logger),
		Queues: map[string]river.QueueConfig{
			jobs.DefaultQueue: {MaxWorkers: q.options.Workers},
			jobs.MailQueue:    {MaxWorkers: max(2, q.options.Workers/2)},
			jobs.OutsideQueue: {MaxWorkers: max(2, q.options.Workers/2)},
			jobs.LongQueue:    {MaxWorkers: 2},
			jobs.HeavyQueue:   {MaxWorkers: 1},
		},
		Workers:           workers,
		PeriodicJobs:      periodic,
		FetchPollInterval: q.options.PollInterval,
		FetchCooldown:     min(50*time.Millisecond, q.options.PollInterval),
		ErrorHandler:      failures{q.options},
		RetryPolicy:       retries{},
		// What a dead process ran is taken up by its lease. This is for a job that does
		// not end with its context, in a process that lives.
		JobTimeout:                  longest,
		RescueStuckJobsAfter:        longest + time.Minute,
		DiscardedJobRetentionPeriod: cmp.Or(q.options.KeepDead, forGood),
	}, nil
}

// add is river.AddWorkerArgs, which panics when river does not like the kind.
func add(workers *river.Workers, h *handling) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("jobqueue: register %s: %v", h.handler.Kind, p)
		}
	}()
	river.AddWorkerArgs(workers, arguments{kind: h.handler.Kind}, h)
	return nil
}

// periodic queues a kind every so often. The leader among the replicas does so
// when it begins, too, or a job could wait for ever behind frequent restarts; the
// period in the key keeps that from being once too many.
func (q *Queue) periodic(s jobs.Schedule) *river.PeriodicJob {
	h := q.handlers[s.Kind]
	return river.NewPeriodicJob(river.PeriodicInterval(s.Every),
		func() (river.JobArgs, *river.InsertOpts) {
			return arguments{kind: s.Kind}, &river.InsertOpts{
				MaxAttempts: h.MaxAttempts,
				Queue:       h.Queue,
				Priority:    priorityOf(h),
				UniqueOpts:  river.UniqueOpts{ByPeriod: s.Every},
			}
		},
		&river.PeriodicJobOpts{RunOnStart: true},
	)
}

// handling is river's worker of one kind.
type handling struct {
	river.WorkerDefaults[arguments]
	handler  jobs.Handler
	lease    *lease
	db       Database
	log      *zap.Logger
	stopping context.Context
	ending   context.Context
	options  Options
}

// Work implements river.Worker. A panic is river's to recover: it counts as an
// error, with its trace.
func (w *handling) Work(ctx context.Context, job *river.Job[arguments]) error {
	defer w.lease.begun.begin(attempt{job.ID, job.Attempt})()
	ctx, release := w.lease.context(ctx)
	defer release()
	defer func() {
		if p := recover(); p != nil {
			said := textform.Storable(fmt.Sprintf("%v", p), maxReason)
			w.options.track(errortracking.Report{Kind: errortracking.Panic, Message: said, Types: []string{fmt.Sprintf("%T", p)}, Frames: errortracking.PanicFrames()}, job.JobRow)
			panic(said)
		}
	}()
	ctx = readOrigin(job.Metadata).within(ctx, w.options)
	s := &steps{db: w.db, log: w.log, stopping: w.stopping, id: job.ID, created: job.CreatedAt}
	if w.handler.PayloadTTL > 0 {
		return w.runPrivate(ctx, job, s)
	}
	return w.run(ctx, job, s)
}

// runPrivate runs a job whose payload is kept for as short as it can be.
func (w *handling) runPrivate(ctx context.Context, job *river.Job[arguments], s *steps) error {
	ttl := w.handler.PayloadTTL
	switch old := time.Since(job.CreatedAt) > ttl; {
	case len(job.Args.payload()) == 0:
		return nil // done by a process that died before it could say so
	case old:
		w.log.Warn("a job was cancelled because its payload may be kept no longer", zap.Int64("job", job.ID), zap.String("kind", job.Kind), zap.Duration("ttl", ttl))
		if err := s.deletePayload(ctx); err != nil {
			return failed{err}
		}
		return river.JobCancel(fmt.Errorf("not done within %s, for which its payload may be kept", ttl))
	}
	if err := w.run(ctx, job, s); err != nil {
		return err
	}
	if err := s.deletePayload(ctx); err != nil {
		return failed{err}
	}
	return nil
}

// errEnding is why a long job is broken off.
var errEnding = errors.New("jobqueue: the process stops")

func (w *handling) run(ctx context.Context, job *river.Job[arguments], s *steps) error {
	if w.handler.Queue == jobs.LongQueue || w.handler.Queue == jobs.HeavyQueue {
		within, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(w.ending, func() { cancel(errEnding) })()
		ctx = within
	}
	err := w.handler.Run(jobs.WithRun(ctx, runOf(s, job.JobRow)), job.Args.payload())
	var later *jobs.Postponed
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(ctx), errEnding):
		w.log.Info("a long job gives way to a stop, and is run again", zap.Int64("job", job.ID), zap.String("kind", job.Kind))
		return river.JobSnooze(0)
	case errors.As(err, &later):
		return river.JobSnooze(max(later.For, 0))
	}
	return failed{err}
}

// failed is a handler's error as it can be kept: one that cannot would fail the whole
// batch of jobs that end with it. It may be the words of an outside service.
type failed struct{ err error }

// Error implements error. An Error method that panics is fmt's to survive.
func (f failed) Error() string { return textform.Storable(fmt.Sprintf("%v", f.err), maxReason) }

// Unwrap returns the error as the handler returned it.
func (f failed) Unwrap() error { return f.err }

// Timeout implements river.Worker.
func (w *handling) Timeout(*river.Job[arguments]) time.Duration { return w.handler.Timeout }

// NextRetry implements river.Worker: a second after the first attempt, then each
// pause 2.5 times the one before, about five hours for twelve attempts, a tenth
// more or less so that what failed together does not come back together.
func (w *handling) NextRetry(job *river.Job[arguments]) time.Time {
	return time.Now().Add(pause(len(job.Errors) + 1))
}

// retries are the same pauses for what has no handler: a job of an unknown kind, or
// one that cannot be read.
type retries struct{}

// NextRetry implements river.ClientRetryPolicy.
func (retries) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(pause(len(job.Errors) + 1))
}

func pause(failures int) time.Duration {
	return time.Duration(float64(meanPause(failures)) * (0.9 + 0.2*rand.Float64()))
}

func meanPause(failures int) time.Duration {
	return time.Duration(math.Pow(2.54, float64(min(failures, defaultAttempts)-1)) * float64(time.Second))
}

// attemptsWithin is how many attempts a job has by default whose payload may be kept for
// ttl, zero for as long as the row: its time ends before they do.
func attemptsWithin(ttl time.Duration) int {
	if ttl <= 0 {
		return defaultAttempts
	}
	shortest := meanPause(defaultAttempts) * 9 / 10
	return defaultAttempts + int(ttl/shortest) + 1
}

// failures logs attempts that failed: a warning while there are more to come, an
// error when the job is dead, which is when it is a defect to be tracked: an attempt that
// fails before is what the pauses are for. A panic is one however often it is tried, and
// was tracked where it was recovered.
type failures struct{ Options }

// HandleError implements river.ErrorHandler.
func (f failures) HandleError(_ context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	if f.report(job, zap.Error(err)) {
		f.track(errortracking.Report{Kind: errortracking.Job, Message: err.Error(), Types: errortracking.TypesOf(cause(err))}, job)
	}
	return nil
}

// HandlePanic implements river.ErrorHandler.
func (f failures) HandlePanic(_ context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	f.report(job, zap.Any("panic", value), zap.String("trace", trace))
	return nil
}

// cause is a handler's error without what the queue puts around it.
func cause(err error) error {
	var f failed
	if errors.As(err, &f) {
		return f.err
	}
	return err
}

// track tells of a defect in a job.
func (o Options) track(r errortracking.Report, job *rivertype.JobRow) {
	if o.Errors == nil {
		return
	}
	from := readOrigin(job.Metadata)
	r.JobKind, r.RequestID, r.TraceID = job.Kind, from.Request, from.Trace
	o.Errors.Report(r)
}

// report logs an attempt, and reports whether it was the last.
func (f failures) report(job *rivertype.JobRow, cause ...zap.Field) bool {
	fields := append([]zap.Field{
		zap.Int64("job", job.ID), zap.String("kind", job.Kind), zap.Int("attempt", job.Attempt),
	}, cause...)
	fields = append(fields, readOrigin(job.Metadata).fields()...)
	if job.Attempt >= job.MaxAttempts {
		f.Logger.Error("a job used up its attempts and is a dead letter now", fields...)
		return true
	}
	f.Logger.Warn("a job failed and will be tried again", fields...)
	return false
}
