package main

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// series is one figure, measured several times.
type series []float64

func (s series) sorted() series {
	out := slices.Clone(s)
	slices.Sort(out)
	return out
}

// median is the middle value, or the mean of the two in the middle; NaN of none.
func (s series) median() float64 {
	o := s.sorted()
	switch n := len(o); {
	case n == 0:
		return math.NaN()
	case n%2 == 1:
		return o[n/2]
	default:
		return (o[n/2-1] + o[n/2]) / 2
	}
}

// spread is the lowest and the highest value; NaN of none.
func (s series) spread() (low, high float64) {
	if len(s) == 0 {
		return math.NaN(), math.NaN()
	}
	return slices.Min(s), slices.Max(s)
}

// over divides pairwise: what was measured side by side is compared, so that a
// machine that drifts carries both along. The longer series is cut.
func (s series) over(other series) series {
	out := make(series, min(len(s), len(other)))
	for i := range out {
		out[i] = s[i] / other[i]
	}
	return out
}

// quantile returns the smallest value that at least the part q of all do not
// exceed (nearest rank). It sorts in place; zero of none.
func quantile[T cmp.Ordered](values []T, q float64) T {
	var zero T
	if len(values) == 0 {
		return zero
	}
	slices.Sort(values)
	rank := int(math.Ceil(q * float64(len(values))))
	return values[min(max(rank, 1), len(values))-1]
}

// round is one side under load for a while.
type round struct {
	requests int
	elapsed  time.Duration
	own      time.Duration // CPU time of its process
	database time.Duration // CPU time of Postgres; negative when it cannot be seen
	p50, p99 time.Duration
}

// rounds are all of one side, in the order in which they were run.
type rounds []round

func (r rounds) each(f func(round) float64) series {
	out := make(series, len(r))
	for i := range r {
		out[i] = f(r[i])
	}
	return out
}

// throughput is in requests a second.
func (r rounds) throughput() series {
	return r.each(func(x round) float64 { return float64(x.requests) / x.elapsed.Seconds() })
}

// ownCPU and databaseCPU are in microseconds a request.
func (r rounds) ownCPU() series { return r.each(func(x round) float64 { return perRequest(x.own, x) }) }

func (r rounds) databaseCPU() series {
	return r.each(func(x round) float64 { return perRequest(x.database, x) })
}

// cpu is what one request costs, with the part of the database that can be seen.
func (r rounds) cpu() series {
	return r.each(func(x round) float64 { return perRequest(x.own+max(0, x.database), x) })
}

func perRequest(d time.Duration, x round) float64 {
	return float64(d.Microseconds()) / float64(x.requests)
}

func (r rounds) median50() series {
	return r.each(func(x round) float64 { return x.p50.Seconds() * 1e3 })
}

func (r rounds) median99() series {
	return r.each(func(x round) float64 { return x.p99.Seconds() * 1e3 })
}

func (r rounds) total() int {
	n := 0
	for _, x := range r {
		n += x.requests
	}
	return n
}
