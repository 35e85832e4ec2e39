package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/errorstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/eventstore"
	"github.com/neoforge-dev/neoforge/adapters/entstore/figures"
	"github.com/neoforge-dev/neoforge/adapters/entstore/invalidations"
	"github.com/neoforge-dev/neoforge/adapters/entstore/querystats"
	"github.com/neoforge-dev/neoforge/adapters/jobqueue"
	"github.com/neoforge-dev/neoforge/adapters/mailer"
	"github.com/neoforge-dev/neoforge/adapters/memory/cachemem"
	"github.com/neoforge-dev/neoforge/adapters/memory/ratemem"
	"github.com/neoforge-dev/neoforge/adapters/observe"
	"github.com/neoforge-dev/neoforge/adapters/redisstore"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/cachestore"
	redispubsub "github.com/neoforge-dev/neoforge/adapters/redisstore/pubsub"
	"github.com/neoforge-dev/neoforge/adapters/redisstore/ratestore"
	"github.com/neoforge-dev/neoforge/adapters/sentry"
	"github.com/neoforge-dev/neoforge/adapters/tracing"
	"github.com/neoforge-dev/neoforge/adapters/uuidv7"
	"github.com/neoforge-dev/neoforge/adapters/zaplog"
	"github.com/neoforge-dev/neoforge/app/config"
	"github.com/neoforge-dev/neoforge/ports/audit"
	"github.com/neoforge-dev/neoforge/ports/breaker"
	"github.com/neoforge-dev/neoforge/ports/cache"
	"github.com/neoforge-dev/neoforge/ports/cache/coherence"
	"github.com/neoforge-dev/neoforge/ports/cdn"
	"github.com/neoforge-dev/neoforge/ports/clock"
	"github.com/neoforge-dev/neoforge/ports/errortracking"
	"github.com/neoforge-dev/neoforge/ports/events"
	"github.com/neoforge-dev/neoforge/ports/mail"
	"github.com/neoforge-dev/neoforge/ports/ratelimit"
)

// cacheBytes bounds what one process keeps in memory.
const cacheBytes = 64 << 20

// infra is the technology under the modules: what is opened before and closed
// after them.
type infra struct {
	db      *entstore.DB
	queries *querystats.Stats
	figures *figures.Store
	queue   *jobqueue.Queue
	events  *eventstore.Store
	audit   *eventstore.AuditSeals

	auditStream audit.Sink // nil when the audit trail is sent nowhere

	cache   countingCache
	limiter ratelimit.Limiter
	clock   *clock.Adjustable
	ids     uuidv7.Generator
	metrics *observe.Metrics
	health  *observe.Health

	published map[string][]func() // what is called when an event is, by its name
	log       *zap.Logger

	services *breaker.Set // outside of the program

	errors      *errortracking.Tracker
	errorGroups *errorstore.Store
	sentry      *sentry.Client // nil: errors are sent nowhere

	tracer *tracing.Tracer // nil: nothing is traced

	cdn cdn.Purger // nil when no network in front keeps pages

	mailbox *mailer.Mailbox // nil when mails are sent by SMTP
	mail    mail.Sender

	invalidations *invalidations.Log
	follow        func() // has the cache believed only while the notes of changes are read

	closers []closer
}

// The platform's own health checks. That of the server is whether it drains.
const (
	healthServer   = "server"
	healthDatabase = "database"
)

type closer struct {
	name  string
	close func() error
}

type countingCache interface {
	cache.Cache
	cache.Peeker
	coherence.Reader
	Committed(id int64, tags []string)
	io.Closer
	Counts() (hits, misses, loads uint64)
	Size() uint64
}

func (i *infra) onClose(name string, f func() error) {
	i.closers = append(i.closers, closer{name, f})
}

// Close closes what was opened, the last first.
func (i *infra) Close() error {
	var errs []error
	for n := len(i.closers) - 1; n >= 0; n-- {
		if err := i.closers[n].close(); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", i.closers[n].name, err))
		}
	}
	i.closers = nil
	return errors.Join(errs...)
}

