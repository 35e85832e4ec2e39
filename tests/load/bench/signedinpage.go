package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// signedInPage is the page of a long post for somebody who is signed in: what is theirs
// alone is written into it for each request. The limit is the same page as fixed bytes.
func (b *bench) signedInPage(ctx context.Context) error {
	dir, err := b.folder("signed-in")
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "neoforge.db")
	database := newSettings("sqlite://" + file)
	if err := database.prepare(ctx, b.sampler, dir); err != nil {
		return err
	}
	if _, err := makeAccounts(ctx, file); err != nil {
		return fmt.Errorf("write accounts: %w", err)
	}
	ours, err := database.serve(ctx, b.program, dir)
	if err != nil {
		return err
	}
	defer ours.stop()
	if _, _, err := ours.ready(ctx, getPath("/healthz")); err != nil {
		return err
	}
	session, err := cookieOf(ctx, ours.addr, 1, "session")
	if err != nil {
		return err
	}
	request := func(n uint64) []byte {
		client := "100.64." + strconv.FormatUint(n>>8&255, 10) + "." + strconv.FormatUint(n&255, 10)
		text := string(get(nil, []byte(longPost), []byte(client)))
		return []byte(strings.TrimSuffix(text, "\r\n") + "Cookie: " + session + "\r\n\r\n")
	}
	_, body, err := ours.ready(ctx, request(0))
	if err != nil {
		return err
	}
	if !strings.Contains(string(body), `action="/logout"`) {
		return errors.New("the page is not that of somebody who is signed in")
	}
	limit, err := b.sameBytes(ctx, dir, longPost, body)
	if err != nil {
		return err
	}
	defer limit.stop()

	// Each request is another address's, so that the limit of one is in force and not reached.
	requests := make([][]byte, 1<<16)
	for n := range requests {
		requests[n] = request(uint64(n))
	}
	load := func() workload {
		var asked counter
		return workload{connections: b.connections, size: len(body), next: func(buf []byte) ([]byte, []byte) {
			return append(buf, requests[asked.next()%uint64(len(requests))]...), []byte("<!doctype html>")
		}}
	}
	c := comparison{
		work: "page for a signed-in reader", detail: fmt.Sprintf("HTML, %s bytes", count(float64(len(body)))), peer: "bare fiber", program: "neoforge",
		throughput: goal{what: "ratio", bound: 0.4, unit: "x"}, cpu: &goal{what: "CPU", bound: 2.5, most: true, unit: "x"},
	}
	ourSide := side{name: c.program, process: ours.process, workload: load()}
	c.limit, c.ours, err = duel(ctx, b.plan, side{name: c.peer, process: limit, workload: load()}, ourSide)
	if err != nil {
		return err
	}
	b.report.comparisons = append(b.report.comparisons, c)
	return b.profile(ctx, ourSide, ours.admin, "signed-in-page")
}
