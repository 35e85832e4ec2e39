package privacy

import (
	"time"

	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// JobHandlers is the work that this room queues.
func (a *App) JobHandlers() []jobs.Handler {
	return []jobs.Handler{
		{Kind: exportKind, Queue: jobs.LongQueue, Run: a.runExport, Timeout: 10 * time.Minute, MaxAttempts: 6},
		{Kind: erasedMailKind, Queue: jobs.MailQueue, Run: a.runErasedMail, PayloadTTL: erasedMailTTL},
		{Kind: leaveKind, Queue: jobs.LongQueue, Run: a.runLeave, Timeout: 10 * time.Minute},
	}
}

// Schedules is the work that comes by itself.
func (a *App) Schedules() []jobs.Schedule {
	return []jobs.Schedule{{Kind: leaveKind, Every: time.Hour}}
}
