package identityapp

import (
	"context"
	"fmt"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
	"github.com/neoforge-dev/neoforge/ports/jobs"
)

const purgeKind = "identity.purge_ended"

const (
	// keepEnded is how long an ended session is kept, for who asks afterwards where
	// they were signed in.
	keepEnded = 30 * 24 * time.Hour
	// purgeBatch bounds what one transaction deletes, so that none holds locks for long.
	purgeBatch = 500
)

// JobHandlers is the work that identity queues.
func (a *App) JobHandlers() []jobs.Handler {
	return []jobs.Handler{
		{Kind: letterJobKind, Queue: jobs.MailQueue, Run: a.runLetter},
		{Kind: welcomeKind, Run: a.runWelcome},
		{Kind: factorMailsKind, Run: a.runFactorMails},
		{Kind: forgetKind, Run: a.runForget},
		{Kind: exportKind, Queue: jobs.LongQueue, Run: a.runExport, Timeout: 10 * time.Minute, MaxAttempts: 6},
		{Kind: leaveKind, Queue: jobs.LongQueue, Run: a.runLeave, Timeout: 10 * time.Minute},
		{Kind: purgeKind, Queue: jobs.LongQueue, Run: a.runPurge, Timeout: 10 * time.Minute},
	}
}

// Schedules is the work that comes by itself.
func (a *App) Schedules() []jobs.Schedule {
	return []jobs.Schedule{{Kind: purgeKind, Every: time.Hour}, {Kind: leaveKind, Every: time.Hour}}
}

// runPurge forgets sign-ins that ended long ago, and flows and links that nobody
// finished.
func (a *App) runPurge(ctx context.Context, _ []byte) error {
	now := a.deps.Clock.Now()
	for _, purge := range []struct {
		what   string
		delete func(ctx context.Context, s identity.Stores) (int, error)
	}{
		{"sessions", func(ctx context.Context, s identity.Stores) (int, error) {
			return s.Sessions.DeleteEnded(ctx, now.Add(-keepEnded), purgeBatch)
		}},
		{"invitations", func(ctx context.Context, s identity.Stores) (int, error) {
			return s.Invitations.DeleteEnded(ctx, now.Add(-keepEnded), purgeBatch)
		}},
		{"flows", func(ctx context.Context, s identity.Stores) (int, error) {
			return s.Flows.DeleteExpired(ctx, now, purgeBatch)
		}},
		{"challenges", func(ctx context.Context, s identity.Stores) (int, error) {
			return s.Challenges.DeleteExpired(ctx, now, purgeBatch)
		}},
		{"pending addresses", func(ctx context.Context, s identity.Stores) (int, error) {
			return s.PendingEmails.DeleteExpired(ctx, now, purgeBatch)
		}},
		{"mail tokens", func(ctx context.Context, s identity.Stores) (int, error) {
			return s.MailTokens.DeleteExpired(ctx, now, purgeBatch)
		}},
		{"refused mails", func(ctx context.Context, s identity.Stores) (int, error) {
			return s.MailFailures.DeleteBefore(ctx, now.Add(-keepUndelivered), purgeBatch)
		}},
		{"signing keys", func(ctx context.Context, s identity.Stores) (int, error) {
			return s.SigningKeys.DeleteRetired(ctx, now, purgeBatch)
		}},
		{"personal tokens", func(ctx context.Context, s identity.Stores) (int, error) {
			return s.Tokens.DeleteEnded(ctx, now.Add(-keepEnded), purgeBatch)
		}},
		{"exports", func(ctx context.Context, s identity.Stores) (int, error) {
			return s.Exports.DeleteExpired(ctx, now, purgeBatch)
		}},
	} {
		for deleted := purgeBatch; deleted == purgeBatch; {
			err := a.deps.UnitOfWork.Do(ctx, func(ctx context.Context, s identity.Stores) (err error) {
				deleted, err = purge.delete(ctx, s)
				return err
			})
			if err != nil {
				return fmt.Errorf("identityapp: purge %s: %w", purge.what, err)
			}
		}
	}
	return nil
}
