package main

import (
	"strings"
	"testing"
	"time"
)

func TestGoal_IsJudgedUnrounded(t *testing.T) {
	t.Parallel()
	least, most := goal{what: "ratio", bound: 0.85, unit: "x"}, goal{what: "CPU", bound: 1.25, most: true, unit: "x"}
	for _, c := range []struct {
		goal   goal
		figure float64
		want   string
	}{
		{least, 0.85, "ratio >= 0.85x: ok"},
		{least, 0.8499, "ratio >= 0.85x: NOT MET"},
		{most, 1.25, "CPU <= 1.25x: ok"},
		{most, 1.2501, "CPU <= 1.25x: NOT MET"},
	} {
		if got := c.goal.judge(c.figure); got != c.want {
			t.Errorf("%v is judged %q, want %q", c.figure, got, c.want)
		}
	}
}

func TestCount_HasItsThousandsApart(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 71204.4: "71,204", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := count(v); got != want {
			t.Errorf("count(%v) is %q, want %q", v, got, want)
		}
	}
}

func sampleReport() report {
	slow := round{requests: 80_000, elapsed: time.Second, own: time.Second, database: 400 * time.Millisecond, p50: 2 * time.Millisecond, p99: 5 * time.Millisecond}
	fast := round{requests: 100_000, elapsed: time.Second, own: time.Second, database: 500 * time.Millisecond, p50: time.Millisecond, p99: 3 * time.Millisecond}
	return report{
		heading: "Heading.",
		comparisons: []comparison{{
			work: "a read", detail: "some bytes", peer: "the limit", program: "neoforge", limit: rounds{fast}, ours: rounds{slow},
			throughput: goal{what: "ratio", bound: 0.85, unit: "x"}, cpu: &goal{what: "CPU", bound: 1.25, most: true, unit: "x"},
		}},
		singles: []single{
			{work: "start", values: series{50, 40, 70}, unit: "ms", bound: &goal{bound: 60, most: true, unit: " ms"}},
			{work: "binary", values: series{36}, unit: "MB"},
		},
		omissions: []omission{{work: "another read", why: "no engine"}},
		notes:     []string{"A note."},
	}
}

func TestReport_ShowsBothSidesTheirRatiosAndTheGoals(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := sampleReport().write(&out); err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]string{
		{"a read", "the limit", "100,000/s", "100,000..100,000", "10.0+5.0", "1.00", "3.00"},
		{"some bytes", "neoforge", "80,000/s", "80,000..80,000", "0.80x", "12.5+5.0", "1.17x", "2.00", "5.00", "ratio >= 0.85x: NOT MET; CPU <= 1.25x: ok"},
		{"start", "neoforge", "50.0 ms", "40.0..70.0", "<= 60 ms: ok"},
		{"binary", "neoforge", "36.0 MB"},
		{"Left out: another read: no engine"},
		{"A note."},
	} {
		if !hasRow(out.String(), row) {
			t.Errorf("no line has %q in order:\n%s", row, out.String())
		}
	}
}

func hasRow(text string, cells []string) bool {
lines:
	for line := range strings.Lines(text) {
		rest := line
		for _, cell := range cells {
			_, after, found := strings.Cut(rest, cell)
			if !found {
				continue lines
			}
			rest = after
		}
		return true
	}
	return false
}

func TestMissed_NamesEveryGoalThatWasNotMet(t *testing.T) {
	t.Parallel()
	missed := sampleReport().missed()
	if len(missed) != 1 || missed[0] != "a read: ratio >= 0.85x: NOT MET" {
		t.Errorf("missed %q, want the throughput of a read alone", missed)
	}
}

func TestReport_ShowsADatabaseThatCannotBeSeenAsUnknown(t *testing.T) {
	t.Parallel()
	x := rounds{{requests: 1000, elapsed: time.Second, own: 10 * time.Millisecond, database: -1}}
	if got := cpuCell(x); got != "10.0+?" {
		t.Errorf("the cell is %q, want 10.0+?", got)
	}
	x[0].database = 0
	if got := cpuCell(x); got != "10.0" {
		t.Errorf("the cell is %q, want 10.0 where there is no database", got)
	}
}
