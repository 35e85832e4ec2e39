package retention

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const purgeKind = "identity.purge_ended"

// purgeBatch bounds what one transaction deletes, so that none holds locks for long.
const purgeBatch = 500

// Retention is how long rows are kept after they have served; zero is for ever.
type Retention struct {
	// Ended is of sessions, invitations and personal access tokens that have ended, for
	// who asks afterwards where they were signed in.
	Ended time.Duration
	// RefusedMail is of the list of refused mails.
	RefusedMail time.Duration
}

// JobHandlers is the work that this room does.
func (a *App) JobHandlers() []jobs.Handler {
	return []jobs.Handler{{Kind: purgeKind, Queue: jobs.LongQueue, Run: a.runPurge, Timeout: 10 * time.Minute}}
}

// Schedules is the work that comes by itself.
func (a *App) Schedules() []jobs.Schedule {
	return []jobs.Schedule{{Kind: purgeKind, Every: time.Hour}}
}

// runPurge deletes sign-ins that ended long ago, refresh tokens past their time, and
// flows and links that nobody finished.
func (a *App) runPurge(ctx context.Context, _ []byte) error {
	now, kept := a.deps.Clock.Now(), a.deps.Retention
	for _, purge := range []struct {
		what   string
		delete func(ctx context.Context, s Stores) (int, error)
	}{
		{"sessions", func(ctx context.Context, s Stores) (int, error) {
			return before(now, kept.Ended, func(t time.Time) (int, error) { return s.Sessions.DeleteEnded(ctx, t, purgeBatch) })
		}},
		{"invitations", func(ctx context.Context, s Stores) (int, error) {
			return before(now, kept.Ended, func(t time.Time) (int, error) { return s.Invitations.DeleteEnded(ctx, t, purgeBatch) })
		}},
		{"refresh tokens", func(ctx context.Context, s Stores) (int, error) {
			return s.RefreshTokens.DeleteExpired(ctx, now, purgeBatch)
		}},
		{"flows", func(ctx context.Context, s Stores) (int, error) {
			return s.Flows.DeleteExpired(ctx, now, purgeBatch)
		}},
		{"challenges", func(ctx context.Context, s Stores) (int, error) {
			return s.Challenges.DeleteExpired(ctx, now, purgeBatch)
		}},
		{"pending addresses", func(ctx context.Context, s Stores) (int, error) {
			return s.PendingEmails.DeleteExpired(ctx, now, purgeBatch)
		}},
		{"mail tokens", func(ctx context.Context, s Stores) (int, error) {
			return s.MailTokens.DeleteExpired(ctx, now, purgeBatch)
		}},
		{"refused mails", func(ctx context.Context, s Stores) (int, error) {
			return before(now, kept.RefusedMail, func(t time.Time) (int, error) { return s.MailFailures.DeleteBefore(ctx, t, purgeBatch) })
		}},
		{"signing keys", func(ctx context.Context, s Stores) (int, error) {
			return s.SigningKeys.DeleteRetired(ctx, now, purgeBatch)
		}},
		{"personal tokens", func(ctx context.Context, s Stores) (int, error) {
			return before(now, kept.Ended, func(t time.Time) (int, error) { return s.Tokens.DeleteEnded(ctx, t, purgeBatch) })
		}},
		{"grants on resources", func(ctx context.Context, s Stores) (int, error) {
			return s.Grants.DeleteEnded(ctx, now, purgeBatch)
		}},
		{"exports", func(ctx context.Context, s Stores) (int, error) {
			return s.Exports.DeleteExpired(ctx, now, purgeBatch)
		}},
	} {
		for deleted := purgeBatch; deleted == purgeBatch; {
			err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s Stores) (err error) {
				deleted, err = purge.delete(ctx, s)
				return err
			})
			if err != nil {
				return fmt.Errorf("retention: purge %s: %w", purge.what, err)
			}
		}
	}
	return nil
}

// before deletes what ended before a retention; nothing where it is kept for ever.
func before(now time.Time, kept time.Duration, deleteBefore func(t time.Time) (int, error)) (int, error) {
	if kept == 0 {
		return 0, nil
	}
	return deleteBefore(now.Add(-kept))
}
