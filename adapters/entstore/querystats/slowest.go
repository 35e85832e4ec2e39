package querystats

import (
	"cmp"
	"slices"
	"strings"
)

// Slowest lists the n queries that took the longest altogether.
func (s *Stats) Slowest(n int) []Query {
	s.mu.Lock()
	merged := make(map[string]Query, len(s.queries))
	for at := s.recent.Front(); at != nil; at = at.Next() {
		of := at.Value.(*entry).query
		q := merged[of.Text]
		if of.Max >= q.Max {
			q.Max, q.Work = of.Max, of.Work
		}
		q.Text, q.Calls, q.Failed, q.Total = of.Text, q.Calls+of.Calls, q.Failed+of.Failed, q.Total+of.Total
		merged[of.Text] = q
	}
	s.mu.Unlock()
	all := make([]Query, 0, len(merged))
	for _, q := range merged {
		all = append(all, q)
	}
	slices.SortFunc(all, func(a, b Query) int { return cmp.Or(cmp.Compare(b.Total, a.Total), strings.Compare(a.Text, b.Text)) })
	return all[:min(n, len(all))]
}
