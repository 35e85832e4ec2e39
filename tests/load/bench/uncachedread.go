package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
)

// uncachedRead is the JSON of posts that nobody has asked for before: what the
// program adds to one row of Postgres, cache filled and all, beside a pgx pool that
// answers the same bytes. Both sides walk the same posts in the same random order.
// The order repeats only after all posts, so that no cache is switched off and
// none can help; the table says how many requests met a post a second time.
func (b *bench) uncachedRead(ctx context.Context) error {
	dir, err := b.folder("uncached")
	if err != nil {
		return err
	}
	database, err := openPostgres(ctx, forgetting)
	var absent absentError
	if errors.As(err, &absent) {
		b.report.omissions = append(b.report.omissions, omission{work: "uncached read on Postgres", why: absent.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	defer database.close(b.say)
	with := newSettings(database.url)
	command := spec{name: "neoforge", bin: b.program, args: []string{"migrate", "up"}, env: with.environ("production"), dir: dir}
	if _, err := command.run(ctx); err != nil {
		return err
	}
	b.say("writing %s posts", count(float64(b.posts)))
	if err := database.write(ctx, b.posts); err != nil {
		return err
	}

	ours, err := with.serve(ctx, b.program, dir)
	if err != nil {
		return err
	}
	defer ours.stop()
	addr, err := freeAddr(ctx)
	if err != nil {
		return err
	}
	limit, err := spec{
		name: "postgres", bin: b.postgres, dir: dir, addr: addr,
		args: []string{"-addr", addr, "-base-url", origin, "-conns", strconv.Itoa(poolSize)},
		env:  []string{"DATABASE_URL=" + database.url},
	}.start(ctx)
	if err != nil {
		return err
	}
	defer limit.stop()

	order := rand.New(rand.NewPCG(1, 2)).Perm(b.posts)
	_, body, err := ours.ready(ctx, nthRead(nil, 0, order[0]))
	if err != nil {
		return err
	}
	const checked = 20
	for n := 1; n <= checked; n++ {
		if err := sameAnswer(ctx, limit, ours.process, nthRead(nil, uint64(n), order[n])); err != nil {
			return err
		}
	}

	walk := func() (workload, *atomic.Uint64) {
		var asked atomic.Uint64
		asked.Store(checked)
		return workload{connections: b.connections, next: func(buf []byte) ([]byte, []byte) {
			n := asked.Add(1)
			buf = nthRead(buf, n, order[n%uint64(len(order))])
			return buf, buf[readPrefix : readPrefix+slugLength]
		}}, &asked
	}
	limitLoad, _ := walk()
	ourLoad, asked := walk()
	c := comparison{
		work: "uncached read on Postgres", detail: fmt.Sprintf("JSON, about %s bytes", count(float64(len(body)))), peer: "pgx to fiber", program: "neoforge",
		throughput: goal{what: "ratio", bound: 0.85, unit: "x"},
	}
	ourSide := side{name: c.program, process: ours.process, workload: ourLoad, database: database.cpu}
	c.limit, c.ours, err = duel(ctx, b.plan, side{name: c.peer, process: limit, workload: limitLoad, database: database.cpu}, ourSide)
	if err != nil {
		return err
	}
	b.report.comparisons = append(b.report.comparisons, c)
	again := max(0, float64(asked.Load())-float64(b.posts)) / float64(asked.Load())
	b.report.notes = append(b.report.notes, fmt.Sprintf(
		"Uncached: of %s requests to neoforge for %s posts, %.1f%% asked for a post a second time (the most that any cache can have answered).",
		count(float64(asked.Load())), count(float64(b.posts)), 100*again))
	return b.profile(ctx, ourSide, ours.admin, "uncached-read")
}

// poolSize is the program's default of DATABASE_MAX_CONNS, which the peer gets too.
const poolSize = 20

// A read is "GET " and the path that ends in the slug.
const (
	postsPath  = "/api/v1/posts/"
	readPrefix = len("GET " + postsPath)
	slugLength = len("post-0000000")
)

// nthRead asks for a post as the n-th of many clients.
func nthRead(buf []byte, n uint64, post int) []byte {
	var path [len(postsPath) + slugLength]byte
	copy(path[:], postsPath)
	appendSlug(path[:len(postsPath)], post)
	var client [15]byte
	address := append(client[:0], "10."...)
	address = append(strconv.AppendUint(address, n>>8&0xff, 10), '.')
	address = append(strconv.AppendUint(address, n&0xff, 10), ".7"...)
	return get(buf, path[:], address)
}

// appendSlug appends the address of a post, always of the same length.
func appendSlug(buf []byte, post int) []byte {
	buf = append(buf, "post-"...)
	for unit := 1_000_000; unit > 0; unit /= 10 {
		buf = append(buf, byte('0'+post/unit%10))
	}
	return buf
}
