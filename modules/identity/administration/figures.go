package administration

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/neoforge-dev/neoforge/modules/identity"
)

const (
	// monthsAnew is how many of the months before the last two are counted again with each
	// count of people, those first that were counted longest ago.
	monthsAnew = 1
	// maxMonths bounds the months that are told apart; the first stands for all before it.
	maxMonths = 600
)

// Figures counts people, for operators. The states are counted by the month in which accounts
// were opened: of known, what was counted before, the last two months and the one that was
// counted longest ago are counted again, and those that are missing. So a count costs as much
// as three months have people, however many there are; that an account of long ago was
// suspended or erased shows when its month has its turn. It returns the months for the next
// time.
func (a *App) Figures(ctx context.Context, known []identity.MonthStates) (identity.Figures, []identity.MonthStates, error) {
	now := a.deps.Clock.Now()
	f, err := a.deps.Reads.RecentFigures(ctx, now)
	if err != nil {
		return identity.Figures{}, nil, fmt.Errorf("administration: count people: %w", err)
	}
	months, err := a.months(ctx, now, known)
	if err != nil {
		return identity.Figures{}, nil, fmt.Errorf("administration: count people: %w", err)
	}
	for i, stale := range toCount(months) {
		if !stale {
			continue
		}
		var from, before time.Time // the first and the last month have no bound beyond
		if i > 0 {
			from = months[i].Month
		}
		if i < len(months)-1 {
			before = months[i+1].Month
		}
		if months[i].States, err = a.deps.Reads.StatesOf(ctx, from, before); err != nil {
			return identity.Figures{}, nil, fmt.Errorf("administration: count people of %s: %w", months[i].Month.Format("2006-01"), err)
		}
		months[i].CountedAt = now
	}
	for _, m := range months {
		f.States = f.Plus(m.States)
	}
	return f, months, nil
}

// months are those from the first registration to now, in order, as far as they are known. A
// first one that is another than before counts for more or for less than it did, and is not
// known.
func (a *App) months(ctx context.Context, now time.Time, known []identity.MonthStates) ([]identity.MonthStates, error) {
	first, err := a.deps.Reads.FirstRegistered(ctx)
	if err != nil {
		return nil, err
	}
	last := identity.MonthOf(now)
	month := identity.MonthOf(first)
	if earliest := last.AddDate(0, 1-maxMonths, 0); first.IsZero() || month.After(last) {
		month = last
	} else if month.Before(earliest) {
		month = earliest
	}
	before := map[time.Time]identity.MonthStates{}
	for _, m := range known {
		before[m.Month.UTC()] = m
	}
	var out []identity.MonthStates
	for ; !month.After(last); month = month.AddDate(0, 1, 0) {
		m, ok := before[month]
		if !ok || m.CountedAt.After(now) {
			m = identity.MonthStates{}
		}
		m.Month = month
		out = append(out, m)
	}
	if len(known) > 0 && !slices.MinFunc(known, func(x, y identity.MonthStates) int { return x.Month.Compare(y.Month) }).Month.Equal(out[0].Month) {
		out[0].CountedAt = time.Time{}
	}
	return out, nil
}

// toCount says which months are counted again.
func toCount(months []identity.MonthStates) []bool {
	stale := make([]bool, len(months))
	var others []int
	for i, m := range months {
		if stale[i] = m.CountedAt.IsZero() || i >= len(months)-2; !stale[i] {
			others = append(others, i)
		}
	}
	slices.SortStableFunc(others, func(x, y int) int { return months[x].CountedAt.Compare(months[y].CountedAt) })
	for _, i := range others[:min(monthsAnew, len(others))] {
		stale[i] = true
	}
	return stale
}
