package main

import (
	"context"
	"strconv"
	"time"
)

const (
	besideRounds = 3
	besideLasts  = 3 * time.Second
	besideLeast  = 0.6 // of the throughput of cached reads
	besideP99    = 10  // ms
)

// readsBeside is the throughput of a cached read while people sign in, beside the same
// read alone, in turn.
func (b *bench) readsBeside(ctx context.Context, ours serving, people *signIns) error {
	request := getPath("/api/v1/posts/welcome")
	if _, _, err := ours.ready(ctx, request); err != nil {
		return err
	}
	reads := workload{connections: b.connections, next: func(buf []byte) ([]byte, []byte) {
		return append(buf, request...), []byte(`"slug":"welcome"`)
	}}
	rate := func(s sample) float64 { return float64(len(s.latencies)) / s.elapsed.Seconds() }
	var kept, p99 series
	for range besideRounds {
		alone, err := reads.drive(ctx, ours.addr, besideLasts)
		if err != nil {
			return err
		}
		signing := make(chan error, 1)
		go func() {
			_, err := people.crowd(ctx, ours.addr, signInAtOnce, besideLasts, nil)
			signing <- err
		}()
		beside, err := reads.drive(ctx, ours.addr, besideLasts)
		if signed := <-signing; err == nil {
			err = signed
		}
		if err != nil {
			return err
		}
		kept = append(kept, rate(beside)/rate(alone))
		p99 = append(p99, float64(quantile(beside.latencies, 0.99))/1e3)
	}
	work := "cached reads while " + strconv.Itoa(signInAtOnce) + " sign in at once"
	b.report.singles = append(b.report.singles,
		single{work: work, values: kept, unit: "x", bound: &goal{what: "ratio", bound: besideLeast, unit: "x"}},
		single{work: "  p99 of these reads", values: p99, unit: "ms", bound: &goal{what: "p99", bound: besideP99, most: true, unit: " ms"}},
	)
	return nil
}
