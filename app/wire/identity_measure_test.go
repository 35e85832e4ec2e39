package wire

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/neoforge-dev/neoforge/adapters/entstore/entstoretest"
	"github.com/neoforge-dev/neoforge/adapters/entstore/figures"
	"github.com/neoforge-dev/neoforge/adapters/fiberhttp/identityhttp"
	"github.com/neoforge-dev/neoforge/modules/identity"
)

func mustFigures(t *testing.T) *figures.Store {
	t.Helper()
	kept, err := figures.New(entstoretest.MustSQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestKeptMonths_AreThoseThatWereCounted(t *testing.T) {
	t.Parallel()
	kept := mustFigures(t)
	if have, err := keptMonths(t.Context(), kept); err != nil || len(have) != 0 {
		t.Errorf("before the first count there are %v, %v", have, err)
	}
	now := time.Date(2026, 6, 15, 12, 0, 0, 123456789, time.UTC)
	want := []identity.MonthStates{
		{Month: identity.MonthOf(now.AddDate(0, -1, 0)), CountedAt: now.Add(-time.Hour), States: identity.States{Active: 4, Unproven: 3, Suspended: 2, Leaving: 1}},
		{Month: identity.MonthOf(now), CountedAt: now},
	}
	if err := keepMonths(t.Context(), kept, now, want); err != nil {
		t.Fatal(err)
	}
	have, err := keptMonths(t.Context(), kept)
	slices.SortFunc(have, func(x, y identity.MonthStates) int { return cmp.Compare(x.Month.Unix(), y.Month.Unix()) })
	if err != nil || !reflect.DeepEqual(have, want) {
		t.Errorf("have %+v, %v; want %+v", have, err, want)
	}
	var long []identity.MonthStates
	for i := range 600 {
		long = append(long, identity.MonthStates{Month: identity.MonthOf(now).AddDate(0, -i, 0), CountedAt: now, States: identity.States{Active: i}})
	}
	if err := keepMonths(t.Context(), kept, now.Add(time.Minute), long); err != nil {
		t.Fatal(err)
	}
	if have, err := keptMonths(t.Context(), kept); err != nil || len(have) != 600 {
		t.Errorf("of fifty years there are %d months, %v", len(have), err)
	}
}

// Another release may keep them in another way: then they are counted again.
func TestKeptMonths_LeaveOutWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	kept := mustFigures(t)
	at := "2026-06-15T12:00:00Z"
	f := figures.Figures{Module: monthsOfPeople, CountedAt: time.Unix(1_800_000_000, 0)}
	for _, labels := range [][]string{nil, {"2026-06"}, {"June", at, "active"}, {"2026-06", "noon", "active"}, {"2026-06", at, "active", "more"}} {
		f.Samples = append(f.Samples, figures.Sample{Labels: labels, Value: 7})
	}
	if err := kept.Put(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if have, err := keptMonths(t.Context(), kept); err != nil || len(have) != 0 {
		t.Errorf("have %+v, %v", have, err)
	}
}

func TestSignUpsOf_AreThoseOfTheWeekThatWasCountedLast(t *testing.T) {
	t.Parallel()
	kept := mustFigures(t)
	signUps := signUpsOf(kept)
	if have, err := signUps(t.Context()); err != nil || have != (identityhttp.SignUps{}) {
		t.Errorf("before the first count: %+v, %v", have, err)
	}
	at := time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)
	f := figures.Figures{Module: "identity", CountedAt: at}
	for _, days := range []int{1, 7, 30} {
		f.Samples = append(f.Samples, figures.Sample{Metric: usersNew, Labels: []string{strconv.Itoa(days)}, Value: float64(days)})
	}
	if err := kept.Put(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if have, err := signUps(t.Context()); err != nil || have != (identityhttp.SignUps{People: 7, At: at}) {
		t.Errorf("have %+v, %v", have, err)
	}
}
