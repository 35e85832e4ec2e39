package identitystore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

// Figures implements identity.FigureReads, by one statement that goes through the table
// once.
func (s *Store) Figures(ctx context.Context, now time.Time) (identity.Figures, error) {
	daysSince := "julianday(last_active_at) - julianday(created_at) >= %d"
	if s.db.Dialect() == entstore.Postgres {
		daysSince = "last_active_at >= created_at + interval '%d days'"
	}
	out := identity.Figures{
		ActiveWithin: map[identity.Window]int{}, RegisteredWithin: map[identity.Window]int{}, ActivatedWithin: map[identity.Window]int{},
		Cohorts: map[identity.Window]identity.Cohort{},
	}
	conditions := []string{
		"erase_at IS NULL AND suspended_at IS NULL AND email_verified", "erase_at IS NULL AND suspended_at IS NULL AND NOT email_verified",
		"erase_at IS NULL AND suspended_at IS NOT NULL", "erase_at IS NOT NULL",
	}
	into := []any{&out.Active, &out.Unproven, &out.Suspended, &out.Leaving}
	var args []any
	counts := make([][5]int, len(identity.Windows))
	for i, w := range identity.Windows {
		begins := w.Before(now).UTC()
		args = append(args, begins, begins.Add(-identity.CohortDays*identity.Day))
		from, cohort := s.db.Placeholder(len(args)-1), s.db.Placeholder(len(args))
		registered, those := "created_at >= "+from, "email_verified AND created_at >= "+cohort+" AND created_at < "+from
		conditions = append(conditions, "last_active_at >= "+from, registered, registered+" AND email_verified", those, those+" AND "+fmt.Sprintf(daysSince, w))
		for n := range counts[i] {
			into = append(into, &counts[i][n])
		}
	}
	err := s.db.Each(ctx, "SELECT count(CASE WHEN "+strings.Join(conditions, " THEN 1 END), count(CASE WHEN ")+" THEN 1 END) FROM identity_users", args, func(scan func(...any) error) error { return scan(into...) })
	for i, w := range identity.Windows {
		c := counts[i]
		out.ActiveWithin[w], out.RegisteredWithin[w], out.ActivatedWithin[w] = c[0], c[1], c[2]
		out.Cohorts[w] = identity.Cohort{People: c[3], Retained: c[4]}
	}
	return out, entstore.Failure(err, noRules, "identitystore: count people")
}
