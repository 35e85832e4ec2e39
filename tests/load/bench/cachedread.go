package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// cachedRead is the JSON of one published post, asked by a visitor again and
// again: the whole of production around bytes that are kept, beside a bare handler
// of the same bytes. The database is an SQLite file; after the first read nothing
// asks it.
func (b *bench) cachedRead(ctx context.Context) error {
	return b.cached(ctx, cachedAnswer{
		name: "cached-read", work: "cached read of a post", path: "/api/v1/posts/welcome", mark: `"slug":"welcome"`, memory: true,
		throughput: goal{what: "ratio", bound: 0.85, unit: "x"}, cpu: goal{what: "CPU", bound: 1.25, most: true, unit: "x"},
	})
}

// cachedList is the JSON of the newest posts, as cachedRead is that of one: what is
// kept is the answer, so a list costs what its bytes do.
func (b *bench) cachedList(ctx context.Context) error {
	return b.cached(ctx, cachedAnswer{
		name: "cached-list", work: "cached list of posts", path: "/api/v1/posts", query: "?limit=20", mark: `{"items":[{`,
		throughput: goal{what: "ratio", bound: 0.75, unit: "x"}, cpu: goal{what: "CPU", bound: 1.4, most: true, unit: "x"},
	})
}

// cachedPage is the page of a long post, as cachedRead is its JSON.
func (b *bench) cachedPage(ctx context.Context) error {
	return b.cached(ctx, cachedAnswer{
		name: "cached-page", work: "cached page of a post", kind: "HTML", path: longPost, mark: "<!doctype html>",
		throughput: goal{what: "ratio", bound: 1, unit: "x"},
	})
}

// cachedAnswer is an answer that is kept as bytes.
type cachedAnswer struct {
	name, work  string
	kind        string // of its bytes; empty: JSON
	path, query string
	mark        string // what every answer holds
	memory      bool   // also tell what the program holds afterwards
	throughput  goal
	cpu         goal // its zero value: shown, not judged
}

func (b *bench) cached(ctx context.Context, a cachedAnswer) error {
	dir, err := b.folder(a.name)
	if err != nil {
		return err
	}
	database := newSettings("sqlite://" + filepath.Join(dir, "neoforge.db"))
	if err := database.prepare(ctx, b.sampler, dir); err != nil {
		return err
	}
	ours, err := database.serve(ctx, b.program, dir)
	if err != nil {
		return err
	}
	defer ours.stop()
	request := getPath(a.path + a.query)
	_, body, err := ours.ready(ctx, request)
	if err != nil {
		return err
	}

	limit, err := b.sameBytes(ctx, dir, a.path, body)
	if err != nil {
		return err
	}
	defer limit.stop()
	if err := sameAnswer(ctx, limit, ours.process, request); err != nil {
		return err
	}

	load := workload{
		connections: b.connections, size: len(body),
		next: func(buf []byte) ([]byte, []byte) { return append(buf, request...), []byte(a.mark) },
	}
	c := comparison{
		work: a.work, detail: fmt.Sprintf("%s, %s bytes", cmp.Or(a.kind, "JSON"), count(float64(len(body)))), peer: "bare fiber", program: "neoforge",
		throughput: a.throughput,
	}
	if a.cpu.bound != 0 {
		c.cpu = &a.cpu
	}
	ourSide := side{name: c.program, process: ours.process, workload: load}
	c.limit, c.ours, err = duel(ctx, b.plan, side{name: c.peer, process: limit, workload: load}, ourSide)
	if err != nil {
		return err
	}
	b.report.comparisons = append(b.report.comparisons, c)
	if a.memory {
		held, err := ours.memory()
		if err != nil {
			return err
		}
		b.report.singles = append(b.report.singles, single{
			work: "memory after " + count(float64(c.ours.total())) + " reads", values: series{held / mega}, unit: "MB",
			bound: &goal{bound: 150, most: true, unit: " MB"},
		})
	}
	return b.profile(ctx, ourSide, ours.admin, a.name)
}

// sameBytes starts a bare handler of a body.
func (b *bench) sameBytes(ctx context.Context, dir, path string, body []byte) (*process, error) {
	file := filepath.Join(dir, "answer")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		return nil, err
	}
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	return spec{name: "fixed", bin: b.fixed, args: []string{"-addr", addr, "-path", path, "-file", file}, dir: dir, addr: addr}.start(ctx)
}

// sameAnswer fails unless both sides answer a request with the same bytes.
func sameAnswer(ctx context.Context, limit, ours *process, request []byte) error {
	_, wanted, err := ours.ready(ctx, request)
	if err != nil {
		return err
	}
	_, got, err := limit.ready(ctx, request)
	if err != nil {
		return err
	}
	if string(wanted) != string(got) {
		return fmt.Errorf("the two sides answer different bytes, so they cannot be compared: neoforge %q, %s %q", wanted, limit.name, got)
	}
	return nil
}

// longPost is the page that is measured: a sample post whose text is there several times,
// so that its page has about 18 KB.
const (
	longPost = "/posts/an-error-message-is-a-page"
	longText = 4
)
