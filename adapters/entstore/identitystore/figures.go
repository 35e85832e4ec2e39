package identitystore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// RecentFigures implements identity.FigureReads, by one statement that goes through those who
// registered lately, and one through those who were here lately.
func (s *Store) RecentFigures(ctx context.Context, now time.Time) (identity.Figures, error) {
	daysSince := "julianday(last_active_at) - julianday(created_at) >= %d"
	if s.db.Dialect() == entstore.Postgres {
		daysSince = "last_active_at >= created_at + interval '%d days'"
	}
	out := identity.Figures{
		ActiveWithin: map[identity.Window]int{}, RegisteredWithin: map[identity.Window]int{}, ActivatedWithin: map[identity.Window]int{},
		Cohorts: map[identity.Window]identity.Cohort{},
	}
	var (
		registered, active []string // conditions
		times, activeTimes []any
		counts             = make([][5]int, len(identity.Windows))
		into, activeInto   []any
	)
	earliest, activeFrom := now.UTC(), now.UTC()
	for i, w := range identity.Windows {
		begins := w.Before(now).UTC()
		cohort := begins.Add(-identity.CohortDays * identity.Day)
		times = append(times, begins, cohort)
		from, since := s.db.Placeholder(len(times)-1), s.db.Placeholder(len(times))
		those := "email_verified AND created_at >= " + since + " AND created_at < " + from
		registered = append(registered, "created_at >= "+from, "created_at >= "+from+" AND email_verified", those, those+" AND "+fmt.Sprintf(daysSince, w))
		into = append(into, &counts[i][1], &counts[i][2], &counts[i][3], &counts[i][4])
		activeTimes = append(activeTimes, begins)
		active = append(active, "last_active_at >= "+s.db.Placeholder(len(activeTimes)))
		activeInto = append(activeInto, &counts[i][0])
		if cohort.Before(earliest) {
			earliest = cohort
		}
		if begins.Before(activeFrom) {
			activeFrom = begins
		}
	}
	err := s.countUsers(ctx, registered, into, "created_at >= "+s.db.Placeholder(len(times)+1), append(times, earliest))
	if err == nil {
		err = s.countUsers(ctx, active, activeInto, "last_active_at >= "+s.db.Placeholder(len(activeTimes)+1), append(activeTimes, activeFrom))
	}
	for i, w := range identity.Windows {
		c := counts[i]
		out.ActiveWithin[w], out.RegisteredWithin[w], out.ActivatedWithin[w] = c[0], c[1], c[2]
		out.Cohorts[w] = identity.Cohort{People: c[3], Retained: c[4]}
	}
	return out, entstore.Failure(err, noRules, "identitystore: count people")
}

// StatesOf implements identity.FigureReads.
func (s *Store) StatesOf(ctx context.Context, from, before time.Time) (out identity.States, err error) {
	conditions := []string{
		"erase_at IS NULL AND suspended_at IS NULL AND email_verified", "erase_at IS NULL AND suspended_at IS NULL AND NOT email_verified",
		"erase_at IS NULL AND suspended_at IS NOT NULL", "erase_at IS NOT NULL",
	}
	var where []string
	var args []any
	bound := func(operator string, t time.Time) {
		if !t.IsZero() {
			args = append(args, t.UTC())
			where = append(where, "created_at "+operator+" "+s.db.Placeholder(len(args)))
		}
	}
	bound(">=", from)
	bound("<", before)
	if len(where) == 0 {
		where = append(where, "1 = 1")
	}
	err = s.countUsers(ctx, conditions, []any{&out.Active, &out.Unproven, &out.Suspended, &out.Leaving}, strings.Join(where, " AND "), args)
	return out, entstore.Failure(err, noRules, "identitystore: count people by state")
}

// countUsers counts how many of those people fulfil each condition.
func (s *Store) countUsers(ctx context.Context, conditions []string, into []any, where string, args []any) error {
	return s.db.Each(ctx, "SELECT count(CASE WHEN "+strings.Join(conditions, " THEN 1 END), count(CASE WHEN ")+" THEN 1 END) FROM identity_users WHERE "+where, args,
		func(scan func(...any) error) error { return scan(into...) })
}

// FirstRegistered implements identity.FigureReads.
func (s *Store) FirstRegistered(ctx context.Context) (time.Time, error) {
	var first sql.NullTime
	err := s.db.Each(ctx, "SELECT created_at FROM identity_users ORDER BY created_at, id LIMIT 1", nil, func(scan func(...any) error) error { return scan(&first) })
	return first.Time.UTC(), entstore.Failure(err, noRules, "identitystore: who registered first")
}
