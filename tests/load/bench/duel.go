package main

import (
	"context"
	"fmt"
	"time"
)

// side is a server under the load of a workload.
type side struct {
	name     string
	process  *process
	workload workload
	database func() (time.Duration, error) // CPU time of Postgres so far; nil: there is none
}

// plan is how long and how often both sides are asked.
type plan struct {
	rounds int
	round  time.Duration
	warmUp time.Duration
}

// duel asks the two sides in turn, each alone, and changes who begins with every
// round, so that neither always follows the other. Each is warmed up first.
func duel(ctx context.Context, p plan, limit, ours side) (limitRounds, ourRounds rounds, err error) {
	for _, s := range []side{limit, ours} {
		if _, err := s.workload.drive(ctx, s.process.addr, p.warmUp); err != nil {
			return nil, nil, fmt.Errorf("warm up %s: %w: %s", s.name, err, s.process.lastLog())
		}
	}
	for i := range p.rounds {
		order := []side{limit, ours}
		if i%2 == 1 {
			order[0], order[1] = order[1], order[0]
		}
		for j, s := range order {
			r, err := s.round(ctx, p.round)
			if err != nil {
				return nil, nil, fmt.Errorf("round %d of %s: %w: %s", i+1, s.name, err, s.process.lastLog())
			}
			if (j == 1) != (i%2 == 1) {
				ourRounds = append(ourRounds, r)
			} else {
				limitRounds = append(limitRounds, r)
			}
		}
	}
	return limitRounds, ourRounds, nil
}

// round asks for a while and reads what that has cost.
func (s side) round(ctx context.Context, d time.Duration) (round, error) {
	s.process.forgetLog()
	before, err := s.cost()
	if err != nil {
		return round{}, err
	}
	got, err := s.workload.drive(ctx, s.process.addr, d)
	if err != nil {
		return round{}, err
	}
	after, err := s.cost()
	if err != nil {
		return round{}, err
	}
	r := round{requests: len(got.latencies), elapsed: got.elapsed, own: after.own - before.own, database: after.database - before.database}
	if before.database < 0 {
		r.database = -1
	}
	r.p50 = time.Duration(quantile(got.latencies, 0.50)) * time.Microsecond
	r.p99 = time.Duration(quantile(got.latencies, 0.99)) * time.Microsecond
	return r, nil
}

type cost struct{ own, database time.Duration }

func (s side) cost() (c cost, err error) {
	if c.own, err = s.process.cpu(); err != nil {
		return c, err
	}
	if s.database != nil {
		c.database, err = s.database()
	}
	return c, err
}
