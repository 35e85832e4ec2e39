package jobqueue

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/ports/jobs"
)

// Stats is how the queues fare.
type Stats struct {
	// Jobs counts those that are not done by queue and river's state, in which
	// "discarded" is a dead letter.
	Jobs map[[2]string]int
	// Oldest is by queue for how long the job has waited that waits longest; zero where
	// none waits.
	Oldest map[string]time.Duration
	// Stuck are those that have run for longer than any kind may.
	Stuck int
}

// Stats counts what is not done. It reads the index that workers fetch by.
func (q *Queue) Stats(ctx context.Context) (Stats, error) {
	out := Stats{Jobs: map[[2]string]int{}, Oldest: map[string]time.Duration{jobs.DefaultQueue: 0, jobs.MailQueue: 0, jobs.OutsideQueue: 0, jobs.LongQueue: 0, jobs.HeavyQueue: 0}}
	undone, stuck := q.StatsQueries()
	rows, err := q.db.SQL().QueryContext(ctx, undone)
	if err != nil {
		return Stats{}, fmt.Errorf("jobqueue: count jobs: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var queue, state string
		var count int
		var seconds float64
		if err := rows.Scan(&queue, &state, &count, &seconds); err != nil {
			return Stats{}, fmt.Errorf("jobqueue: count jobs: %w", err)
		}
		out.Jobs[[2]string{queue, state}] = count
		if state == "available" {
			out.Oldest[queue] = max(0, time.Duration(seconds*float64(time.Second)))
		}
	}
	if err := rows.Err(); err != nil {
		return Stats{}, fmt.Errorf("jobqueue: count jobs: %w", err)
	}
	if err := q.db.SQL().QueryRowContext(ctx, stuck).Scan(&out.Stuck); err != nil {
		return Stats{}, fmt.Errorf("jobqueue: count jobs that are stuck: %w", err)
	}
	return out, nil
}

// StatsQueries are the statements of Stats, whose plans tests look at: what is done, which
// is most of the table, must not be read.
func (q *Queue) StatsQueries() (undone, stuck string) {
	age := func(column string) string {
		if q.db.PgxPool() != nil {
			return "extract(epoch FROM now() - " + column + ")"
		}
		return "(julianday('now') - julianday(" + column + ")) * 86400"
	}
	undone = "SELECT queue, state, count(*), coalesce(" + age("min(scheduled_at)") + ", 0) FROM river_job WHERE state IN ('available', 'running', 'retryable', 'scheduled', 'pending', 'discarded') GROUP BY queue, state"
	return undone, fmt.Sprintf("SELECT count(*) FROM river_job WHERE state = 'running' AND %s > %f", age("attempted_at"), q.longest().Seconds())
}

// longest is how long a run of any kind takes at most, with a minute to end in.
func (q *Queue) longest() time.Duration {
	q.mu.RLock()
	defer q.mu.RUnlock()
	longest := time.Minute
	for _, h := range q.handlers {
		longest = max(longest, h.Timeout)
	}
	return longest + time.Minute
}

// States implements jobs.QueueStates.
func (q *Queue) States(ctx context.Context) ([]jobs.QueueState, int, error) {
	stats, err := q.Stats(ctx)
	if err != nil {
		return nil, 0, err
	}
	names := []string{jobs.DefaultQueue, jobs.MailQueue, jobs.OutsideQueue, jobs.LongQueue, jobs.HeavyQueue}
	var others []string // of an older release, or a newer one
	for of := range stats.Jobs {
		if !slices.Contains(names, of[0]) && !slices.Contains(others, of[0]) {
			others = append(others, of[0])
		}
	}
	slices.Sort(others)
	var out []jobs.QueueState
	for _, name := range append(names, others...) {
		in := func(state string) int { return stats.Jobs[[2]string{name, state}] }
		out = append(out, jobs.QueueState{
			Queue: name, Waiting: in("available"), Running: in("running"), Retrying: in("retryable"), Scheduled: in("scheduled") + in("pending"), Oldest: stats.Oldest[name],
		})
	}
	return out, stats.Stuck, nil
}
