package main

import (
	"math"
	"testing"
	"time"
)

func TestMedian_IsTheMiddleOfAnyOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values series
		want   float64
	}{
		{series{3}, 3},
		{series{9, 1, 5}, 5},
		{series{4, 1, 3, 2}, 2.5},
	} {
		if got := c.values.median(); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.values, got, c.want)
		}
	}
	if got := (series{}).median(); !math.IsNaN(got) {
		t.Errorf("median of nothing is %v, want NaN", got)
	}
}

func TestMedian_LeavesTheSeriesInItsOrder(t *testing.T) {
	t.Parallel()
	s := series{3, 1, 2}
	s.median()
	if s[0] != 3 || s[1] != 1 || s[2] != 2 {
		t.Errorf("the series became %v", s)
	}
}

func TestSpread_IsLowestAndHighest(t *testing.T) {
	t.Parallel()
	if low, high := (series{2, 7, 5}).spread(); low != 2 || high != 7 {
		t.Errorf("spread is %v..%v, want 2..7", low, high)
	}
}

func TestQuantile_IsTheNearestRank(t *testing.T) {
	t.Parallel()
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i // 1 to 100, backwards
	}
	for q, want := range map[float64]int{0: 1, 0.5: 50, 0.99: 99, 1: 100} {
		if got := quantile(hundred, q); got != want {
			t.Errorf("quantile %v of 1 to 100 is %d, want %d", q, got, want)
		}
	}
	if got := quantile([]int{7}, 0.99); got != 7 {
		t.Errorf("quantile of one value is %d, want it", got)
	}
	if got := quantile([]int(nil), 0.5); got != 0 {
		t.Errorf("quantile of nothing is %d, want 0", got)
	}
}

func TestRatio_ComparesRoundsThatRanSideBySide(t *testing.T) {
	t.Parallel()
	// The machine halves its speed after the second round. The medians of the two
	// sides are of different times; the rounds of each pair are not.
	limit := series{100, 100, 50, 50, 50}
	ours := series{90, 90, 90, 45, 45}
	if got := ours[:2].over(limit[:2]).median(); got != 0.9 {
		t.Errorf("ratio is %v, want 0.9", got)
	}
	if got := ours.over(limit).median(); got != 0.9 {
		t.Errorf("ratio is %v, want 0.9 in spite of one round that straddles the change", got)
	}
}

func TestRounds_AreFiguresPerSecondAndPerRequest(t *testing.T) {
	t.Parallel()
	r := rounds{{requests: 1000, elapsed: 2 * time.Second, own: 10 * time.Millisecond, database: 5 * time.Millisecond, p50: time.Millisecond}}
	for name, c := range map[string]struct{ got, want float64 }{
		"throughput":   {r.throughput().median(), 500},
		"own CPU":      {r.ownCPU().median(), 10},
		"database CPU": {r.databaseCPU().median(), 5},
		"CPU":          {r.cpu().median(), 15},
		"p50":          {r.median50().median(), 1},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", name, c.got, c.want)
		}
	}
}

func TestDatabaseCPU_OfAnUnseenOneIsNothingInsteadOfLess(t *testing.T) {
	t.Parallel()
	r := rounds{{requests: 1000, elapsed: time.Second, own: 10 * time.Millisecond, database: -1}}
	if got := r.cpu().median(); got != 10 {
		t.Errorf("CPU is %v, want 10", got)
	}
}