// openInfra connects to everything that the settings name. subscribers is asked
// when events are written, after the modules are built.
func openInfra(ctx context.Context, product Product, cfg config.Config, log *zap.Logger, subscribers func() []events.Subscriber) (_ *infra, err error) {
	i := &infra{log: log, clock: clock.NewAdjustable(clock.System{}), metrics: observe.New(), health: observe.NewHealth(2*time.Second, time.Second)}
	i.metrics.OnScrapeChange(loggedScrapes(log))
	i.services = breaker.NewSet(i.clock, loggedServices(log))
	apart := outside{log: log, refuse: !cfg.IsProduction()}
	i.services.Check(apart.check)
	defer func() {
		if err != nil {
			err = errors.Join(err, i.Close())
		}
	}()

	if err = i.openTracing(product, cfg.Tracing); err != nil {
		return nil, err
	}
	if i.db, err = openDatabase(ctx, cfg); err != nil {
		return nil, err
	}
	i.onClose("the database", i.db.Close)
	traceDatabase(i.db, i.tracer)
	i.watchQueries(cfg)
	if i.figures, err = figures.New(i.db); err != nil {
		return nil, err
	}
	i.health.Add(healthDatabase, i.db.CanWrite)
	if i.db.Sessions() == nil {
		log.Warn("the database is behind a pooler and DATABASE_DIRECT_URL is not set: jobs are looked for each second, and migrations cannot be applied")
	}

	if err = i.openErrors(product, cfg); err != nil {
		return nil, err
	}
	queued := jobqueue.Options{
		Errors: i.errors,
		Logger: log, KeepDead: cfg.Retention.DeadJobs, IDs: zaplog.IDs, WithIDs: zaplog.WithIDs,
		Traceparent: tracing.Traceparent, WithTraceparent: tracing.WithTraceparent,
	}
	if i.tracer != nil {
		queued.Inserted = i.tracer.Enqueued
	}
	i.queue, err = jobqueue.New(i.db, queued)
	if err != nil {
		return nil, err
	}
	i.events, err = eventstore.New(i.db, i.queue, subscribers, i.clock, i.ids)
	if err != nil {
		return nil, err
	}
	i.published = map[string][]func(){}
	i.events.OnPublish(func(event string) {
		for _, f := range i.published[event] {
			f()
		}
	})
	if err = i.openAuditSeals(cfg); err != nil {
		return nil, err
	}
	if err = i.openAuditStream(cfg.Audit); err != nil {
		return nil, err
	}
	if err = i.openShared(ctx, cfg); err != nil {
		return nil, err
	}
	i.db.OnInvalidation(i.cache.Committed)
	if err = i.openInvalidations(ctx, cfg); err != nil {
		return nil, err
	}
	if err = i.openCDN(cfg.Cloudflare, product.Modules); err != nil {
		return nil, err
	}
	if err = i.openMail(cfg); err != nil {
		return nil, err
	}
	if i.tracer != nil {
		i.mail = tracedMail{i.mail, i.tracer}
	}
	i.cache, i.limiter, i.mail = outsideCache{i.cache, apart}, outsideLimiter{i.limiter, apart}, outsideMail{countedMail{i.mail, i.metrics}, apart}
	if err = i.measure(product); err != nil {
		return nil, err
	}
	return i, nil
}

var poolers = map[string]entstore.Pooler{
	"none": entstore.NoPooler, "session": entstore.SessionPooler, "transaction": entstore.TransactionPooler,
}

func openDatabase(ctx context.Context, cfg config.Config) (*entstore.DB, error) {
	db, err := entstore.Open(ctx, cfg.Database.URL, entstore.Options{
		MaxOpen: cfg.Database.MaxConns, Password: cfg.Database.Password, Direct: cfg.Database.DirectURL, Pooler: poolers[cfg.Database.Pooler],
	})
	if err != nil {
		return nil, explainDatabase(cfg, err)
	}
	return db, nil
}

// openShared opens what replicas share: through Redis, or for one process alone.
func (i *infra) openShared(ctx context.Context, cfg config.Config) error {
	local := ratemem.New(i.clock)
	if cfg.Redis.URL == "" {
		c, err := cachemem.New(cacheBytes)
		if err != nil {
			return err
		}
		i.cache, i.limiter, i.follow = c, local, func() {}
		i.onClose("the cache", c.Close)
		return nil
	}
	client, err := redisstore.Open(ctx, cfg.Redis.URL, cfg.Redis.Password)
	if err != nil {
		return fmt.Errorf("REDIS_URL: %w", err)
	}
	i.onClose("Redis", client.Close)
	traceRedis(client, i.tracer)
	bus := redispubsub.New(client)
	c, err := cachestore.New(client, bus, cacheBytes, func(msg string, err error) { i.log.Warn(msg, zap.Error(err)) })
	if err != nil {
		return err
	}
	i.onClose("the cache", c.Close)
	i.cache, i.limiter, i.follow = c, ratestore.New(client, local), c.Follow
	if err := watchRedis(i.metrics, client, c); err != nil {
		return err
	}
	if err := client.Ping(ctx); err != nil {
		// Redis away costs speed only, so the program starts without it.
		i.log.Warn("Redis does not answer; the program goes on without it until it does", zap.Error(err))
	}
	return nil
}

func (i *infra) openMail(cfg config.Config) error {
	if cfg.Mail.URL == "" {
		i.mailbox = mailer.NewMailbox(i.clock, i.ids, 500)
		i.mail = mailer.NewOnce(i.mailbox)
		return nil
	}
	s, err := mailer.NewSMTP(cfg.Mail.URL, cfg.Mail.Password, cfg.Mail.From, cfg.Mail.EHLO)
	if err != nil {
		return fmt.Errorf("MAIL_URL: %w", err)
	}
	i.mail = mailer.NewOnce(mailer.NewGuarded(s, i.services.Breaker(serviceMail, mailer.Guard)))
	return nil
}
